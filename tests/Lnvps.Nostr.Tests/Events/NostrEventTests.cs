using System.Text;
using System.Text.Json.Nodes;
using Lnvps.Core.Time;
using Lnvps.Nostr.Events;

namespace Lnvps.Nostr.Tests.Events;

public class NostrEventTests
{
    [Fact]
    public void A_signed_event_verifies_and_survives_Json()
    {
        var signed = Sample.Event("hello", new("u", "https://x/y"), new("empty"), new());
        Assert.True(signed.Verify());
        Assert.True(NostrEvent.TryParse(signed.ToJson(), out var read));
        Assert.True(read.Verify());
        Assert.Equal(signed.ToString(), read.ToString());
        Assert.Equal(Sample.Now, read.CreatedAt);
        Assert.Equal(Sample.Key.PublicKey, read.PublicKey);
    }

    [Theory]
    [InlineData("content", "other")]
    [InlineData("pubkey", "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9")]
    [InlineData("id", "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9")]
    public void A_changed_text_field_is_noticed(string field, string value)
    {
        var json = Sample.Changed(Sample.Event("x"), e => e[field] = value);
        Assert.True(NostrEvent.TryParse(json, out var read));
        Assert.False(read.Verify());
        Assert.False(Sample.IsGenuine(json));
    }

    [Fact]
    public void Any_other_change_is_noticed()
    {
        var original = Sample.Event("x", new EventTag("p", "q"));
        Action<JsonObject>[] changes =
        [
            e => e["created_at"] = 1,
            e => e["kind"] = 2,
            e => e["tags"] = new JsonArray(),
            e => e["tags"]![0]!.AsArray().Add("r"),
            e => e["tags"]!.AsArray().Add(new JsonArray()),
            e => e["sig"] = Sample.Event("x", new EventTag("p", "r")).Signature.ToString(),
        ];
        Assert.All(changes, change => Assert.False(Sample.IsGenuine(Sample.Changed(original, change))));
        Assert.True(Sample.IsGenuine(Sample.Changed(original, e => e["seen"] = new JsonArray("on", new JsonObject()))));
        Assert.True(Sample.IsGenuine(Sample.Changed(original, e => e["id"] = original.Id.ToString().ToUpperInvariant())));
    }

    /// <summary>What an event must have and be; each line breaks one thing.</summary>
    [Fact]
    public void What_is_not_an_event_is_refused()
    {
        var original = Sample.Event("x", new EventTag("p", "q"));
        string[] fields = ["id", "pubkey", "created_at", "kind", "tags", "content", "sig"];
        foreach (var field in fields)
        {
            Refused(e => e.Remove(field));
            Refused(e => e[field] = null);
            Refused(e => e[field] = true);
            Refused(e => e[field] = new JsonObject());
        }
        foreach (var field in (string[])["id", "pubkey", "sig"])
        {
            Refused(e => e[field] = "");
            Refused(e => e[field] = ((string)e[field]!)[1..]);
            Refused(e => e[field] = (string)e[field]! + "00");
            Refused(e => e[field] = "zz" + ((string)e[field]!)[2..]);
            Refused(e => e[field] = "é" + ((string)e[field]!)[2..]);
        }
        foreach (var number in (JsonNode[])[-1, 1.5, 1e30, "1", 70000.0])
            Refused(e => e["kind"] = number.DeepClone());
        foreach (var number in (JsonNode[])[-1, 1.5, 1e30, "1", 253_402_300_800])
            Refused(e => e["created_at"] = number.DeepClone());
        foreach (var tags in (JsonNode[])["", 1, new JsonObject(), new JsonArray(1), new JsonArray("x"), new JsonArray(new JsonArray(1)),
            new JsonArray(new JsonArray("a", null)), new JsonArray(new JsonArray(new JsonArray("a")))])
            Refused(e => e["tags"] = tags.DeepClone());

        void Refused(Action<JsonObject> change)
        {
            var json = Sample.Changed(original, change);
            Assert.False(NostrEvent.TryParse(json, out _), Encoding.UTF8.GetString(json));
        }
    }

    [Fact]
    public void What_is_not_one_Json_object_is_refused()
    {
        var json = Sample.Event("x").ToString();
        string[] texts = ["", " ", "null", "[]", "\"x\"", "1", "{}", $"[{json}]", json + json, json + "x", json[..^1], "\ufeff" + json, json + "//", json.Replace("\"id\"", "id", StringComparison.Ordinal)];
        Assert.All(texts, text => Assert.False(NostrEvent.TryParse(Encoding.UTF8.GetBytes(text), out _), text));
        Assert.True(NostrEvent.TryParse(Encoding.UTF8.GetBytes($" \n{json}\t "), out _));
    }

    [Fact]
    public void A_doubled_field_is_refused_because_readers_disagree_which_one_counts()
    {
        var json = Sample.Event("x").ToString();
        Assert.False(NostrEvent.TryParse(Encoding.UTF8.GetBytes(json[..^1] + ",\"content\":\"x\"}"), out _));
        Assert.True(NostrEvent.TryParse(Encoding.UTF8.GetBytes(json[..^1] + ",\"a\":1,\"a\":2}"), out _));
    }

    [Fact]
    public void Bad_Utf8_and_half_characters_are_refused()
    {
        var json = Sample.Event("MARK").ToString();
        Assert.False(NostrEvent.TryParse(Encoding.Latin1.GetBytes(json.Replace("MARK", "\u00e9", StringComparison.Ordinal)), out _));
        Assert.False(NostrEvent.TryParse(Encoding.UTF8.GetBytes(json.Replace("MARK", "\\ud800", StringComparison.Ordinal)), out _));
        Assert.False(NostrEvent.TryParse(Encoding.UTF8.GetBytes(json.Replace("MARK", "\n", StringComparison.Ordinal)), out _));
    }

    /// <summary>Programs that use a JSON library for the canonical text write rare control characters as \u00xx; their events count too.</summary>
    [Fact]
    public void Both_ways_of_writing_control_characters_verify()
    {
        const string content = "a\u0001\n\u001fb\u007f";
        var strict = Sample.Event(content);
        Assert.True(Sample.IsGenuine(strict.ToJson()));

        var escaped = CanonicalText.WithEscapedControls(NostrEvent.Canonical(strict.PublicKey, strict.CreatedAt, 1, [], content).Span);
        Assert.EndsWith("\"a\\u0001\\n\\u001fb\u007f\"]", Encoding.UTF8.GetString(escaped), StringComparison.Ordinal);
        var id = System.Security.Cryptography.SHA256.HashData(escaped);
        var signature = new byte[64];
        Sample.Key.Sign(id, signature);
        var json = Sample.Changed(strict, e =>
        {
            e["id"] = Convert.ToHexStringLower(id);
            e["sig"] = Convert.ToHexStringLower(signature);
        });
        Assert.True(Sample.IsGenuine(json));
        Assert.False(Sample.IsGenuine(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json).Replace("\\u0001", "\\u0002", StringComparison.Ordinal))));
    }

    [Fact]
    public void The_size_limit_holds()
    {
        var json = Sample.Event(new string('x', 1000)).ToJson();
        Assert.True(NostrEvent.TryParse(json, out _, json.Length));
        Assert.False(NostrEvent.TryParse(json, out _, json.Length - 1));
        Assert.False(NostrEvent.TryParse(new byte[NostrEvent.DefaultMaxBytes + 1], out _));
    }

    [Fact]
    public void A_short_tag_reads_as_missing()
    {
        var e = Sample.Event("", new("u"), new(), new("u", "value"), new("u", "later"));
        Assert.Equal("value", e.TagValue("u"));
        Assert.Null(e.TagValue("x"));
        Assert.Null(e.Tags[1].Name);
        Assert.Null(e.Tags[0].Value);
        Assert.Null(e.Tags[0][-1]);
    }

    [Fact]
    public void Signing_refuses_what_no_reader_would_take()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => NostrEvent.Sign(Sample.Key, Sample.Now, 65536, [], ""));
        Assert.Throws<ArgumentOutOfRangeException>(() => NostrEvent.Sign(Sample.Key, Sample.Now, -1, [], ""));
        Assert.Throws<ArgumentOutOfRangeException>(() => NostrEvent.Sign(Sample.Key, new Instant(-1), 1, [], ""));
    }

    /// <summary>Bytes changed, dropped and added at random: never an exception, never a verified event that differs from the original.</summary>
    [Fact]
    public void Mutated_events_never_throw_and_never_verify()
    {
        var original = Sample.Event("content \n \u0001 é 😀 \\ \"", new("u", "https://example.com/a/b?c"), new("x\"y"), new());
        var json = original.ToJson();
        var random = new Random(1);
        for (var round = 0; round < 20_000; round++)
        {
            // White space and the letter case of hex are free, so the same event may come back.
            if (NostrEvent.TryParse(Mutated(json, random), out var read) && read.Verify())
                Assert.Equal(original.ToString(), read.ToString());
        }
    }

    static byte[] Mutated(byte[] json, Random random)
    {
        var bytes = json.ToList();
        for (var changes = random.Next(1, 4); changes > 0 && bytes.Count > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] = (byte)"\"\\[]{},:u0d\n"[random.Next(12)]; break;
                case 2: bytes.RemoveAt(at); break;
                case 3: bytes.Insert(at, (byte)"\"\\[]{},:u0d\n"[random.Next(12)]); break;
                default: bytes.RemoveRange(at, random.Next(bytes.Count - at)); break;
            }
        }
        return [.. bytes];
    }
}
