using System.Security.Cryptography;
using Lnvps.Core.Identity;
using Lnvps.Nostr.Encodings;
using Lnvps.Nostr.Keys;

namespace Lnvps.Nostr.Tests.Keys;

public class SecretKeyTests
{
    // The examples of NIP-19.
    const string Nsec = "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5";
    const string SecretHex = "67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa";
    const string Npub = "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg";
    const string PublicHex = "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e";

    [Fact]
    public void Reads_and_writes_the_examples_of_Nip_19()
    {
        using var fromNsec = SecretKey.Parse(Nsec);
        using var fromHex = SecretKey.Parse(SecretHex.ToUpperInvariant());
        Assert.Equal(Nsec, fromHex.ToNsec());
        Assert.Equal(fromNsec.PublicKey, fromHex.PublicKey);
        Span<byte> bytes = stackalloc byte[32];
        fromNsec.CopyTo(bytes);
        Assert.Equal(SecretHex, Convert.ToHexStringLower(bytes));

        Assert.True(Nip19.TryParsePublicKey(Npub, out var key));
        Assert.Equal(PublicHex, key.ToString());
        Assert.Equal(Npub, key.ToNpub());
        Assert.True(Nip19.TryParsePublicKey(PublicHex, out var same));
        Assert.Equal(key, same);
    }

    [Theory]
    [InlineData("")]
    [InlineData(Npub)]
    [InlineData("nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe4")]
    [InlineData("67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92f")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141")]
    [InlineData("zz dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa")]
    public void Refuses_what_is_not_a_secret_key_without_repeating_it(string text)
    {
        Assert.False(SecretKey.TryParse(text, out _));
        var fault = Assert.Throws<FormatException>(() => SecretKey.Parse(text));
        if (text.Length > 0)
            Assert.DoesNotContain(text, fault.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(Nsec)]
    [InlineData("npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptq")]
    [InlineData("npub1")]
    public void Refuses_what_is_not_a_public_key(string text) => Assert.False(Nip19.TryParsePublicKey(text, out _));

    [Fact]
    public void Its_text_and_Json_show_the_public_key_only()
    {
        using var key = SecretKey.Parse(Nsec);
        var shown = $"{key} {System.Text.Json.JsonSerializer.Serialize(key)}";
        Assert.DoesNotContain(Nsec, shown, StringComparison.Ordinal);
        Assert.DoesNotContain(SecretHex, shown, StringComparison.Ordinal);
        Assert.Contains(key.PublicKey.ToNpub(), shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Signs_until_it_is_wiped()
    {
        var key = SecretKey.Generate();
        byte[] hash = SHA256.HashData("x"u8), signature = new byte[64];
        key.Sign(hash, signature);
        Assert.True(Secp256k1.SchnorrVerify(signature, hash, key.PublicKey.Bytes.ToArray()));
        key.Dispose();
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.Sign(hash, signature));
        Assert.Throws<ObjectDisposedException>(() => key.CopyTo(new byte[32]));
        Assert.Throws<ObjectDisposedException>(key.ToNsec);
    }

    [Fact]
    public void Fresh_keys_differ()
    {
        var seen = new HashSet<PublicKey>();
        for (var i = 0; i < 100; i++)
        {
            using var key = SecretKey.Generate();
            Assert.True(seen.Add(key.PublicKey));
        }
    }
}
