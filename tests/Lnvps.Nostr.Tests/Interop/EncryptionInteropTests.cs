using System.Text;
using System.Text.Json.Nodes;
using Lnvps.Core.Randomness;
using Lnvps.Nostr.Encryption;
using Lnvps.Nostr.Events;
using Lnvps.Nostr.Keys;
using Lnvps.Nostr.Messages;
using Lnvps.Nostr.Tests.Events;
using Lnvps.Testing.Interop;

namespace Lnvps.Nostr.Tests.Interop;

/// <summary>Both ways against nostr-tools: what one encrypts or wraps, the other opens.</summary>
[Trait("Speed", "slow")]
public class EncryptionInteropTests
{
    const string TheirSecret = "7b911fd37cdf5c81d4c0adb1ab7fa822ed253ab0ad9aa18d77257c88b29b718e";
    const string OurSecret = "67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa";

    static readonly SecretKey s_theirs = SecretKey.Parse(TheirSecret);
    static readonly SecureRandomness s_random = new();
    static readonly string[] s_texts = ["a", "plain", "\n\"\\\r\t\b\f\u0001", "é€漢字😀", "\u2028\ufeff", "{\"method\":\"pay_invoice\"}", new('x', 40_000)];

    static async Task<JsonArray> Ask(IEnumerable<JsonObject> questions) => (await NodeScript.Run("nostr.js", new JsonArray([.. questions]))).AsArray();

    static JsonObject Theirs(string ask, string text) => new() { ["ask"] = ask, ["secret"] = TheirSecret, ["key"] = Sample.Key.PublicKey.ToString(), ["text"] = text };

    [Fact]
    public async Task Old_and_new_encryption_are_read_on_both_sides()
    {
        using var key = Nip44Key.Between(Sample.Key, s_theirs.PublicKey)!;
        var read = await Ask(s_texts.SelectMany(text => new[]
        {
            Theirs("decrypt44", Nip44.Encrypt(key, text, s_random)), Theirs("decrypt04", Nip04.Encrypt(Sample.Key, s_theirs.PublicKey, text, s_random)),
        }));
        var written = await Ask(s_texts.SelectMany(text => new[] { Theirs("encrypt44", text), Theirs("encrypt04", text) }));
        for (var i = 0; i < s_texts.Length; i++)
        {
            Assert.Equal(s_texts[i], (string)read[2 * i]!);
            Assert.Equal(s_texts[i], (string)read[2 * i + 1]!);
            Assert.True(Nip44.TryDecrypt(key, (string)written[2 * i]!, out var text));
            Assert.Equal(s_texts[i], text);
            Assert.True(Nip04.TryDecrypt(Sample.Key, s_theirs.PublicKey, (string)written[2 * i + 1]!, out text));
            Assert.Equal(s_texts[i], text);
        }
    }

    [Fact]
    public async Task Wrapped_messages_are_opened_on_both_sides()
    {
        var texts = s_texts.Where(text => text.Length < 30_000).ToList();
        var ours = texts.ConvertAll(text => GiftWrap.ForMessage(Sample.Key, s_theirs.PublicKey, text, Sample.Now, s_random)!);
        var opened = await Ask(ours.Select(wrap => new JsonObject { ["ask"] = "unwrap", ["secret"] = TheirSecret, ["event"] = JsonNode.Parse(wrap.ToJson()) }));
        var wrapped = await Ask(texts.Select(text => new JsonObject { ["ask"] = "wrap", ["secret"] = OurSecret, ["key"] = s_theirs.PublicKey.ToString(), ["text"] = text }));
        for (var i = 0; i < texts.Count; i++)
        {
            Assert.Equal(texts[i], (string)opened[i]!["content"]!);
            Assert.Equal(Sample.Key.PublicKey.ToString(), (string)opened[i]!["pubkey"]!);
            Assert.Equal(14, (int)opened[i]!["kind"]!);

            Assert.True(NostrEvent.TryParse(Encoding.UTF8.GetBytes(wrapped[i]!.ToJsonString()), out var wrap, 200_000));
            Assert.True(GiftWrap.TryOpen(s_theirs, wrap, out var message), texts[i]);
            Assert.Equal((texts[i], Sample.Key.PublicKey), (message.Content, message.Author));
        }
    }
}
