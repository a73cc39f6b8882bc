using System.Text;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Lightning.Bolt11;
using Lnvps.Nostr.Encodings;
using Lnvps.Nostr.Keys;

namespace Lnvps.Lightning.Tests.Bolt11;

/// <summary>Invoices of every kind from a seeded source, so that a failing one can be made again.</summary>
static class InvoiceSamples
{
    static readonly string[] Characters = ["a", "Z", " ", "\"", "<", "\0", "\n", "é", "ナ", "杯", "😀", "\u200d", "\ufeff"];

    /// <summary>A valid content that <paramref name="key"/> may sign.</summary>
    public static InvoiceContent Content(Random random, byte[] key)
    {
        var fields = new List<InvoiceField>
        {
            new InvoiceField.PaymentHash(Hash(random)),
            new InvoiceField.PaymentSecret(Hash(random)),
            random.Next(4) == 0 ? new InvoiceField.DescriptionHash(Hash(random)) : new InvoiceField.Description(Text(random)),
        };
        if (random.Next(2) == 0)
            fields.Add(new InvoiceField.Expiry(Number(random)));
        if (random.Next(2) == 0)
            fields.Add(new InvoiceField.MinFinalCltvDelta(Number(random)));
        if (random.Next(4) == 0)
            fields.Add(new InvoiceField.Payee(Node(key)));
        if (random.Next(4) == 0)
            fields.Add(new InvoiceField.Metadata(Bytes(random, random.Next(60))));
        for (var i = random.Next(3); i > 0; i--)
            fields.Add(Fallback(random));
        for (var i = random.Next(3); i > 0; i--)
            fields.Add(new InvoiceField.Route(new RouteHops([.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Hop(random))])));
        if (random.Next(2) == 0)
            fields.Add(new InvoiceField.Features(FeatureBits.Of([.. new[] { 8, 9, 14, 15, 16, 17, 24, 25, 48, 49, 99, 101, 5113 }.Where(_ => random.Next(3) == 0)])));
        if (fields[^1] is InvoiceField.Features { Bits.Bits.IsZero: true })
            fields.RemoveAt(fields.Count - 1);
        for (var i = random.Next(3); i > 0; i--)
            fields.Add(new InvoiceField.Unknown("z2tv4"[random.Next(5)], new string('q', random.Next(20))));
        var shuffled = fields.ToArray();
        random.Shuffle(shuffled);
        return new InvoiceContent((LightningNetwork)random.Next(4), Amount(random), new Instant(random.NextInt64(1L << 35)), shuffled);
    }

    public static Msat? Amount(Random random) => random.Next(6) switch
    {
        0 => null,
        1 => new Msat((ulong)random.NextInt64(1, 1000)),
        2 => new Msat((ulong)random.NextInt64(1, 1_000_000) * 1000),
        3 => new Msat((ulong)random.NextInt64(1, 1_000) * 100_000_000),
        4 => new Msat((ulong)random.NextInt64(1, 21_000_001) * 100_000_000_000),
        _ => new Msat((ulong)random.NextInt64(1, 2_100_000_000_000_000_001)),
    };

    public static NodeId Node(byte[] key)
    {
        var id = new byte[33];
        Secp256k1.CompressedPublicKeyFromSecret(key, id);
        return new NodeId(new ByteString(id));
    }

    /// <summary>Signs words of any content, right or wrong, as an invoice would be.</summary>
    public static string Sign(string prefix, IReadOnlyList<byte> words, byte[] key, int recoveryIdChange = 0)
    {
        var padded = words.Concat(new byte[(8 - words.Count % 8) % 8]).ToArray();
        Assert.True(Bech32.TryToBytes(padded, out var bytes));
        var hash = System.Security.Cryptography.SHA256.HashData([.. Encoding.UTF8.GetBytes(prefix), .. bytes[..((words.Count * 5 + 7) / 8)]]);
        var signature = new byte[65];
        Secp256k1.EcdsaSignRecoverable(hash, key, signature.AsSpan(0, 64), out var id);
        signature[64] = (byte)(id + recoveryIdChange);
        return Bech32.Encode(prefix, [.. words, .. Bech32.ToWords(signature)]);
    }

    static string Text(Random random)
    {
        var text = new StringBuilder();
        for (var i = random.Next(4) == 0 ? random.Next(800) : random.Next(30); i > 0; i--)
            text.Append(Characters[random.Next(Characters.Length)]);
        return Memo.Cut(text.ToString());
    }

    static InvoiceField Fallback(Random random) => random.Next(5) switch
    {
        0 => new InvoiceField.Fallback(17, Bytes(random, 20)),
        1 => new InvoiceField.Fallback(18, Bytes(random, 20)),
        2 => new InvoiceField.Fallback(0, Bytes(random, 20)),
        3 => new InvoiceField.Fallback(0, Bytes(random, 32)),
        _ => new InvoiceField.Fallback(1, Bytes(random, 32)),
    };

    static RouteHop Hop(Random random)
    {
        var key = new byte[32];
        random.NextBytes(key);
        return new RouteHop(Node(key), unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue)), (uint)random.Next(), (uint)random.Next(),
            (ushort)random.Next(65536));
    }

    static ulong Number(Random random) => random.Next(4) switch
    {
        0 => 0,
        1 => (ulong)random.Next(100),
        2 => (ulong)random.Next(10_000_000),
        _ => (ulong)random.NextInt64(1L << 40),
    };

    static Bytes32 Hash(Random random)
    {
        var bytes = new byte[32];
        random.NextBytes(bytes);
        return new Bytes32(bytes);
    }

    static ByteString Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return new ByteString(bytes);
    }
}
