using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Lnvps.Core.Identity;
using Lnvps.Core.Randomness;
using Lnvps.Nostr.Keys;

namespace Lnvps.Nostr.Encryption;

/// <summary>
/// What two keys share for NIP-44, version 2; the same from both sides. A secret: wiped when disposed.
/// </summary>
public sealed class Nip44Key : IDisposable
{
    readonly byte[] _bytes;

    internal Nip44Key(byte[] bytes) => _bytes = bytes;

    /// <summary>The 32 bytes of the conversation key.</summary>
    internal ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Null when <paramref name="theirs"/> is not a point of the curve.</summary>
    public static Nip44Key? Between(SecretKey ours, PublicKey theirs)
    {
        Span<byte> secret = stackalloc byte[32];
        ours.CopyTo(secret);
        try
        {
            return Between(secret, theirs);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    internal static Nip44Key? Between(ReadOnlySpan<byte> secret, PublicKey theirs)
    {
        Span<byte> shared = stackalloc byte[32], theirKey = stackalloc byte[32];
        theirs.Bytes.CopyTo(theirKey);
        if (!Secp256k1.Ecdh(secret, theirKey, shared))
            return null;
        var key = new byte[32];
        HKDF.Extract(HashAlgorithmName.SHA256, shared, "nip44-v2"u8, key);
        CryptographicOperations.ZeroMemory(shared);
        return new Nip44Key(key);
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);
}

/// <summary>Encryption between two keys (NIP-44, version 2): <c>base64(2 ‖ nonce ‖ ciphertext ‖ mac)</c>.</summary>
[SkipLocalsInit]
public static class Nip44
{
    /// <summary>Longest text, in bytes of UTF-8.</summary>
    public const int LongestText = 65_535;

    const byte Version = 2;
    const int NonceLength = 32, MacLength = 32, LengthBytes = 2, Overhead = 1 + NonceLength + MacLength;
    const int ShortestPayload = 99, LongestPayload = 65_603;

    // Strict: a text with a lone surrogate, or bytes that are no UTF-8, are refused instead of replaced.
    static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Encrypts a text of 1 to 65,535 bytes of UTF-8 under a fresh nonce.</summary>
    /// <exception cref="ArgumentException">The text is empty, too long or has lone surrogates.</exception>
    public static string Encrypt(Nip44Key key, string text, IRandomSource random)
    {
        Span<byte> nonce = stackalloc byte[NonceLength];
        random.Fill(nonce);
        return Encrypt(key, text, nonce);
    }

    /// <summary>Decrypts; false for whatever was not encrypted with this key, is damaged, or of another version.</summary>
    public static bool TryDecrypt(Nip44Key key, string payload, [NotNullWhen(true)] out string? text)
    {
        text = null;
        // Base64 of the shortest and the longest payload; a '#' in front announces a future encoding.
        if (payload.Length is < 132 or > 87_472 || payload[0] == '#')
            return false;
        var bytes = new byte[payload.Length / 4 * 3];
        if (!Convert.TryFromBase64String(payload, bytes, out var length) || length is < ShortestPayload or > LongestPayload || bytes[0] != Version)
            return false;
        // One text, one payload: no white space, no other spelling of the last bits.
        if (!string.Equals(Convert.ToBase64String(bytes, 0, length), payload, StringComparison.Ordinal))
            return false;
        return TryDecrypt(key, bytes.AsSpan(0, length), out text);
    }

    internal static string Encrypt(Nip44Key key, string text, ReadOnlySpan<byte> nonce)
    {
        var length = s_utf8.GetByteCount(text);
        if (length is < 1 or > LongestText)
            throw new ArgumentException($"NIP-44 texts have 1 to {LongestText} bytes, this one {length}", nameof(text));
        var padded = LengthBytes + Nip44Padding.PaddedLength(length);
        var payload = new byte[Overhead + padded];
        payload[0] = Version;
        nonce.CopyTo(payload.AsSpan(1));
        var cipher = payload.AsSpan(1 + NonceLength, padded);
        BinaryPrimitives.WriteUInt16BigEndian(cipher, (ushort)length);
        s_utf8.GetBytes(text, cipher[LengthBytes..]);

        Span<byte> keys = stackalloc byte[MessageKeysLength];
        MessageKeys(key, nonce, keys);
        ChaCha20.Apply(keys[..32], keys[32..44], 0, cipher);
        HMACSHA256.HashData(keys[44..], payload.AsSpan(1, NonceLength + padded), payload.AsSpan(1 + NonceLength + padded));
        CryptographicOperations.ZeroMemory(keys);
        return Convert.ToBase64String(payload);
    }

    static bool TryDecrypt(Nip44Key key, Span<byte> payload, [NotNullWhen(true)] out string? text)
    {
        text = null;
        var cipher = payload[(1 + NonceLength)..^MacLength];
        Span<byte> keys = stackalloc byte[MessageKeysLength], mac = stackalloc byte[MacLength];
        MessageKeys(key, payload.Slice(1, NonceLength), keys);
        HMACSHA256.HashData(keys[44..], payload[1..^MacLength], mac);
        var genuine = CryptographicOperations.FixedTimeEquals(mac, payload[^MacLength..]);
        if (genuine)
            ChaCha20.Apply(keys[..32], keys[32..44], 0, cipher);
        CryptographicOperations.ZeroMemory(keys);
        if (!genuine)
            return false;

        var length = BinaryPrimitives.ReadUInt16BigEndian(cipher);
        if (length == 0 || cipher.Length != LengthBytes + Nip44Padding.PaddedLength(length))
            return false;
        try
        {
            text = s_utf8.GetString(cipher.Slice(LengthBytes, length));
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    internal const int MessageKeysLength = 76;

    /// <summary>ChaCha20 key (32), its nonce (12) and the MAC key (32) of one message.</summary>
    internal static void MessageKeys(Nip44Key key, ReadOnlySpan<byte> nonce, Span<byte> keys) =>
        HKDF.Expand(HashAlgorithmName.SHA256, key.Bytes, keys, nonce);
}
