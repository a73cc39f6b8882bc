using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using Lnvps.Nostr.Keys;

namespace Lnvps.Nostr.Tests.Keys;

public class Secp256k1Tests
{
    // The order of the curve.
    static readonly byte[] s_order = Convert.FromHexString("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141");

    static byte[] Secret(byte last)
    {
        var key = new byte[32];
        key[31] = last;
        return key;
    }

    static byte[] Hash(string text) => SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text));

    [Fact]
    public void A_secret_key_lies_between_one_and_the_order()
    {
        var largest = s_order.ToArray();
        largest[31]--;
        Assert.True(Secp256k1.IsSecretKey(Secret(1)));
        Assert.True(Secp256k1.IsSecretKey(largest));
        Assert.False(Secp256k1.IsSecretKey(new byte[32]));
        Assert.False(Secp256k1.IsSecretKey(s_order));
        Assert.False(Secp256k1.IsSecretKey(new byte[31]));
        Assert.False(Secp256k1.IsSecretKey([]));
    }

    [Fact]
    public void Signing_with_an_invalid_secret_throws_and_does_not_quote_it()
    {
        var fault = Assert.Throws<CryptographicException>(() => Secp256k1.SchnorrSign(Hash("x"), s_order, new byte[64]));
        Assert.DoesNotContain("BAAEDCE6", fault.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Throws<CryptographicException>(() => Secp256k1.EcdsaSignRecoverable(Hash("x"), new byte[32], new byte[64], out _));
        Assert.Throws<CryptographicException>(() => Secp256k1.PublicKeyFromSecret(new byte[32], new byte[32]));
        Assert.Throws<CryptographicException>(() => Secp256k1.CompressedPublicKeyFromSecret(new byte[32], new byte[33]));
        Assert.Throws<CryptographicException>(() => Secp256k1.Ecdh(new byte[32], PublicKey(Secret(1)), new byte[32]));
    }

    [Fact]
    public void Wrong_lengths_throw_instead_of_reading_past_the_end()
    {
        Assert.Throws<ArgumentException>(() => Secp256k1.SchnorrVerify(new byte[63], new byte[32], new byte[32]));
        Assert.Throws<ArgumentException>(() => Secp256k1.SchnorrVerify(new byte[64], new byte[32], new byte[31]));
        Assert.Throws<ArgumentException>(() => Secp256k1.SchnorrSign(new byte[32], new byte[31], new byte[64]));
        Assert.Throws<ArgumentException>(() => Secp256k1.SchnorrSign(new byte[32], Secret(1), new byte[65]));
        Assert.Throws<ArgumentException>(() => Secp256k1.EcdsaRecover(new byte[64], 0, new byte[31], new byte[33]));
        Assert.Throws<ArgumentException>(() => Secp256k1.EcdsaRecover(new byte[64], 0, new byte[32], new byte[32]));
        Assert.Throws<ArgumentException>(() => Secp256k1.Ecdh(Secret(1), new byte[32], new byte[31]));
        Assert.Throws<ArgumentException>(() => Secp256k1.CompressedPublicKeyFromSecret(Secret(1), new byte[32]));
    }

    [Fact]
    public void Any_changed_bit_breaks_a_Schnorr_signature()
    {
        byte[] message = Hash("message"), key = PublicKey(Secret(7)), signature = new byte[64];
        Secp256k1.SchnorrSign(message, Secret(7), signature);
        Assert.True(Secp256k1.SchnorrVerify(signature, message, key));
        for (var bit = 0; bit < 512; bit++)
        {
            Assert.False(Secp256k1.SchnorrVerify(Flipped(signature, bit), message, key), $"signature bit {bit}");
            if (bit < 256)
            {
                Assert.False(Secp256k1.SchnorrVerify(signature, Flipped(message, bit), key), $"message bit {bit}");
                Assert.False(Secp256k1.SchnorrVerify(signature, message, Flipped(key, bit)), $"key bit {bit}");
            }
        }
    }

    [Fact]
    public void Fresh_randomness_makes_each_Schnorr_signature_different()
    {
        byte[] one = new byte[64], two = new byte[64];
        Secp256k1.SchnorrSign(Hash("m"), Secret(7), one);
        Secp256k1.SchnorrSign(Hash("m"), Secret(7), two);
        Assert.NotEqual(one, two);
    }

    /// <summary>The secret key and node id that all examples of BOLT 11 use.</summary>
    [Fact]
    public void Signs_and_recovers_with_the_example_key_of_Bolt_11()
    {
        var secret = Convert.FromHexString("e126f68f7eafcc8b74f54d269fe206be715000f94dac067d1c04a8ca3b2db734");
        var node = Convert.FromHexString("03e7156ae33b0a208d0744199163177e909e80176e55d97a2f221ede0f934dd9ad");
        var hash = Convert.FromHexString("6daf4d488be41ce7cbb487cab1ef2975e5efcea879b20d421f0ef86b07cbb987");

        var id = new byte[33];
        Secp256k1.CompressedPublicKeyFromSecret(secret, id);
        Assert.Equal(node, id);

        var signature = new byte[64];
        Secp256k1.EcdsaSignRecoverable(hash, secret, signature, out var recid);
        Assert.True(Secp256k1.EcdsaVerify(signature, hash, node));
        Assert.True(Secp256k1.EcdsaRecover(signature, recid, hash, id));
        Assert.Equal(node, id);
    }

    [Fact]
    public void Every_key_and_hash_signs_recovers_and_verifies() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(Guid, Guid, Guid)>(), x =>
        {
            byte[] secret = [.. x.Item1.ToByteArray(), .. x.Item2.ToByteArray()], hash = Hash(x.Item3.ToString());
            secret[0] |= 1; // not zero
            secret[0] &= 0x7f; // below the order
            byte[] key = new byte[33], recovered = new byte[33], signature = new byte[64];
            Secp256k1.CompressedPublicKeyFromSecret(secret, key);
            Secp256k1.EcdsaSignRecoverable(hash, secret, signature, out var recid);
            return Secp256k1.EcdsaRecover(signature, recid, hash, recovered)
                && recovered.AsSpan().SequenceEqual(key)
                && Secp256k1.EcdsaVerify(signature, hash, key)
                && !Secp256k1.EcdsaVerify(signature, Hash("other"), key)
                && !(Secp256k1.EcdsaRecover(signature, recid ^ 1, hash, recovered) && recovered.AsSpan().SequenceEqual(key));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]
    [InlineData(int.MaxValue)]
    public void A_recovery_id_out_of_range_is_refused(int recid) =>
        Assert.False(Secp256k1.EcdsaRecover(new byte[64], recid, new byte[32], new byte[33]));

    [Fact]
    public void Strangers_bytes_never_throw_and_never_verify()
    {
        var random = new Random(340);
        byte[] signature = new byte[64], message = new byte[32], key = new byte[33], recovered = new byte[33];
        for (var round = 0; round < 2_000; round++)
        {
            random.NextBytes(signature);
            random.NextBytes(message);
            random.NextBytes(key);
            key[0] = (byte)random.Next(8);
            Assert.False(Secp256k1.SchnorrVerify(signature, message, key.AsSpan(1)));
            Assert.False(Secp256k1.EcdsaVerify(signature, message, key));
            Secp256k1.EcdsaRecover(signature, random.Next(4), message, recovered);
        }
        signature.AsSpan().Fill(0xff);
        Assert.False(Secp256k1.EcdsaRecover(signature, 0, message, recovered));
        Assert.False(Secp256k1.EcdsaRecover(new byte[64], 0, message, recovered));
        Assert.False(Secp256k1.EcdsaVerify(new byte[64], message, new byte[33]));
        Assert.False(Secp256k1.EcdsaVerify(new byte[64], message, []));
        Assert.False(Secp256k1.IsPublicKey(new byte[32]));
    }

    [Fact]
    public void A_high_S_signature_recovers_but_does_not_verify()
    {
        byte[] hash = Hash("high"), key = new byte[33], recovered = new byte[33], signature = new byte[64];
        Secp256k1.CompressedPublicKeyFromSecret(Secret(9), key);
        Secp256k1.EcdsaSignRecoverable(hash, Secret(9), signature, out var recid);
        var s = new System.Numerics.BigInteger(signature.AsSpan(32), isUnsigned: true, isBigEndian: true);
        var high = new System.Numerics.BigInteger(s_order, isUnsigned: true, isBigEndian: true) - s;
        high.ToByteArray(isUnsigned: true, isBigEndian: true).CopyTo(signature.AsSpan(32));

        Assert.False(Secp256k1.EcdsaVerify(signature, hash, key));
        Assert.True(Secp256k1.EcdsaRecover(signature, recid ^ 1, hash, recovered));
        Assert.Equal(key, recovered);
    }

    [Fact]
    public void The_shared_secret_is_the_same_on_both_sides_and_is_the_plain_x()
    {
        byte[] a = new byte[32], b = new byte[32];
        Assert.True(Secp256k1.Ecdh(Secret(5), PublicKey(Secret(11)), a));
        Assert.True(Secp256k1.Ecdh(Secret(11), PublicKey(Secret(5)), b));
        Assert.Equal(a, b);
        Assert.Equal(PublicKey(Secret(55)), a); // 5 · 11 · G
        Assert.False(Secp256k1.Ecdh(Secret(5), new byte[32], a));
    }

    [Fact]
    public void A_missing_library_is_named_with_its_package() =>
        Assert.Contains("libsecp256k1-1", LibSecp256k1.Missing(LibSecp256k1.Name).Message, StringComparison.Ordinal);

    [Fact]
    public void Many_threads_share_the_context() => Parallel.For(1, 200, i =>
    {
        byte[] secret = Secret((byte)i), signature = new byte[64];
        Secp256k1.SchnorrSign(Hash($"{i}"), secret, signature);
        Assert.True(Secp256k1.SchnorrVerify(signature, Hash($"{i}"), PublicKey(secret)));
    });

    static byte[] PublicKey(byte[] secret)
    {
        var key = new byte[32];
        Secp256k1.PublicKeyFromSecret(secret, key);
        return key;
    }

    static byte[] Flipped(byte[] bytes, int bit)
    {
        var copy = bytes.ToArray();
        copy[bit / 8] ^= (byte)(1 << (bit % 8));
        return copy;
    }
}
