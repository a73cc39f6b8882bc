using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Time;
using Lnvps.Lightning.Nodes;

namespace Lnvps.Lightning.Development;

/// <summary>
/// Where the development node keeps its key and invoices, shared by all processes of an installation. Each change is atomic, and a settlement
/// becomes visible no later than any with a higher index, so that a watcher that goes by the index misses none.
/// </summary>
public interface IDevelopmentInvoices
{
    /// <summary>The node's secret key. When there is none yet, <paramref name="fresh"/> is stored; of several at once one wins for all.</summary>
    Task<Bytes32> NodeKey(Bytes32 fresh, CancellationToken stop);

    /// <summary>Stores an open invoice under its payment hash, which is new.</summary>
    Task Add(DevelopmentInvoice invoice, CancellationToken stop);

    Task<DevelopmentInvoice?> Find(Bytes32 paymentHash, CancellationToken stop);

    /// <summary>Settles an open invoice and gives it the next settle index (1, 2, …); null when it was not open.</summary>
    Task<ulong?> Settle(Bytes32 paymentHash, CancellationToken stop);

    /// <summary>Cancels an open invoice; any other is left alone.</summary>
    Task Cancel(Bytes32 paymentHash, CancellationToken stop);

    /// <summary>The highest settle index given, 0 before the first.</summary>
    Task<ulong> LastSettleIndex(CancellationToken stop);

    /// <summary>Settlements with a higher index, in order, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<Settlement>> SettledAfter(ulong settleIndex, int limit, CancellationToken stop);
}

/// <summary>An invoice of the development node.</summary>
public sealed record DevelopmentInvoice
{
    public required Bytes32 PaymentHash { get; init; }

    /// <summary>Handed out to who paid.</summary>
    public required Bytes32 Preimage { get; init; }

    /// <summary>BOLT-11 text, lower case.</summary>
    public required string PaymentRequest { get; init; }

    /// <summary>Millisatoshi, &gt; 0.</summary>
    public required Msat Amount { get; init; }

    /// <summary>First moment of the business clock at which it cannot be paid any more.</summary>
    public required Instant Expires { get; init; }

    /// <summary><see cref="InvoiceState.Open"/>, <see cref="InvoiceState.Settled"/> or <see cref="InvoiceState.Cancelled"/>.</summary>
    public InvoiceState State { get; init; } = InvoiceState.Open;

    /// <summary>0 unless settled.</summary>
    public ulong SettleIndex { get; init; }
}
