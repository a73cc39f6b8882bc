using Lnvps.Nostr.Encodings;
using Lnvps.Nostr.Keys;

namespace Lnvps.Lightning.Bolt11;

/// <summary>Writes and signs invoices (BOLT 11).</summary>
public static class Bolt11Encoder
{
    /// <summary>The invoice as text, signed with a deterministic low-S signature.</summary>
    /// <param name="content">What it says: one payment hash, one payment secret, and either a description or the hash of one.</param>
    /// <param name="secretKey">The node's secret key, 32 bytes.</param>
    /// <exception cref="ArgumentException">The content breaks a rule of BOLT 11: a mistake of the caller.</exception>
    public static string Encode(InvoiceContent content, ReadOnlySpan<byte> secretKey)
    {
        if (content.Amount is { Value: 0 })
            throw new ArgumentException("The amount of an invoice is more than 0 or open", nameof(content));
        if (content.Created.UnixSeconds is < 0 or > InvoiceContent.LatestCreated)
            throw new ArgumentException("The timestamp of an invoice has 35 bits", nameof(content));
        RequireOne<InvoiceField.PaymentHash>(content);
        RequireOne<InvoiceField.PaymentSecret>(content);
        if (Count<InvoiceField.Description>(content) + Count<InvoiceField.DescriptionHash>(content) != 1)
            throw new ArgumentException("An invoice has either one description or the hash of one", nameof(content));
        var humanReadable = content.Network.Prefix() + (content.Amount is { } amount ? AmountText.Of(amount) : "");
        var words = new List<byte>(Words.FromNumber((ulong)content.Created.UnixSeconds, 7));
        foreach (var field in content.Fields)
            FieldWriter.Write(field, words);
        var hash = Bolt11Decoder.SigningHash(humanReadable, words.ToArray());
        return Bech32.Encode(humanReadable, [.. words, .. Bech32.ToWords(Signature(hash, secretKey))]);
    }

    static byte[] Signature(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> secretKey)
    {
        var signature = new byte[65];
        Secp256k1.EcdsaSignRecoverable(hash, secretKey, signature.AsSpan(0, 64), out var recoveryId);
        signature[64] = (byte)recoveryId;
        return signature;
    }

    static int Count<T>(InvoiceContent content) where T : InvoiceField => content.Fields.OfType<T>().Count();

    static void RequireOne<T>(InvoiceContent content) where T : InvoiceField
    {
        if (Count<T>(content) != 1)
            throw new ArgumentException($"An invoice has exactly one {typeof(T).Name}", nameof(content));
    }
}
