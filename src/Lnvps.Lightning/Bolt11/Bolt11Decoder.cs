using System.Security.Cryptography;
using System.Text;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Time;
using Lnvps.Nostr.Encodings;
using Lnvps.Nostr.Keys;

namespace Lnvps.Lightning.Bolt11;

/// <summary>Reads invoices (BOLT 11) from strangers: any text is answered with an invoice or a refusal, never with an exception.</summary>
public static class Bolt11Decoder
{
    /// <summary>Longest invoice that is read, in characters: the most that a QR code holds of it.</summary>
    public const int Longest = 7089;

    const int TimestampWords = 7;
    const int FieldHeadWords = 3;
    const int SignatureWords = 104;

    /// <summary>Reads an invoice as a payer must: also refused when it demands a feature that is not known.</summary>
    public static Result<Bolt11Invoice> Decode(ReadOnlySpan<char> text)
    {
        var invoice = Read(text);
        return invoice.IsOk && invoice.Value.Features.UnknownRequired() is { } bit
            ? Refusal.Invalid($"Invoice demands feature {bit}, which is not known")
            : invoice;
    }

    /// <summary>Reads an invoice whatever features it demands: for invoices of the own node, which are handed on and not paid.</summary>
    public static Result<Bolt11Invoice> Read(ReadOnlySpan<char> text)
    {
        if (text.Length > Longest)
            return Refusal.Invalid("Invoice is too long");
        if (!Bech32.TryDecode(text, out var parts, Longest) || parts.Variant != Bech32Variant.Bech32)
            return Refusal.Invalid("Invoice is not valid bech32");
        var words = parts.Words;
        if (!LightningNetworks.TrySplit(parts.Prefix, out var network, out var amountText))
            return Refusal.Invalid("Invoice is for an unknown network");
        Msat? amount = null;
        if (!amountText.IsEmpty)
        {
            if (!AmountText.TryParse(amountText, out var parsed))
                return Refusal.Invalid("Invoice has an invalid amount");
            amount = parsed;
        }
        if (words.Length < TimestampWords + SignatureWords)
            return Refusal.Invalid("Invoice is too short");
        var signed = words.AsSpan(0, words.Length - SignatureWords);
        var fields = Fields(signed[TimestampWords..]);
        if (!fields.IsOk)
            return fields.Refusal;
        var content = new InvoiceContent(network, amount, new Instant((long)Words.ToNumber(signed[..TimestampWords])), fields.Value);
        return Check(content, SigningHash(parts.Prefix, signed), words.AsSpan(signed.Length));
    }

    /// <summary>SHA-256 of what the signature covers: the human-readable part and the words before the signature.</summary>
    internal static byte[] SigningHash(string humanReadable, ReadOnlySpan<byte> signed) =>
        SHA256.HashData([.. Encoding.UTF8.GetBytes(humanReadable), .. Words.ToBytesFilled(signed)]);

    static Result<List<InvoiceField>> Fields(ReadOnlySpan<byte> rest)
    {
        var fields = new List<InvoiceField>();
        while (!rest.IsEmpty)
        {
            if (rest.Length < FieldHeadWords)
                return Refusal.Invalid("Invoice ends inside a field");
            var length = (int)Words.ToNumber(rest[1..FieldHeadWords]);
            if (rest.Length - FieldHeadWords < length)
                return Refusal.Invalid("Invoice ends inside a field");
            if (FieldReader.Read(rest[0], rest.Slice(FieldHeadWords, length)) is not { } field)
                return Refusal.Invalid($"Invoice has an invalid field '{FieldTags.Letter(rest[0])}'");
            fields.Add(field);
            rest = rest[(FieldHeadWords + length)..];
        }
        return fields;
    }

    static Result<Bolt11Invoice> Check(InvoiceContent content, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signatureWords)
    {
        if (content.Find<InvoiceField.PaymentHash>()?.Hash is not { } paymentHash)
            return Refusal.Invalid("Invoice has no payment hash");
        if (content.Find<InvoiceField.PaymentSecret>()?.Secret is not { } secret)
            return Refusal.Invalid("Invoice has no payment secret");
        if (content.Find<InvoiceField.Description>() is null == content.Find<InvoiceField.DescriptionHash>() is null)
            return Refusal.Invalid("Invoice needs either a description or the hash of one");
        if (!Bech32.TryToBytes(signatureWords, out var signature) || Payee(content, hash, signature) is not { } payee)
            return Refusal.Invalid("Invoice has an invalid signature");
        return new Bolt11Invoice(content, payee, new ByteString(signature.AsSpan(0, 64)), signature[64], paymentHash, secret);
    }

    /// <summary>
    /// The key that signed, or null. A key in the invoice is checked, by a signature of low S; otherwise the key is recovered, from high S too.
    /// </summary>
    static NodeId? Payee(InvoiceContent content, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        if (signature[64] > 3)
            return null;
        if (content.Find<InvoiceField.Payee>()?.Node is { } stated)
            return Secp256k1.EcdsaVerify(signature[..64], hash, stated.Key.Span) ? stated : null;
        Span<byte> recovered = stackalloc byte[NodeId.Length];
        return Secp256k1.EcdsaRecover(signature[..64], signature[64], hash, recovered) ? new NodeId(new ByteString(recovered)) : null;
    }
}
