using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lnvps.Core.Identity;
using Lnvps.Nostr.Encryption;
using Lnvps.Nostr.Keys;

namespace Lnvps.Nostr.Tests.Encryption;

/// <summary>Every vector of the published list, the invalid ones included.</summary>
public class Nip44VectorTests
{
    static readonly JsonElement s_vectors = JsonDocument.Parse(File.ReadAllBytes("Vectors/nip44.vectors.json")).RootElement.GetProperty("v2");

    static IEnumerable<JsonElement> Vectors(string group, string name)
    {
        var list = s_vectors.GetProperty(group).GetProperty(name).EnumerateArray().ToList();
        Assert.NotEmpty(list);
        return list;
    }

    static string Text(JsonElement vector, string name) => vector.GetProperty(name).GetString()!;

    static byte[] Hex(JsonElement vector, string name) => Convert.FromHexString(Text(vector, name));

    static Nip44Key Key(JsonElement vector) => new(Hex(vector, "conversation_key"));

    static PublicKey Public(byte[] bytes) => new(new Bytes32(bytes));

    [Fact]
    public void Conversation_keys()
    {
        foreach (var vector in Vectors("valid", "get_conversation_key"))
        {
            using var key = Nip44Key.Between(Hex(vector, "sec1"), Public(Hex(vector, "pub2")));
            Assert.Equal(Text(vector, "conversation_key"), Convert.ToHexStringLower(key!.Bytes));
        }
    }

    [Fact]
    public void Impossible_keys_give_no_conversation()
    {
        foreach (var vector in Vectors("invalid", "get_conversation_key"))
        {
            if (SecretKey.TryParse(Text(vector, "sec1"), out var secret))
                Assert.Null(Nip44Key.Between(secret, Public(Hex(vector, "pub2"))));
            else
                Assert.Throws<CryptographicException>(() => SecretKey.FromBytes(Hex(vector, "sec1")));
        }
    }

    [Fact]
    public void Message_keys()
    {
        var group = s_vectors.GetProperty("valid").GetProperty("get_message_keys");
        using var key = Key(group);
        foreach (var vector in group.GetProperty("keys").EnumerateArray())
        {
            var keys = new byte[Nip44.MessageKeysLength];
            Nip44.MessageKeys(key, Hex(vector, "nonce"), keys);
            Assert.Equal(Text(vector, "chacha_key") + Text(vector, "chacha_nonce") + Text(vector, "hmac_key"), Convert.ToHexStringLower(keys));
        }
    }

    [Fact]
    public void Padded_lengths()
    {
        foreach (var vector in Vectors("valid", "calc_padded_len"))
            Assert.Equal(vector[1].GetInt32(), Nip44Padding.PaddedLength(vector[0].GetInt32()));
    }

    [Fact]
    public void Texts_both_ways()
    {
        foreach (var vector in Vectors("valid", "encrypt_decrypt"))
        {
            using var other = SecretKey.Parse(Text(vector, "sec2"));
            using var key = Nip44Key.Between(Hex(vector, "sec1"), other.PublicKey)!;
            Assert.Equal(Text(vector, "conversation_key"), Convert.ToHexStringLower(key.Bytes));
            Assert.Equal(Text(vector, "payload"), Nip44.Encrypt(key, Text(vector, "plaintext"), Hex(vector, "nonce")));
            Assert.True(Nip44.TryDecrypt(key, Text(vector, "payload"), out var text));
            Assert.Equal(Text(vector, "plaintext"), text);
        }
    }

    [Fact]
    public void Long_texts()
    {
        foreach (var vector in Vectors("valid", "encrypt_decrypt_long_msg"))
        {
            var text = string.Concat(Enumerable.Repeat(Text(vector, "pattern"), vector.GetProperty("repeat").GetInt32()));
            using var key = Key(vector);
            var payload = Nip44.Encrypt(key, text, Hex(vector, "nonce"));
            Assert.Equal(Text(vector, "plaintext_sha256"), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
            Assert.Equal(Text(vector, "payload_sha256"), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(payload))));
            Assert.True(Nip44.TryDecrypt(key, payload, out var back));
            Assert.Equal(text, back);
        }
    }

    [Fact]
    public void Texts_of_impossible_lengths_are_refused()
    {
        using var key = new Nip44Key(new byte[32]);
        foreach (var vector in Vectors("invalid", "encrypt_msg_lengths"))
        {
            var length = vector.GetInt64();
            if (length < int.MaxValue / 4)
                Assert.Throws<ArgumentException>(() => Nip44.Encrypt(key, new string('x', (int)length), new byte[32]));
        }
    }

    [Fact]
    public void Damaged_payloads_are_refused()
    {
        foreach (var vector in Vectors("invalid", "decrypt"))
        {
            using var key = Key(vector);
            Assert.False(Nip44.TryDecrypt(key, Text(vector, "payload"), out _), Text(vector, "note"));
        }
    }
}
