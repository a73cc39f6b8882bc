using System.Text;
using System.Text.Json.Nodes;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Nostr.Encodings;
using Lnvps.Nostr.Events;
using Lnvps.Nostr.HttpAuth;
using Lnvps.Nostr.Keys;
using Lnvps.Nostr.Tests.Events;
using Lnvps.Testing.Interop;

namespace Lnvps.Nostr.Tests.Interop;

/// <summary>Both ways against nostr-tools, which the shop's web application and most Nostr programs use.</summary>
[Trait("Speed", "slow")]
public class NostrToolsTests
{
    // Control characters that NIP-01 does not name: nostr-tools writes them as \u00xx, NIP-01 as they are.
    const string Rare = "\u0000\u0001\u000b\u001f";

    static readonly string[] s_texts =
    [
        "", "plain", "\n\"\\\r\t\b\f", "\\n\\u0041\\\\", "/<>&'+`=", "é€漢字😀👨‍👩‍👧‍👦", "\u2028\u2029\ufeff\u007f\u0080\u009f\uffff\ufffd", "א‏ب‎", "{\"a\":[1,\"b\"]}",
        new('x', 5000),
    ];

    static string SecretHex
    {
        get
        {
            var bytes = new byte[32];
            Sample.Key.CopyTo(bytes);
            return Convert.ToHexStringLower(bytes);
        }
    }

    static async Task<JsonArray> Ask(IEnumerable<JsonObject> questions) =>
        (await NodeScript.Run("nostr.js", new JsonArray([.. questions]))).AsArray();

    static JsonNode Json(NostrEvent signed) => JsonNode.Parse(signed.ToJson())!;

    [Fact]
    public async Task Our_events_verify_there_and_have_the_same_canonical_text()
    {
        var events = s_texts.Select(text => NostrEvent.Sign(Sample.Key, Sample.Now, 14, [new("t", text, text), new(), new(text)], text)).ToList();
        var verified = await Ask(events.Select(e => new JsonObject { ["ask"] = "verify", ["event"] = Json(e) }));
        var written = await Ask(events.Select(e => new JsonObject { ["ask"] = "serialise", ["event"] = Json(e) }));
        for (var i = 0; i < events.Count; i++)
        {
            Assert.True((bool)verified[i]!, s_texts[i]);
            var own = NostrEvent.Canonical(events[i].PublicKey, events[i].CreatedAt, events[i].Kind, events[i].Tags, events[i].Content);
            Assert.Equal((string)written[i]!, Encoding.UTF8.GetString(own.Span));
        }
    }

    [Fact]
    public async Task Their_events_verify_here_rare_control_characters_included()
    {
        string[] texts = [.. s_texts, Rare, $"a{Rare}b\n\"{Rare}"];
        var signed = await Ask(texts.Select(text => new JsonObject
        {
            ["ask"] = "sign",
            ["secret"] = SecretHex,
            ["event"] = new JsonObject
            {
                ["kind"] = 1,
                ["created_at"] = Sample.Now.UnixSeconds,
                ["tags"] = new JsonArray(new JsonArray("t", text), new JsonArray(), new JsonArray(text, text, text)),
                ["content"] = text,
            },
        }));
        for (var i = 0; i < texts.Length; i++)
        {
            var json = Encoding.UTF8.GetBytes(signed[i]!.ToJsonString());
            Assert.True(NostrEvent.TryParse(json, out var read), texts[i]);
            Assert.Equal(texts[i], read.Content);
            Assert.Equal(texts[i], read.Tags[2][2]);
            Assert.True(Sample.IsGenuine(json), texts[i]);
        }
    }

    [Fact]
    public async Task What_one_refuses_the_other_refuses()
    {
        var good = Sample.Event("x", new EventTag("p", "q"));
        using var stranger = SecretKey.Generate();
        JsonNode[] events =
        [
            Json(good),
            Changed(e => e["content"] = "y"),
            Changed(e => e["created_at"] = 5),
            Changed(e => e["pubkey"] = stranger.PublicKey.ToString()),
            Changed(e => e["sig"] = new string('0', 128)),
            Changed(e => e["tags"]!.AsArray().Add(new JsonArray("r"))),
        ];
        var there = await Ask(events.Select(e => new JsonObject { ["ask"] = "verify", ["event"] = e.DeepClone() }));
        var here = events.Select(e => Sample.IsGenuine(Encoding.UTF8.GetBytes(e.ToJsonString()))).ToList();
        Assert.Equal([true, false, false, false, false, false], here);
        Assert.Equal(here, there.Select(answer => (bool)answer!));

        JsonNode Changed(Action<JsonObject> change) => JsonNode.Parse(Sample.Changed(good, change))!;
    }

    [Fact]
    public async Task Keys_read_the_same()
    {
        var answers = await Ask(
        [
            new() { ["ask"] = "publicKey", ["secret"] = SecretHex },
            new() { ["ask"] = "npub", ["key"] = Sample.Key.PublicKey.ToString() },
            new() { ["ask"] = "nsec", ["secret"] = SecretHex },
            new() { ["ask"] = "decode", ["text"] = Sample.Key.PublicKey.ToNpub() },
            new() { ["ask"] = "decode", ["text"] = Sample.Key.ToNsec() },
        ]);
        Assert.Equal(
            [Sample.Key.PublicKey.ToString(), Sample.Key.PublicKey.ToNpub(), Sample.Key.ToNsec(), Sample.Key.PublicKey.ToString(), SecretHex],
            answers.Select(a => (string)a!));
    }

    [Theory]
    [InlineData("GET", "https://api.lnvps.net/api/v1/vm?limit=5&q=%20")]
    [InlineData("POST", "http://127.0.0.1:8000/api/v1/a%2Fb")]
    public async Task Sign_in_works_both_ways(string method, string url)
    {
        // Their check takes the real time, so does ours here.
        var now = Instant.From(TimeProvider.System.GetUtcNow());
        var ours = Nip98.Sign(Sample.Key, method, url, now);
        var answers = await Ask(
        [
            new() { ["ask"] = "validateToken", ["token"] = ours, ["url"] = url, ["method"] = method },
            new() { ["ask"] = "token", ["secret"] = SecretHex, ["url"] = url, ["method"] = method },
            new() { ["ask"] = "token", ["secret"] = SecretHex, ["url"] = url, ["method"] = method, ["payload"] = new JsonObject { ["é"] = 1 } },
        ]);
        Assert.True((bool)answers[0]!);

        var request = new Nip98Request(method, new Uri(url).PathAndQuery, Instant.From(TimeProvider.System.GetUtcNow()));
        Assert.Equal(Nip98Outcome.Ok, Nip98.VerifyHeader((string)answers[1]!, request).Outcome);
        Assert.Equal(Nip98Outcome.BodyHashNeeded, Nip98.VerifyHeader((string)answers[2]!, request).Outcome);
        var body = new Bytes32(System.Security.Cryptography.SHA256.HashData("{\"é\":1}"u8));
        Assert.Equal(Nip98Outcome.Ok, Nip98.VerifyHeader((string)answers[2]!, request with { BodyHash = body }).Outcome);
        Assert.Equal(Nip98Outcome.OtherPath, Nip98.VerifyHeader((string)answers[1]!, request with { Target = "/api/v1/other" }).Outcome);
    }
}
