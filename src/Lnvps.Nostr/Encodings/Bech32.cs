using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Lnvps.Nostr.Encodings;

/// <summary>Which constant the checksum ends in.</summary>
public enum Bech32Variant
{
    /// <summary>BIP-173: Nostr keys, Lightning invoices, LNURL.</summary>
    Bech32,
    /// <summary>BIP-350: witness version 1 addresses and later.</summary>
    Bech32m,
}

/// <summary>A checked bech32 text, taken apart.</summary>
/// <param name="Prefix">The human-readable part, in lower case.</param>
/// <param name="Words">The data in 5-bit words (each 0 to 31), without the checksum.</param>
/// <param name="Variant">The checksum that fitted.</param>
public sealed record Bech32Text(string Prefix, byte[] Words, Bech32Variant Variant);

/// <summary>
/// Bech32 (BIP-173) and bech32m (BIP-350): base-32 text with a prefix and a checksum of six characters. The BIPs allow 90 characters;
/// invoices and LNURL are longer, so the limit is a parameter.
/// </summary>
public static class Bech32
{
    /// <summary>The limit of the BIPs: up to this length the checksum finds every mistake in four characters.</summary>
    public const int StandardLength = 90;

    const int ChecksumLength = 6, LongestPrefix = 83;
    const uint Bech32mConstant = 0x2bc8_30a3;
    const string Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

    // By ASCII code in either case: the 5-bit word, or 255.
    static readonly byte[] s_words = Words();

    /// <summary>Joins prefix, data and checksum; the text is in lower case.</summary>
    /// <param name="prefix">1 to 83 printable ASCII characters without upper-case letters.</param>
    /// <param name="words">Words of 5 bits, each below 32.</param>
    /// <param name="variant">The checksum to use.</param>
    /// <exception cref="ArgumentException">The prefix or a word is out of range.</exception>
    public static string Encode(string prefix, ReadOnlySpan<byte> words, Bech32Variant variant = Bech32Variant.Bech32)
    {
        if (prefix.Length is 0 or > LongestPrefix || prefix.AsSpan().ContainsAnyExceptInRange('!', '~') || prefix.AsSpan().ContainsAnyInRange('A', 'Z'))
            throw new ArgumentException("A bech32 prefix is 1 to 83 printable ASCII characters without upper case", nameof(prefix));
        if (words.ContainsAnyExceptInRange((byte)0, (byte)31))
            throw new ArgumentException("A bech32 word is below 32", nameof(words));

        var text = new char[prefix.Length + 1 + words.Length + ChecksumLength];
        prefix.CopyTo(text);
        text[prefix.Length] = '1';
        var data = text.AsSpan(prefix.Length + 1);

        var sum = StartWith(prefix);
        for (var i = 0; i < words.Length; i++)
        {
            sum = Add(sum, words[i]);
            data[i] = Alphabet[words[i]];
        }
        for (var i = 0; i < ChecksumLength; i++)
            sum = Add(sum, 0);
        sum ^= Constant(variant);
        for (var i = 0; i < ChecksumLength; i++)
            data[words.Length + i] = Alphabet[(int)(sum >> (5 * (ChecksumLength - 1 - i))) & 31];
        return new string(text);
    }

    /// <summary>
    /// Takes a text apart if its characters, case (all lower or all upper), length and checksum are right. Any input is allowed; only the answer
    /// false comes of a bad one.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out Bech32Text? decoded, int maxLength = StandardLength)
    {
        decoded = null;
        var separator = text.LastIndexOf('1');
        if (text.Length > maxLength || separator is < 1 or > LongestPrefix || text.Length - separator - 1 < ChecksumLength
            || text.ContainsAnyExceptInRange('!', '~')
            || (text.ContainsAnyInRange('a', 'z') && text.ContainsAnyInRange('A', 'Z')))
            return false;

        var prefix = text[..separator].ToString().ToLowerInvariant();
        var data = text[(separator + 1)..];
        var words = new byte[data.Length - ChecksumLength];
        var sum = StartWith(prefix);
        for (var i = 0; i < data.Length; i++)
        {
            var word = s_words[data[i]];
            if (word > 31)
                return false;
            sum = Add(sum, word);
            if (i < words.Length)
                words[i] = word;
        }
        if (sum != Constant(Bech32Variant.Bech32) && sum != Bech32mConstant)
            return false;
        decoded = new Bech32Text(prefix, words, sum == Bech32mConstant ? Bech32Variant.Bech32m : Bech32Variant.Bech32);
        return true;
    }

    /// <summary>Regroups bytes into 5-bit words; the last word is filled up with zero bits.</summary>
    public static byte[] ToWords(ReadOnlySpan<byte> bytes)
    {
        var words = new byte[((bytes.Length * 8) + 4) / 5];
        int pending = 0, bits = 0, at = 0;
        foreach (var b in bytes)
        {
            pending = ((pending << 8) | b) & 0xfff;
            for (bits += 8; bits >= 5; bits -= 5)
                words[at++] = (byte)((pending >> (bits - 5)) & 31);
        }
        if (bits > 0)
            words[at] = (byte)((pending << (5 - bits)) & 31);
        return words;
    }

    /// <summary>Regroups 5-bit words into bytes. False when a word is out of range, or the bits left over are five or more or not zero.</summary>
    public static bool TryToBytes(ReadOnlySpan<byte> words, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        var result = new byte[(int)(words.Length * 5L / 8)];
        int pending = 0, bits = 0, at = 0;
        foreach (var word in words)
        {
            if (word > 31)
                return false;
            pending = ((pending << 5) | word) & 0xfff;
            bits += 5;
            if (bits >= 8)
            {
                bits -= 8;
                result[at++] = (byte)((pending >> bits) & 0xff);
            }
        }
        if (bits >= 5 || (pending & ((1 << bits) - 1)) != 0)
            return false;
        bytes = result;
        return true;
    }

    /// <summary>Encodes whole bytes, as Nostr keys and LNURL do.</summary>
    public static string EncodeBytes(string prefix, ReadOnlySpan<byte> bytes) => Encode(prefix, ToWords(bytes));

    /// <summary>Decodes whole bytes of a text that must be bech32 (not bech32m) and have this prefix.</summary>
    public static bool TryDecodeBytes(string prefix, ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? bytes, int maxLength = StandardLength)
    {
        bytes = null;
        return TryDecode(text, out var decoded, maxLength)
            && decoded.Variant == Bech32Variant.Bech32
            && decoded.Prefix == prefix
            && TryToBytes(decoded.Words, out bytes);
    }

    static uint Constant(Bech32Variant variant) => variant == Bech32Variant.Bech32m ? Bech32mConstant : 1;

    static uint StartWith(string prefix)
    {
        var sum = 1u;
        foreach (var c in prefix)
            sum = Add(sum, (byte)(c >> 5));
        sum = Add(sum, 0);
        foreach (var c in prefix)
            sum = Add(sum, (byte)(c & 31));
        return sum;
    }

    // One step of the BCH code: multiply by x, add the word, reduce by the generator polynomial (BIP-173, "Checksum").
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint Add(uint sum, byte word)
    {
        var top = sum >> 25;
        sum = ((sum & 0x1ff_ffff) << 5) ^ word;
        if ((top & 1) != 0) sum ^= 0x3b6a_57b2;
        if ((top & 2) != 0) sum ^= 0x2650_8e6d;
        if ((top & 4) != 0) sum ^= 0x1ea1_19fa;
        if ((top & 8) != 0) sum ^= 0x3d42_33dd;
        if ((top & 16) != 0) sum ^= 0x2a14_62b3;
        return sum;
    }

    static byte[] Words()
    {
        var words = new byte[128];
        words.AsSpan().Fill(255);
        for (var i = 0; i < Alphabet.Length; i++)
        {
            words[Alphabet[i]] = (byte)i;
            words[char.ToUpperInvariant(Alphabet[i])] = (byte)i;
        }
        return words;
    }
}
