using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Lnvps.Core.Identity;
using Lnvps.Core.Randomness;
using Lnvps.Nostr.Keys;

namespace Lnvps.Nostr.Encryption;

/// <summary>
/// The old encryption between two keys (NIP-04): AES-256-CBC, <c>base64(ciphertext)?iv=base64(iv)</c>. Nothing proves that a text is genuine; the
/// signature of the event around it does. Only for wallets that know nothing better.
/// </summary>
public static class Nip04
{
    const int IvLength = 16;
    const int LongestPayload = 512 * 1024;
    const string Separator = "?iv=";

    static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ArgumentException"><paramref name="theirs"/> is not a point of the curve, or the text has lone surrogates.</exception>
    public static string Encrypt(SecretKey ours, PublicKey theirs, string text, IRandomSource random)
    {
        var iv = new byte[IvLength];
        random.Fill(iv);
        using var aes = Cipher(ours, theirs) ?? throw new ArgumentException("Not a public key", nameof(theirs));
        var encrypted = aes.EncryptCbc(s_utf8.GetBytes(text), iv);
        return $"{Convert.ToBase64String(encrypted)}{Separator}{Convert.ToBase64String(iv)}";
    }

    /// <summary>False for whatever does not decrypt to text.</summary>
    public static bool TryDecrypt(SecretKey ours, PublicKey theirs, string payload, [NotNullWhen(true)] out string? text)
    {
        text = null;
        var at = payload.IndexOf(Separator, StringComparison.Ordinal);
        if (at < 0 || payload.Length > LongestPayload)
            return false;
        var encrypted = new byte[at / 4 * 3 + 3];
        var iv = new byte[payload.Length];
        if (!Convert.TryFromBase64Chars(payload.AsSpan(0, at), encrypted, out var length) || length == 0 || length % IvLength != 0
            || !Convert.TryFromBase64Chars(payload.AsSpan(at + Separator.Length), iv, out var ivLength) || ivLength != IvLength)
            return false;
        using var aes = Cipher(ours, theirs);
        if (aes is null)
            return false;
        try
        {
            text = s_utf8.GetString(aes.DecryptCbc(encrypted.AsSpan(0, length), iv.AsSpan(0, ivLength)));
            return true;
        }
        catch (Exception error) when (error is CryptographicException or DecoderFallbackException)
        {
            return false;
        }
    }

    static Aes? Cipher(SecretKey ours, PublicKey theirs)
    {
        Span<byte> secret = stackalloc byte[32], shared = stackalloc byte[32], theirKey = stackalloc byte[32];
        ours.CopyTo(secret);
        theirs.Bytes.CopyTo(theirKey);
        var found = Secp256k1.Ecdh(secret, theirKey, shared);
        CryptographicOperations.ZeroMemory(secret);
        if (!found)
            return null;
        var aes = Aes.Create();
        aes.SetKey(shared);
        CryptographicOperations.ZeroMemory(shared);
        return aes;
    }
}
