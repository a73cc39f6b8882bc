using System.Numerics;
using Lnvps.Nostr.Encodings;

namespace Lnvps.Lightning.Bolt11;

/// <summary>Numbers and feature bits in the 5-bit words of bech32, one word in each byte, as BOLT 11 packs them.</summary>
static class Words
{
    /// <summary>Longest data of one tagged field: its length has 10 bits.</summary>
    public const int LongestField = 1023;

    /// <summary>How many words hold so many bytes.</summary>
    public static int CountFor(int bytes) => (bytes * 8 + 4) / 5;

    /// <summary>Unpacks words into bytes, the last one filled up with zero bits: what an invoice's signature covers.</summary>
    public static byte[] ToBytesFilled(ReadOnlySpan<byte> words)
    {
        // Eight words are five bytes; the words that are missing for that are zero.
        var whole = new byte[(words.Length + 7) / 8 * 8];
        words.CopyTo(whole);
        return Bech32.TryToBytes(whole, out var bytes) ? bytes[..((words.Length * 5 + 7) / 8)] : throw new ArgumentException("A word has 5 bits", nameof(words));
    }

    /// <summary>Writes a number big-endian in exactly so many words.</summary>
    public static byte[] FromNumber(ulong number, int count)
    {
        var words = new byte[count];
        for (var at = count - 1; at >= 0; at--, number >>= 5)
            words[at] = (byte)(number & 31);
        return words;
    }

    /// <summary>Writes a number big-endian in as few words as hold it, at least one.</summary>
    public static byte[] FromNumber(ulong number) => FromNumber(number, Math.Max(1, (68 - BitOperations.LeadingZeroCount(number)) / 5));

    /// <summary>Reads a big-endian number of up to 12 words.</summary>
    public static ulong ToNumber(ReadOnlySpan<byte> words)
    {
        ulong number = 0;
        foreach (var word in words)
            number = (number << 5) | word;
        return number;
    }

    /// <summary>Reads a number written in as few words as hold it (none or one for zero) of at most 64 bits.</summary>
    public static bool TryToMinimalNumber(ReadOnlySpan<byte> words, out ulong number)
    {
        number = 0;
        if (words.Length > 13 || (words.Length > 1 && words[0] == 0) || (words.Length == 13 && words[0] > 15))
            return false;
        number = ToNumber(words);
        return true;
    }

    /// <summary>Reads feature bits; false when they begin with a zero word.</summary>
    public static bool TryToFeatures(ReadOnlySpan<byte> words, out FeatureBits features)
    {
        features = default;
        if (!words.IsEmpty && words[0] == 0)
            return false;
        var bits = BigInteger.Zero;
        foreach (var word in words)
            bits = (bits << 5) | word;
        features = new FeatureBits(bits);
        return true;
    }

    /// <summary>Writes feature bits in as few words as hold them.</summary>
    public static byte[] FromFeatures(FeatureBits features)
    {
        var words = new byte[(int)((features.Bits.GetBitLength() + 4) / 5)];
        var rest = features.Bits;
        for (var at = words.Length - 1; at >= 0; at--, rest >>= 5)
            words[at] = (byte)(rest & 31);
        return words;
    }
}
