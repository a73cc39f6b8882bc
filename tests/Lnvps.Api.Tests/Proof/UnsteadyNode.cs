using System.Runtime.CompilerServices;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Lightning.Nodes;

namespace Lnvps.Api.Tests.Proof;

/// <summary>A Lightning node whose answers are sometimes lost, before or after it has done what it was asked.</summary>
/// <param name="fails">Asked before and after each call.</param>
sealed class UnsteadyNode(ILightningNode inner, Func<bool> fails) : ILightningNode
{
    public Task<Invoice> CreateInvoice(InvoiceRequest request, CancellationToken stop) => Do(() => inner.CreateInvoice(request, stop));

    public Task<InvoiceStatus> LookUp(Bytes32 paymentHash, CancellationToken stop) => Do(() => inner.LookUp(paymentHash, stop));

    public Task Cancel(Bytes32 paymentHash, CancellationToken stop) => Do(async () =>
    {
        await inner.Cancel(paymentHash, stop);
        return true;
    });

    public async IAsyncEnumerable<Settlement> WatchSettled(ulong settleIndex, [EnumeratorCancellation] CancellationToken stop)
    {
        await foreach (var settlement in inner.WatchSettled(settleIndex, stop))
            yield return settlement;
    }

    async Task<T> Do<T>(Func<Task<T>> work)
    {
        if (fails())
            throw OutsideFault.Transient("The node did not answer");
        var result = await work();
        return fails() ? throw OutsideFault.Transient("The node's answer was lost") : result;
    }
}
