using Lnvps.Core.Identity;
using Lnvps.Lightning.Nodes;

namespace Lnvps.Api.Tests.Payments;

/// <summary>Something happens between the pricing of a payment and the making of its invoice; counts what is asked for and cancelled.</summary>
/// <param name="node">The node that does the work.</param>
/// <param name="meddle">What happens.</param>
/// <param name="times">How often it does.</param>
sealed class MeddlingNode(ILightningNode node, Func<Task> meddle, int times = 1) : ILightningNode
{
    public int Made { get; private set; }
    public int Cancelled { get; private set; }

    public async Task<Invoice> CreateInvoice(InvoiceRequest request, CancellationToken stop)
    {
        if (Made++ < times)
            await meddle();
        return await node.CreateInvoice(request, stop);
    }

    public Task<InvoiceStatus> LookUp(Bytes32 paymentHash, CancellationToken stop) => node.LookUp(paymentHash, stop);

    public Task Cancel(Bytes32 paymentHash, CancellationToken stop)
    {
        Cancelled++;
        return node.Cancel(paymentHash, stop);
    }

    public IAsyncEnumerable<Settlement> WatchSettled(ulong settleIndex, CancellationToken stop) => node.WatchSettled(settleIndex, stop);
}
