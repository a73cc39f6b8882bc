using Lnvps.Core.Identity;
using Lnvps.Lightning.Nodes;

namespace Lnvps.Api.Tests.Proof;

/// <summary>Counts how often invoices are looked up.</summary>
sealed class CountingNode : ILightningNode
{
    int _lookUps;

    public ILightningNode Inner { get; set; } = null!;

    public int LookUps { get => Volatile.Read(ref _lookUps); set => Volatile.Write(ref _lookUps, value); }

    public Task<Invoice> CreateInvoice(InvoiceRequest request, CancellationToken stop) => Inner.CreateInvoice(request, stop);

    public Task<InvoiceStatus> LookUp(Bytes32 paymentHash, CancellationToken stop)
    {
        Interlocked.Increment(ref _lookUps);
        return Inner.LookUp(paymentHash, stop);
    }

    public Task Cancel(Bytes32 paymentHash, CancellationToken stop) => Inner.Cancel(paymentHash, stop);

    public IAsyncEnumerable<Settlement> WatchSettled(ulong settleIndex, CancellationToken stop) => Inner.WatchSettled(settleIndex, stop);
}
