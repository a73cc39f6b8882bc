using Lnvps.Core.Identity;

namespace Lnvps.Lightning.Bolt11;

/// <summary>A tagged field of an invoice (BOLT 11). Fields compare by value and keep their order.</summary>
public abstract record InvoiceField
{
    InvoiceField()
    {
    }

    /// <summary><c>p</c>: SHA-256 of the preimage that the payer gets for the money.</summary>
    public sealed record PaymentHash(Bytes32 Hash) : InvoiceField;

    /// <summary><c>s</c>: keeps nodes on the way from probing the payee; every invoice must have one.</summary>
    public sealed record PaymentSecret(Bytes32 Secret) : InvoiceField;

    /// <summary><c>d</c>: what is paid for, at most 639 bytes of UTF-8. From a stranger: escape it before showing it.</summary>
    public sealed record Description(string Text) : InvoiceField;

    /// <summary><c>h</c>: SHA-256 of a description given elsewhere.</summary>
    public sealed record DescriptionHash(Bytes32 Hash) : InvoiceField;

    /// <summary><c>m</c>: handed back to the payee with the payment.</summary>
    public sealed record Metadata(ByteString Bytes) : InvoiceField;

    /// <summary><c>n</c>: the payee's key; the signature is then checked against it.</summary>
    public sealed record Payee(NodeId Node) : InvoiceField;

    /// <summary><c>x</c>: seconds from the timestamp until the invoice lapses.</summary>
    public sealed record Expiry(ulong Seconds) : InvoiceField;

    /// <summary><c>c</c>: blocks that the last hop must leave the payee.</summary>
    public sealed record MinFinalCltvDelta(ulong Blocks) : InvoiceField;

    /// <summary><c>f</c>: an on-chain address to pay to instead. <paramref name="Version"/> is a witness version (0 to 16), 17 (P2PKH) or 18 (P2SH).</summary>
    public sealed record Fallback(byte Version, ByteString Program) : InvoiceField;

    /// <summary><c>r</c>: a way to the payee over channels that are not announced.</summary>
    public sealed record Route(RouteHops Hops) : InvoiceField;

    /// <summary><c>9</c>: feature bits.</summary>
    public sealed record Features(FeatureBits Bits) : InvoiceField;

    /// <summary>A field that readers must skip: of unknown tag, unknown fallback version or wrong length. Both parts are bech32 characters.</summary>
    public sealed record Unknown(char Tag, string Data) : InvoiceField;
}
