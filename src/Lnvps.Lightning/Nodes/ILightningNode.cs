using Lnvps.Core.Identity;
using Lnvps.Core.Money;

namespace Lnvps.Lightning.Nodes;

/// <summary>What a Lightning node does for the shop. Every call may throw <see cref="Core.Outcomes.OutsideFault"/>.</summary>
public interface ILightningNode
{
    /// <summary>Makes an invoice over exactly <see cref="InvoiceRequest.Amount"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The amount is 0 (it would mean "any amount") or the lifetime is less than a second.</exception>
    Task<Invoice> CreateInvoice(InvoiceRequest request, CancellationToken stop);

    /// <summary>State of an invoice by payment hash; <see cref="InvoiceState.Unknown"/> when the node answered that it has none.</summary>
    Task<InvoiceStatus> LookUp(Bytes32 paymentHash, CancellationToken stop);

    /// <summary>Cancels an open invoice; one that is settled, cancelled or unknown is left alone without error.</summary>
    Task Cancel(Bytes32 paymentHash, CancellationToken stop);

    /// <summary>
    /// Settlements after <paramref name="settleIndex"/> (0: new ones only), until cancelled or the connection fails
    /// (<see cref="Core.Outcomes.OutsideFault"/>). The caller reconnects.
    /// </summary>
    IAsyncEnumerable<Settlement> WatchSettled(ulong settleIndex, CancellationToken stop);
}

/// <param name="Amount">Value of the invoice in millisatoshi, &gt; 0.</param>
/// <param name="Memo">BOLT-11 description, cut to 639 bytes of UTF-8; ignored when <paramref name="DescriptionHash"/> is set.</param>
/// <param name="DescriptionHash">SHA-256 of the LNURL metadata (LUD-06), instead of a memo.</param>
/// <param name="Lifetime">Time until the invoice lapses, in whole seconds, at least one.</param>
public sealed record InvoiceRequest(Msat Amount, string Memo, Bytes32? DescriptionHash, TimeSpan Lifetime)
{
    /// <summary>What every node refuses to make.</summary>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfZero(Amount.Value, nameof(Amount));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Amount.Value, MostMsat, nameof(Amount));
        ArgumentOutOfRangeException.ThrowIfLessThan(Lifetime, TimeSpan.FromSeconds(1), nameof(Lifetime));
    }

    // 21 million bitcoin.
    const ulong MostMsat = 2_100_000_000_000_000_000;
}

/// <summary>An invoice the node made: its payment hash (the payment's id) and BOLT-11 text.</summary>
public sealed record Invoice(Bytes32 PaymentHash, string PaymentRequest);

public enum InvoiceState { Unknown, Open, Accepted, Settled, Cancelled }

/// <summary>State of an invoice. <paramref name="SettleIndex"/> is 0 unless settled.</summary>
public sealed record InvoiceStatus(InvoiceState State, ulong SettleIndex)
{
    /// <summary>When it was settled, by the node's clock; null when it is not, or the node does not say.</summary>
    public DateTimeOffset? SettledAt { get; init; }
}

/// <summary>An invoice was paid. <paramref name="SettleIndex"/> is the node's cursor to resume from.</summary>
public sealed record Settlement(Bytes32 PaymentHash, ulong SettleIndex)
{
    /// <summary>When it was settled, by the node's clock; null when the node does not say.</summary>
    public DateTimeOffset? SettledAt { get; init; }
}
