using System.Runtime.CompilerServices;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Lightning.Bolt11;
using Lnvps.Lightning.Development;
using Lnvps.Lightning.Nodes;

namespace Lnvps.Api.Tests.Simulation;

/// <summary>Payments by the node that have left and not arrived; they outlive the processes of the shop.</summary>
sealed class PaymentsUnderWay
{
    public Dictionary<Bytes32, PayOrder> Orders { get; } = [];
}

/// <summary>A Lightning node whose answers are sometimes lost, before or after it has done what it was asked, and whose payments are sometimes held up.</summary>
/// <param name="isDead">Whether the process that asks was killed: then nothing reaches the node.</param>
sealed class UnsteadyNode(DevelopmentNode inner, PaymentsUnderWay underWay, Func<bool> isDead, Chances chances) : ILightningNode, ILightningPayer
{
    readonly ILightningPayer _payer = inner;

    public Task<Invoice> CreateInvoice(InvoiceRequest request, CancellationToken stop) => Do("making an invoice", () => inner.CreateInvoice(request, stop));

    public Task<InvoiceStatus> LookUp(Bytes32 paymentHash, CancellationToken stop) => Do("looking up", () => inner.LookUp(paymentHash, stop));

    public Task Cancel(Bytes32 paymentHash, CancellationToken stop) => Do("cancelling", async () =>
    {
        await inner.Cancel(paymentHash, stop);
        return true;
    });

    public async IAsyncEnumerable<Settlement> WatchSettled(ulong settleIndex, [EnumeratorCancellation] CancellationToken stop)
    {
        await foreach (var settlement in inner.WatchSettled(settleIndex, stop))
            yield return settlement;
    }

    public Task<LightningNetwork> Network(CancellationToken stop) => Do("telling its network", () => _payer.Network(stop));

    public Task<OutgoingPayment> Pay(PayOrder order, CancellationToken stop) => Do("paying", () =>
    {
        if (!chances.PaymentIsHeldUp())
            return _payer.Pay(order, stop);
        underWay.Orders[Bolt11Decoder.Decode(order.Invoice).Value.PaymentHash] = order;
        return Task.FromResult(OutgoingPayment.InFlight);
    });

    public Task<OutgoingPayment> LookUpPayment(Bytes32 paymentHash, CancellationToken stop) => Do("looking up a payment", () =>
    {
        if (!underWay.Orders.TryGetValue(paymentHash, out var order))
            return _payer.LookUpPayment(paymentHash, stop);
        switch (chances.OfPaymentUnderWay())
        {
            case null:
                return Task.FromResult(OutgoingPayment.InFlight);
            case true:
                underWay.Orders.Remove(paymentHash);
                return _payer.Pay(order, stop);
            default:
                underWay.Orders.Remove(paymentHash);
                return Task.FromResult(OutgoingPayment.Failed("FAILURE_REASON_NO_ROUTE"));
        }
    });

    async Task<T> Do<T>(string deed, Func<Task<T>> work)
    {
        if (isDead() || chances.NodeFails($"before {deed}"))
            throw OutsideFault.Transient("The node did not answer");
        var result = await work();
        return chances.NodeFails($"after {deed}") ? throw OutsideFault.Transient("The node's answer was lost") : result;
    }
}
