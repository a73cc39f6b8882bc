using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Lnvps.Core.Identity;
using Lnvps.Nostr.Encodings;

namespace Lnvps.Lightning.Bolt11;

/// <summary>Reads the data of one tagged field. Null: the field breaks a rule, and with it the invoice.</summary>
static class FieldReader
{
    public static InvoiceField? Read(int tag, ReadOnlySpan<byte> data) => tag switch
    {
        FieldTags.PaymentHash => Hash(tag, data, hash => new InvoiceField.PaymentHash(hash)),
        FieldTags.PaymentSecret => Hash(tag, data, secret => new InvoiceField.PaymentSecret(secret)),
        FieldTags.DescriptionHash => Hash(tag, data, hash => new InvoiceField.DescriptionHash(hash)),
        FieldTags.Description => Description(data),
        FieldTags.Metadata => Bech32.TryToBytes(data, out var bytes) ? new InvoiceField.Metadata(new ByteString(bytes)) : null,
        FieldTags.Payee => Payee(data),
        FieldTags.Expiry => Words.TryToMinimalNumber(data, out var seconds) ? new InvoiceField.Expiry(seconds) : null,
        FieldTags.MinFinalCltvDelta => Words.TryToMinimalNumber(data, out var blocks) ? new InvoiceField.MinFinalCltvDelta(blocks) : null,
        FieldTags.Fallback => Fallback(data),
        FieldTags.Route => Route(data),
        FieldTags.Features => Words.TryToFeatures(data, out var features) ? new InvoiceField.Features(features) : null,
        _ => Skipped(tag, data),
    };

    /// <summary>A field that must be skipped, kept as it came so that the invoice can be written again.</summary>
    static InvoiceField.Unknown Skipped(int tag, ReadOnlySpan<byte> data) => new(FieldTags.Letter(tag), FieldTags.Letters(data));

    // The published examples contain hashes, secrets and keys of wrong length that must be skipped.
    static InvoiceField? Hash(int tag, ReadOnlySpan<byte> data, Func<Bytes32, InvoiceField> of)
    {
        if (data.Length != Words.CountFor(32))
            return Skipped(tag, data);
        return Bech32.TryToBytes(data, out var bytes) ? of(new Bytes32(bytes)) : null;
    }

    static InvoiceField? Description(ReadOnlySpan<byte> data) =>
        Bech32.TryToBytes(data, out var bytes) && Utf8.IsValid(bytes) ? new InvoiceField.Description(Encoding.UTF8.GetString(bytes)) : null;

    static InvoiceField? Payee(ReadOnlySpan<byte> data)
    {
        if (data.Length != Words.CountFor(NodeId.Length))
            return Skipped(FieldTags.Payee, data);
        return Bech32.TryToBytes(data, out var bytes) && IsCompressed(bytes) ? new InvoiceField.Payee(new NodeId(new ByteString(bytes))) : null;
    }

    static InvoiceField? Fallback(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
            return null;
        var version = data[0];
        if (version > FieldTags.ScriptHash)
            return Skipped(FieldTags.Fallback, data);
        return Bech32.TryToBytes(data[1..], out var program) && FieldTags.IsProgram(version, program.Length)
            ? new InvoiceField.Fallback(version, new ByteString(program))
            : null;
    }

    static InvoiceField? Route(ReadOnlySpan<byte> data)
    {
        if (!Bech32.TryToBytes(data, out var bytes) || bytes.Length == 0 || bytes.Length % RouteHop.Length != 0)
            return null;
        var hops = new RouteHop[bytes.Length / RouteHop.Length];
        for (var i = 0; i < hops.Length; i++)
        {
            var hop = bytes.AsSpan(i * RouteHop.Length, RouteHop.Length);
            if (!IsCompressed(hop))
                return null;
            hops[i] = new RouteHop(
                new NodeId(new ByteString(hop[..33])),
                BinaryPrimitives.ReadUInt64BigEndian(hop[33..]),
                BinaryPrimitives.ReadUInt32BigEndian(hop[41..]),
                BinaryPrimitives.ReadUInt32BigEndian(hop[45..]),
                BinaryPrimitives.ReadUInt16BigEndian(hop[49..]));
        }
        return new InvoiceField.Route(new RouteHops(hops));
    }

    static bool IsCompressed(ReadOnlySpan<byte> key) => key[0] is 2 or 3;
}
