using System.Buffers.Binary;
using System.Text;
using Lnvps.Core.Identity;
using Lnvps.Nostr.Encodings;

namespace Lnvps.Lightning.Bolt11;

/// <summary>Writes tagged fields as words.</summary>
static class FieldWriter
{
    /// <exception cref="ArgumentException">The field is too long or breaks a rule of its tag: a mistake of the caller.</exception>
    public static void Write(InvoiceField field, List<byte> words)
    {
        var (tag, data) = Data(field);
        if (data.Length > Words.LongestField)
            throw new ArgumentException($"A field of an invoice holds {Words.LongestField} words at most, not {data.Length}", nameof(field));
        words.Add((byte)tag);
        words.AddRange(Words.FromNumber((ulong)data.Length, 2));
        words.AddRange(data);
    }

    static (int Tag, byte[] Data) Data(InvoiceField field) => field switch
    {
        InvoiceField.PaymentHash hash => (FieldTags.PaymentHash, Hash(hash.Hash)),
        InvoiceField.PaymentSecret secret => (FieldTags.PaymentSecret, Hash(secret.Secret)),
        InvoiceField.Description description => (FieldTags.Description, Bech32.ToWords(Encoding.UTF8.GetBytes(description.Text))),
        InvoiceField.DescriptionHash hash => (FieldTags.DescriptionHash, Hash(hash.Hash)),
        InvoiceField.Metadata metadata => (FieldTags.Metadata, Bech32.ToWords(metadata.Bytes.Span)),
        InvoiceField.Payee payee => (FieldTags.Payee, Bech32.ToWords(Key(payee.Node))),
        InvoiceField.Expiry expiry => (FieldTags.Expiry, Words.FromNumber(expiry.Seconds)),
        InvoiceField.MinFinalCltvDelta delta => (FieldTags.MinFinalCltvDelta, Words.FromNumber(delta.Blocks)),
        InvoiceField.Fallback fallback => (FieldTags.Fallback, Fallback(fallback)),
        InvoiceField.Route route => (FieldTags.Route, Bech32.ToWords(Route(route.Hops))),
        InvoiceField.Features features => (FieldTags.Features, Words.FromFeatures(features.Bits)),
        InvoiceField.Unknown unknown => (Word(unknown.Tag), unknown.Data.Select(Word).ToArray()),
        _ => throw new ArgumentException($"No such field: {field.GetType().Name}", nameof(field)),
    };

    static byte[] Hash(Bytes32 hash) => Bech32.ToWords(hash.ToArray());

    static byte[] Fallback(InvoiceField.Fallback fallback)
    {
        if (fallback.Version > FieldTags.ScriptHash || !FieldTags.IsProgram(fallback.Version, fallback.Program.Length))
            throw new ArgumentException($"No fallback address has version {fallback.Version} and {fallback.Program.Length} bytes", nameof(fallback));
        return [fallback.Version, .. Bech32.ToWords(fallback.Program.Span)];
    }

    static byte[] Route(RouteHops route)
    {
        var bytes = new byte[route.Hops.Count * RouteHop.Length];
        for (var i = 0; i < route.Hops.Count; i++)
        {
            var target = bytes.AsSpan(i * RouteHop.Length, RouteHop.Length);
            var hop = route.Hops[i];
            Key(hop.Node).CopyTo(target);
            BinaryPrimitives.WriteUInt64BigEndian(target[33..], hop.ShortChannelId);
            BinaryPrimitives.WriteUInt32BigEndian(target[41..], hop.FeeBaseMsat);
            BinaryPrimitives.WriteUInt32BigEndian(target[45..], hop.FeeProportionalMillionths);
            BinaryPrimitives.WriteUInt16BigEndian(target[49..], hop.CltvExpiryDelta);
        }
        return bytes;
    }

    static ReadOnlySpan<byte> Key(NodeId node) => node.Key.Length == NodeId.Length
        ? node.Key.Span
        : throw new ArgumentException($"A node id has {NodeId.Length} bytes, not {node.Key.Length}", nameof(node));

    static byte Word(char letter) => FieldTags.Word(letter) is >= 0 and var word
        ? (byte)word
        : throw new ArgumentException($"Not a character of bech32: {letter}", nameof(letter));
}
