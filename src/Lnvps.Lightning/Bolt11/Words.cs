using System.Numerics;

namespace Lnvps.Lightning.Bolt11;

/// <summary>The 5-bit words of bech32, one in each byte, and what BOLT 11 packs into them.</summary>
static class Words
{
    /// <summary>Longest data of one tagged field: its length has 10 bits.</summary>
    public const int LongestField = 1023;

    /// <summary>How many words hold so many bytes.</summary>
    public static int CountFor(int bytes) => (bytes * 8 + 4) / 5;

    /// <summary>Packs bytes into words; the last one is filled up with zero bits.</summary>
    public static byte[] FromBytes(ReadOnlySpan<byte> bytes)
    {
        var words = new byte[CountFor(bytes.Length)];
        Repack(bytes, 8, words, 5);
        return words;
    }

    /// <summary>Unpacks words into whole bytes; false when a whole word is left over or the bits left over are not all zero.</summary>
    public static bool TryToBytes(ReadOnlySpan<byte> words, out byte[] bytes)
    {
        bytes = new byte[words.Length * 5 / 8];
        var spare = words.Length * 5 % 8;
        if (spare >= 5 || (spare > 0 && (words[^1] & ((1 << spare) - 1)) != 0))
            return false;
        Repack(words, 5, bytes, 8);
        return true;
    }

    /// <summary>Unpacks words into bytes, the last one filled up with zero bits: what an invoice's signature covers.</summary>
    public static byte[] ToBytesFilled(ReadOnlySpan<byte> words)
    {
        var bytes = new byte[(words.Length * 5 + 7) / 8];
        Repack(words, 5, bytes, 8);
        return bytes;
    }

    static void Repack(ReadOnlySpan<byte> source, int sourceBits, Span<byte> target, int targetBits)
    {
        uint pending = 0;
        var held = 0;
        var at = 0;
        foreach (var unit in source)
        {
            pending = (pending << sourceBits) | unit;
            held += sourceBits;
            while (held >= targetBits)
            {
                held -= targetBits;
                if (at < target.Length)
                    target[at++] = (byte)((pending >> held) & ((1u << targetBits) - 1));
            }
            pending &= (1u << held) - 1;
        }
        if (held > 0 && at < target.Length)
            target[at] = (byte)(pending << (targetBits - held));
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
