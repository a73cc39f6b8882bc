using System.Runtime.CompilerServices;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Lightning.Nodes;

namespace Lnvps.Api.Tests.Simulation;

/// <summary>A Lightning node whose answers are sometimes lost, before or after it has done what it was asked.</summary>
/// <param name="isDead">Whether the process that asks was killed: then nothing reaches the node.</param>
sealed class UnsteadyNode(ILightningNode inner, Func<bool> isDead, Chances chances) : ILightningNode
{
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

    async Task<T> Do<T>(string deed, Func<Task<T>> work)
    {
        if (isDead() || chances.NodeFails($"before {deed}"))
            throw OutsideFault.Transient("The node did not answer");
        var result = await work();
        return chances.NodeFails($"after {deed}") ? throw OutsideFault.Transient("The node's answer was lost") : result;
    }
}
