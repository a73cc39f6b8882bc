using System.Text;
using Lnvps.Nostr.Events;
using Lnvps.Nostr.HttpAuth;
using Lnvps.Nostr.Tests.Events;

namespace Lnvps.Nostr.Tests.HttpAuth;

/// <summary>Strangers send any header: it never throws, and lets in nobody who did not sign.</summary>
public class Nip98FuzzTests
{
    static readonly Nip98Request s_request = new("GET", "/api/v1/vm", Sample.Now, default(Core.Identity.Bytes32));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_bytes_let_nobody_in(int seed)
    {
        var random = new Random(seed);
        var reached = new HashSet<Nip98Outcome>();
        for (var round = 0; round < 5_000; round++)
        {
            var bytes = new byte[random.Next(0, round % 50 == 0 ? 20_000 : 400)];
            random.NextBytes(bytes);
            Refused("Nostr " + Convert.ToBase64String(bytes));
            Refused("Nostr " + Encoding.Latin1.GetString(bytes));
            Refused("Nostr " + new string([.. bytes.Select(b => (char)(b & 127))]));
            Refused(Encoding.Latin1.GetString(bytes));
            reached.Add(Refused("Nostr " + Convert.ToBase64String(RandomJson(random))));
        }
        // The bag is good enough to get through to the last check.
        Assert.Contains(Nip98Outcome.BadSignature, reached);
        Assert.Contains(Nip98Outcome.NotAnEvent, reached);
        Assert.Contains(Nip98Outcome.OtherKind, reached);
        Assert.Contains(Nip98Outcome.NoUrl, reached);
    }

    [Fact]
    public void Every_truncation_lets_nobody_in()
    {
        var header = Good();
        for (var length = 0; length < header.Length; length++)
        {
            // Padding and nothing else may be missing.
            if (header[length..].Trim('=').Length > 0)
                Refused(header[..length]);
            if (length > 6)
                Refused("Nostr " + header[length..]);
        }
        var json = Convert.FromBase64String(header[6..]);
        for (var length = 0; length < json.Length; length++)
            Refused("Nostr " + Convert.ToBase64String(json, 0, length));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Changed_credentials_let_nobody_else_in(int seed)
    {
        var random = new Random(seed);
        var header = Good();
        var id = Nip98.VerifyHeader(header, s_request).EventId;
        var json = Convert.FromBase64String(header[6..]);
        var through = 0;
        for (var round = 0; round < 5_000; round++)
        {
            var bytes = Mutated(json, random);
            var text = round % 2 == 0
                ? "Nostr " + Convert.ToBase64String(bytes)
                : "Nostr " + Encoding.Latin1.GetString(Mutated(Encoding.Latin1.GetBytes(header[6..]), random));
            foreach (var result in (Nip98Result[])[Nip98.VerifyHeader(text, s_request), Nip98.VerifyQuery(text.AsSpan(6), s_request)])
            {
                // A change outside what is signed (white space, letter case of hex, base64 variants) may pass; it is the same event then.
                if (result.IsOk)
                {
                    through++;
                    Assert.Equal(id, result.EventId);
                    Assert.Equal(Sample.Key.PublicKey, result.PublicKey);
                }
            }
        }
        Assert.InRange(through, 0, 1_000);
    }

    static Nip98Outcome Refused(string header)
    {
        var result = Nip98.VerifyHeader(header, s_request);
        Assert.False(result.IsOk, header);
        Assert.False(Nip98.VerifyQuery(header.StartsWith("Nostr ", StringComparison.Ordinal) ? header[6..] : header, s_request).IsOk, header);
        return result.Outcome;
    }

    static string Good() => Nip98.Sign(Sample.Key, "GET", "https://api.lnvps.net/api/v1/vm", Sample.Now);

    // Shaped like an event, with every value drawn from a bag of awkward ones.
    static byte[] RandomJson(Random random)
    {
        string[] values =
        [
            "\"\"", "\"x\"", "0", "-1", "27235", "1e400", "1.0", "99999999999999999999", "null", "true", "[]", "[[]]", "[[\"u\"]]", "{}", "\"\\ud800\"",
            "[[\"u\",\"https://a/api/v1/vm\"],[\"method\",\"GET\"]]", $"\"{new string('a', 64)}\"", $"\"{new string('0', 128)}\"", $"\"{Sample.Key.PublicKey}\"",
            $"{Sample.Now.UnixSeconds}", "[[[\"u\"]]]", "[[\"u\",1]]", new string('[', 70), "\"\\", "\"\\u12\"", "[[\"\\u0075\",\"\\u0000\"]]",
        ];
        string[] names = ["id", "pubkey", "created_at", "kind", "tags", "content", "sig", "x"];
        return Encoding.UTF8.GetBytes($"{{{string.Join(',', names.Where(_ => random.Next(20) > 0).Select(n => $"\"{n}\":{Value(n)}"))}}}");

        // Mostly of the right type, so that the reader gets further in.
        string Value(string name) => random.Next(4) == 0 ? values[random.Next(values.Length)] : name switch
        {
            "id" or "pubkey" => values[16 + (random.Next(2) * 2)],
            "sig" => values[17],
            "kind" => "27235",
            "created_at" => values[19],
            "tags" => values[15],
            _ => "\"\"",
        };
    }

    static byte[] Mutated(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (var changes = random.Next(1, 4); changes > 0 && bytes.Count > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.RemoveAt(at); break;
                case 3: bytes.Insert(at, (byte)"\"\\[]{},:u0=+/ "[random.Next(14)]); break;
                default: bytes.RemoveRange(at, random.Next(bytes.Count - at)); break;
            }
        }
        return [.. bytes];
    }
}
