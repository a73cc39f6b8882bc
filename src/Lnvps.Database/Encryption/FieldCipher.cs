using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Lnvps.Database.Encryption;

/// <summary>Fills a nonce with random bytes; tests give fixed ones.</summary>
public delegate void NonceSource(Span<byte> nonce);

/// <summary>
/// Encryption of single columns (data-model.md section 5): AES-256-GCM, stored as <c>ENC:</c> or <c>ENC1:key-id:</c> and the Base64 of
/// nonce, ciphertext and tag. Safe for use by many threads.
/// </summary>
public sealed class FieldCipher
{
    internal const string Prefix = "ENC:";
    internal const string VersionedPrefix = "ENC1:";
    const int NonceLength = 12;
    const int TagLength = 16;
    const int KeyIdLength = 8;

    static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    readonly IReadOnlyList<EncryptionKey> _keys;
    readonly bool _writesVersioned;
    readonly NonceSource _nonces;

    /// <param name="keys">The first one encrypts, all decrypt; none: encryption is off.</param>
    /// <param name="writesVersioned">Write <c>ENC1:</c>, which existing programs of this schema version cannot read.</param>
    /// <param name="nonces">The system's secure random source when null.</param>
    public FieldCipher(IReadOnlyList<EncryptionKey> keys, bool writesVersioned = false, NonceSource? nonces = null)
    {
        _keys = keys;
        _writesVersioned = writesVersioned;
        _nonces = nonces ?? RandomNumberGenerator.Fill;
    }

    /// <summary>Encryption is not configured: values are stored as plaintext.</summary>
    public static FieldCipher Off { get; } = new([]);

    /// <summary>A key is loaded: values are encrypted when written.</summary>
    public bool IsOn => _keys.Count > 0;

    /// <summary>Makes the text to store; the same plaintext never gives the same text twice.</summary>
    /// <exception cref="UnstorableTextException">No key is loaded and the plaintext looks like ciphertext.</exception>
    /// <exception cref="EncoderFallbackException">The text is not valid Unicode.</exception>
    public SealedText Seal(string plain)
    {
        if (!IsOn)
            return HasPrefix(plain) ? throw new UnstorableTextException() : SealedText.FromStored(plain);

        var key = _keys[0];
        var text = Utf8.GetBytes(plain);
        var packed = new byte[NonceLength + text.Length + TagLength];
        var nonce = packed.AsSpan(0, NonceLength);
        _nonces(nonce);
        using (var aes = new AesGcm(key.Bytes, TagLength))
            aes.Encrypt(nonce, text, packed.AsSpan(NonceLength, text.Length), packed.AsSpan(NonceLength + text.Length));
        return SealedText.FromStored((_writesVersioned ? $"{VersionedPrefix}{key.Id}:" : Prefix) + Convert.ToBase64String(packed));
    }

    /// <summary>NULL stays NULL.</summary>
    public SealedText? SealOrNull(string? plain) => plain is null ? null : Seal(plain);

    /// <summary>The plaintext.</summary>
    /// <exception cref="UnreadableTextException">The value is damaged, or its key is not loaded.</exception>
    public string Open(SealedText value) => Read(value.Stored, out var plain) is { } problem ? throw new UnreadableTextException(problem) : plain!;

    /// <inheritdoc cref="Open"/>
    public string? OpenOrNull(SealedText? value) => value is { } text ? Open(text) : null;

    /// <summary>The plaintext, or false when the value is damaged or its key is not loaded: only this field is unreadable then.</summary>
    public bool TryOpen(SealedText value, [NotNullWhen(true)] out string? plain) => Read(value.Stored, out plain) is null;

    internal static bool HasPrefix(string text) =>
        text.StartsWith(Prefix, StringComparison.Ordinal) || text.StartsWith(VersionedPrefix, StringComparison.Ordinal);

    /// <summary>Null, or why the text cannot be read, without any part of it but key ids.</summary>
    string? Read(string stored, out string? plain)
    {
        plain = null;
        if (stored.StartsWith(VersionedPrefix, StringComparison.Ordinal))
            return ReadVersioned(stored.AsSpan(VersionedPrefix.Length), out plain);
        if (stored.StartsWith(Prefix, StringComparison.Ordinal))
            return Decrypt(_keys, stored.AsSpan(Prefix.Length), out plain);
        plain = stored;
        return null;
    }

    string? ReadVersioned(ReadOnlySpan<char> rest, out string? plain)
    {
        plain = null;
        var colon = rest.IndexOf(':');
        if (colon != KeyIdLength || rest[..colon].ContainsAnyExcept(HexDigits))
            return "the value is damaged: it names no key";
        var id = rest[..colon].ToString();
        var keys = _keys.Where(key => key.Id == id).ToList();
        if (keys.Count == 0)
            return $"the value was encrypted with the key {id}; loaded: {(IsOn ? string.Join(", ", _keys) : "none")}";
        return Decrypt(keys, rest[(colon + 1)..], out plain);
    }

    static string? Decrypt(IReadOnlyList<EncryptionKey> keys, ReadOnlySpan<char> base64, out string? plain)
    {
        plain = null;
        if (keys.Count == 0)
            return "the value is encrypted and no key is loaded";
        var packed = new byte[base64.Length / 4 * 3];
        // The framework's reader skips white space, the format has none.
        if (base64.ContainsAny(" \t\r\n") || !Convert.TryFromBase64Chars(base64, packed, out var length) || length < NonceLength + TagLength)
            return "the value is damaged: no Base64 of a nonce, a text and a tag";
        var nonce = packed.AsSpan(0, NonceLength);
        var cipher = packed.AsSpan(NonceLength, length - NonceLength - TagLength);
        var tag = packed.AsSpan(length - TagLength, TagLength);
        var text = new byte[cipher.Length];
        foreach (var key in keys)
        {
            try
            {
                using var aes = new AesGcm(key.Bytes, TagLength);
                aes.Decrypt(nonce, cipher, tag, text);
                plain = Utf8.GetString(text);
                return null;
            }
            catch (AuthenticationTagMismatchException)
            {
                // The unversioned form does not say which key it needs: try the next.
            }
            catch (DecoderFallbackException)
            {
                return "the value is no UTF-8 text";
            }
        }
        return $"the value is damaged, or encrypted with another key than {string.Join(", ", keys)}";
    }
}

/// <summary>An encrypted column cannot be read; the message says why and never contains the value.</summary>
public sealed class UnreadableTextException(string problem) : Exception($"An encrypted field is unreadable: {problem}");

/// <summary>Without a key, a text that starts like ciphertext cannot be stored: it could never be read again.</summary>
public sealed class UnstorableTextException() : Exception("A text that starts with ENC: or ENC1: cannot be stored while encryption is off");
