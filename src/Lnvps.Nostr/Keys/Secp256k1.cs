using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using static Lnvps.Nostr.Keys.LibSecp256k1;

namespace Lnvps.Nostr.Keys;

/// <summary>
/// Signatures on the curve secp256k1: Schnorr (BIP-340, Nostr) and recoverable ECDSA (BOLT 11), and the Diffie-Hellman secret of NIP-04/44.
/// Everything from outside (signatures, public keys) may be any bytes of the right length: the answer is then false. A span of a wrong length
/// or an invalid secret key is a mistake of the caller and throws. All members may be called from any thread.
/// </summary>
[SkipLocalsInit]
public static unsafe class Secp256k1
{
    /// <summary>Length of a secret key, an x-only public key and a message hash, in bytes.</summary>
    public const int KeyLength = 32;

    /// <summary>Length of a compressed public key, in bytes.</summary>
    public const int CompressedKeyLength = 33;

    /// <summary>Length of a Schnorr or compact ECDSA signature, in bytes.</summary>
    public const int SignatureLength = 64;

    /// <summary>Loads the library now, so that a program can fail at start and not at the first request.</summary>
    /// <exception cref="DllNotFoundException">Not installed; the message names the Debian package.</exception>
    public static void EnsureAvailable() => _ = Context;

    /// <summary>Whether these 32 bytes are a secret key: between 1 and the order of the curve minus 1.</summary>
    public static bool IsSecretKey(ReadOnlySpan<byte> sec32)
    {
        fixed (byte* sec = sec32)
            return sec32.Length == KeyLength && secp256k1_ec_seckey_verify(Context, sec) == 1;
    }

    /// <summary>Whether these 32 bytes are the x coordinate of a point of the curve.</summary>
    public static bool IsPublicKey(ReadOnlySpan<byte> pubkey32)
    {
        var parsed = stackalloc byte[PublicKeyBytes];
        fixed (byte* key = pubkey32)
            return pubkey32.Length == KeyLength && secp256k1_xonly_pubkey_parse(Context, parsed, key) == 1;
    }

    /// <summary>Verifies a BIP-340 signature over a message of any length (Nostr: the 32 bytes of the event id).</summary>
    public static bool SchnorrVerify(ReadOnlySpan<byte> sig64, ReadOnlySpan<byte> message, ReadOnlySpan<byte> pubkey32)
    {
        Require(sig64, SignatureLength, nameof(sig64));
        Require(pubkey32, KeyLength, nameof(pubkey32));
        var context = Context;
        var parsed = stackalloc byte[PublicKeyBytes];
        byte none; // the library wants an address even for an empty message
        fixed (byte* sig = sig64, key = pubkey32, msg = message)
            return secp256k1_xonly_pubkey_parse(context, parsed, key) == 1
                && secp256k1_schnorrsig_verify(context, sig, msg is null ? &none : msg, (nuint)message.Length, parsed) == 1;
    }

    /// <summary>Signs as BIP-340 says, with fresh auxiliary randomness.</summary>
    /// <exception cref="CryptographicException">The secret key is out of range.</exception>
    public static void SchnorrSign(ReadOnlySpan<byte> message, ReadOnlySpan<byte> sec32, Span<byte> sig64)
    {
        Span<byte> auxiliary = stackalloc byte[32];
        RandomNumberGenerator.Fill(auxiliary);
        SchnorrSign(message, sec32, auxiliary, sig64);
    }

    /// <summary>Signs as BIP-340 says, with the given 32 bytes of auxiliary randomness (the same bytes give the same signature).</summary>
    /// <exception cref="CryptographicException">The secret key is out of range.</exception>
    public static void SchnorrSign(ReadOnlySpan<byte> message, ReadOnlySpan<byte> sec32, ReadOnlySpan<byte> auxiliary32, Span<byte> sig64)
    {
        Span<byte> pair = stackalloc byte[KeyPairBytes];
        CreateKeyPair(sec32, pair);
        try
        {
            SchnorrSignWithKeyPair(message, pair, auxiliary32, sig64);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pair);
        }
    }

    /// <summary>Writes the x-only public key (32 bytes) of a secret key.</summary>
    /// <exception cref="CryptographicException">The secret key is out of range.</exception>
    public static void PublicKeyFromSecret(ReadOnlySpan<byte> sec32, Span<byte> pubkey32)
    {
        Span<byte> pair = stackalloc byte[KeyPairBytes];
        CreateKeyPair(sec32, pair);
        PublicKeyOfKeyPair(pair, pubkey32);
        CryptographicOperations.ZeroMemory(pair);
    }

    /// <summary>Writes the compressed public key (33 bytes, first byte 2 or 3) of a secret key: a Lightning node's id.</summary>
    /// <exception cref="CryptographicException">The secret key is out of range.</exception>
    public static void CompressedPublicKeyFromSecret(ReadOnlySpan<byte> sec32, Span<byte> pubkey33)
    {
        Require(sec32, KeyLength, nameof(sec32));
        var context = Context;
        var point = stackalloc byte[PublicKeyBytes];
        fixed (byte* sec = sec32)
        {
            if (secp256k1_ec_pubkey_create(context, point, sec) != 1)
                throw InvalidSecret();
        }
        Serialise(point, pubkey33);
    }

    /// <summary>Signs a 32-byte hash with ECDSA (deterministic nonce of RFC 6979, low S); <paramref name="recid"/> (0 to 3) lets a reader recover the key.</summary>
    /// <exception cref="CryptographicException">The secret key is out of range.</exception>
    public static void EcdsaSignRecoverable(ReadOnlySpan<byte> msg32, ReadOnlySpan<byte> sec32, Span<byte> sig64, out int recid)
    {
        Require(msg32, 32, nameof(msg32));
        Require(sec32, KeyLength, nameof(sec32));
        Require(sig64, SignatureLength, nameof(sig64));
        var context = Context;
        var full = stackalloc byte[RecoverableSignatureBytes];
        int id;
        fixed (byte* msg = msg32, sec = sec32, sig = sig64)
        {
            if (secp256k1_ecdsa_sign_recoverable(context, full, msg, sec, 0, null) != 1)
                throw InvalidSecret();
            _ = secp256k1_ecdsa_recoverable_signature_serialize_compact(context, sig, &id, full);
        }
        recid = id;
    }

    /// <summary>Recovers the compressed public key (33 bytes) that made an ECDSA signature. Takes high S as well, which BOLT 11 readers accept here.</summary>
    /// <returns>False when no key can have made it, or <paramref name="recid"/> is not 0 to 3.</returns>
    public static bool EcdsaRecover(ReadOnlySpan<byte> sig64, int recid, ReadOnlySpan<byte> msg32, Span<byte> pubkey33)
    {
        Require(sig64, SignatureLength, nameof(sig64));
        Require(msg32, 32, nameof(msg32));
        Require(pubkey33, CompressedKeyLength, nameof(pubkey33));
        if (recid is < 0 or > 3)
            return false; // the library would abort the process
        var context = Context;
        var full = stackalloc byte[RecoverableSignatureBytes];
        var point = stackalloc byte[PublicKeyBytes];
        fixed (byte* sig = sig64, msg = msg32)
        {
            if (secp256k1_ecdsa_recoverable_signature_parse_compact(context, full, sig, recid) != 1
                || secp256k1_ecdsa_recover(context, point, full, msg) != 1)
                return false;
        }
        Serialise(point, pubkey33);
        return true;
    }

    /// <summary>Verifies a compact ECDSA signature over a 32-byte hash. Only low S is valid (BOLT 11: an invoice with an <c>n</c> field needs that).</summary>
    /// <param name="sig64">The signature: r, then s, big endian.</param>
    /// <param name="msg32">The hash that was signed.</param>
    /// <param name="pubkey">Compressed (33 bytes) or uncompressed (65 bytes).</param>
    public static bool EcdsaVerify(ReadOnlySpan<byte> sig64, ReadOnlySpan<byte> msg32, ReadOnlySpan<byte> pubkey)
    {
        Require(sig64, SignatureLength, nameof(sig64));
        Require(msg32, 32, nameof(msg32));
        var context = Context;
        var point = stackalloc byte[PublicKeyBytes];
        var parsed = stackalloc byte[SignatureBytes];
        fixed (byte* sig = sig64, msg = msg32, key = pubkey)
            return pubkey.Length is CompressedKeyLength or 65
                && secp256k1_ec_pubkey_parse(context, point, key, (nuint)pubkey.Length) == 1
                && secp256k1_ecdsa_signature_parse_compact(context, parsed, sig) == 1
                && secp256k1_ecdsa_verify(context, parsed, msg, point) == 1;
    }

    /// <summary>The x coordinate (32 bytes, not hashed) of the shared point of a secret key and an x-only public key: the secret NIP-04 and NIP-44 start from.</summary>
    /// <returns>False when <paramref name="pubkey32"/> is not on the curve.</returns>
    /// <exception cref="CryptographicException">The secret key is out of range.</exception>
    public static bool Ecdh(ReadOnlySpan<byte> sec32, ReadOnlySpan<byte> pubkey32, Span<byte> shared32)
    {
        Require(sec32, KeyLength, nameof(sec32));
        Require(pubkey32, KeyLength, nameof(pubkey32));
        Require(shared32, 32, nameof(shared32));
        var context = Context;
        var point = stackalloc byte[PublicKeyBytes];
        var compressed = stackalloc byte[CompressedKeyLength];
        compressed[0] = 2; // both points with this x have the same x in the product
        pubkey32.CopyTo(new Span<byte>(compressed + 1, KeyLength));
        if (secp256k1_ec_pubkey_parse(context, point, compressed, CompressedKeyLength) != 1)
            return false;
        fixed (byte* sec = sec32, shared = shared32)
        {
            if (secp256k1_ecdh(context, shared, point, sec, &CopyX, null) != 1)
                throw InvalidSecret();
        }
        return true;
    }

    internal static void CreateKeyPair(ReadOnlySpan<byte> sec32, Span<byte> pair)
    {
        Require(sec32, KeyLength, nameof(sec32));
        var context = Context;
        fixed (byte* sec = sec32, destination = pair)
        {
            if (secp256k1_keypair_create(context, destination, sec) != 1)
                throw InvalidSecret();
        }
    }

    internal static void PublicKeyOfKeyPair(ReadOnlySpan<byte> pair, Span<byte> pubkey32)
    {
        Require(pubkey32, KeyLength, nameof(pubkey32));
        var context = Context;
        var xonly = stackalloc byte[PublicKeyBytes];
        fixed (byte* source = pair, key = pubkey32)
        {
            _ = secp256k1_keypair_xonly_pub(context, xonly, null, source);
            _ = secp256k1_xonly_pubkey_serialize(context, key, xonly);
        }
    }

    internal static void SecretOfKeyPair(ReadOnlySpan<byte> pair, Span<byte> sec32)
    {
        Require(sec32, KeyLength, nameof(sec32));
        fixed (byte* source = pair, sec = sec32)
            _ = secp256k1_keypair_sec(Context, sec, source);
    }

    internal static void SchnorrSignWithKeyPair(ReadOnlySpan<byte> message, ReadOnlySpan<byte> pair, ReadOnlySpan<byte> auxiliary32, Span<byte> sig64)
    {
        Require(auxiliary32, 32, nameof(auxiliary32));
        Require(sig64, SignatureLength, nameof(sig64));
        byte none;
        fixed (byte* msg = message, source = pair, auxiliary = auxiliary32, sig = sig64)
        {
            var extra = SchnorrExtra.With(auxiliary);
            if (secp256k1_schnorrsig_sign_custom(Context, sig, msg is null ? &none : msg, (nuint)message.Length, source, &extra) != 1)
                throw new CryptographicException("libsecp256k1 could not sign");
        }
    }

    static void Serialise(byte* point, Span<byte> pubkey33)
    {
        Require(pubkey33, CompressedKeyLength, nameof(pubkey33));
        nuint length = CompressedKeyLength;
        fixed (byte* output = pubkey33)
            _ = secp256k1_ec_pubkey_serialize(Context, output, &length, point, Compressed);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static int CopyX(byte* output, byte* x32, byte* y32, void* data)
    {
        new ReadOnlySpan<byte>(x32, 32).CopyTo(new Span<byte>(output, 32));
        return 1;
    }

    static void Require(ReadOnlySpan<byte> bytes, int length, string name)
    {
        if (bytes.Length != length)
            throw new ArgumentException($"Expected {length} bytes, got {bytes.Length}", name);
    }

    // Says nothing about the key itself.
    static CryptographicException InvalidSecret() => new("The secret key is not between 1 and the order of secp256k1");
}
