using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Time;

namespace Lnvps.Lightning.Bolt11;

/// <summary>A decoded invoice whose signature is that of <see cref="Payee"/>. Only <see cref="Bolt11Decoder"/> makes them.</summary>
public sealed class Bolt11Invoice
{
    /// <summary>Seconds after which an invoice lapses that does not say (BOLT 11).</summary>
    public const ulong DefaultExpirySeconds = 3600;

    /// <summary>Blocks for the last hop of an invoice that does not say (BOLT 11).</summary>
    public const ulong DefaultMinFinalCltvDelta = 18;

    static readonly Instant EndOfTime = Instant.Utc(9999, 12, 31, 23, 59, 59);

    internal Bolt11Invoice(InvoiceContent content, NodeId payee, ByteString signature, int recoveryId, Bytes32 paymentHash, Bytes32 paymentSecret)
    {
        Content = content;
        Payee = payee;
        Signature = signature;
        RecoveryId = recoveryId;
        PaymentHash = paymentHash;
        PaymentSecret = paymentSecret;
    }

    /// <summary>All that was signed, with fields that were skipped.</summary>
    public InvoiceContent Content { get; }

    /// <summary>The node that asks for the money: the key of the signature.</summary>
    public NodeId Payee { get; }

    /// <summary>ECDSA signature: r, then s, 64 bytes.</summary>
    public ByteString Signature { get; }

    /// <summary>0 to 3.</summary>
    public int RecoveryId { get; }

    public Bytes32 PaymentHash { get; }

    public Bytes32 PaymentSecret { get; }

    public LightningNetwork Network => Content.Network;

    /// <summary>Millisatoshi, or null when the payer chooses.</summary>
    public Msat? Amount => Content.Amount;

    public Instant Created => Content.Created;

    /// <summary>The text, or null when there is a hash of it instead. From a stranger: escape it before showing it.</summary>
    public string? Description => Content.Find<InvoiceField.Description>()?.Text;

    public Bytes32? DescriptionHash => Content.Find<InvoiceField.DescriptionHash>()?.Hash;

    /// <summary>Seconds after <see cref="Created"/>.</summary>
    public ulong ExpirySeconds => Content.Find<InvoiceField.Expiry>()?.Seconds ?? DefaultExpirySeconds;

    /// <summary>First moment at which it must not be paid any more; at most the end of the year 9999.</summary>
    public Instant Expires => ExpirySeconds >= (ulong)EndOfTime.SecondsSince(Created) ? EndOfTime : Created.PlusSeconds((long)ExpirySeconds);

    public ulong MinFinalCltvDelta => Content.Find<InvoiceField.MinFinalCltvDelta>()?.Blocks ?? DefaultMinFinalCltvDelta;

    public FeatureBits Features => Content.Find<InvoiceField.Features>()?.Bits ?? default;

    public ByteString? Metadata => Content.Find<InvoiceField.Metadata>()?.Bytes;

    public IEnumerable<InvoiceField.Fallback> Fallbacks => Content.Fields.OfType<InvoiceField.Fallback>();

    public IEnumerable<RouteHops> Routes => Content.Fields.OfType<InvoiceField.Route>().Select(route => route.Hops);
}
