namespace Lnvps.Lightning.Bolt11;

/// <summary>Bech32 (BIP-173) without its limit of 90 characters, on 5-bit words.</summary>
static class Bech32Text
{
    const int ChecksumLength = 6;

    /// <summary>Splits a text into its lower-case human-readable part and words without checksum; false when any rule of BIP-173 is broken.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, out string humanReadable, out byte[] words)
    {
        humanReadable = "";
        words = [];
        var separator = text.LastIndexOf('1');
        if (separator < 1 || text.Length - separator - 1 < ChecksumLength)
            return false;
        bool lower = false, upper = false;
        foreach (var letter in text)
        {
            if (letter is < (char)33 or > (char)126)
                return false;
            lower |= char.IsAsciiLetterLower(letter);
            upper |= char.IsAsciiLetterUpper(letter);
        }
        if (lower && upper)
            return false;
        var data = new byte[text.Length - separator - 1];
        for (var i = 0; i < data.Length; i++)
        {
            var word = FieldTags.Word(char.ToLowerInvariant(text[separator + 1 + i]));
            if (word < 0)
                return false;
            data[i] = (byte)word;
        }
        humanReadable = text[..separator].ToString().ToLowerInvariant();
        if (Polynomial(humanReadable, data) != 1)
            return false;
        words = data[..^ChecksumLength];
        return true;
    }

    public static string Encode(string humanReadable, ReadOnlySpan<byte> words)
    {
        Span<byte> data = new byte[words.Length + ChecksumLength];
        words.CopyTo(data);
        var checksum = Polynomial(humanReadable, data) ^ 1;
        for (var i = 0; i < ChecksumLength; i++)
            data[words.Length + i] = (byte)((checksum >> (5 * (ChecksumLength - 1 - i))) & 31);
        return $"{humanReadable}1{FieldTags.Letters(data)}";
    }

    static uint Polynomial(string humanReadable, ReadOnlySpan<byte> data)
    {
        uint value = 1;
        foreach (var letter in humanReadable)
            value = Step(value, letter >> 5);
        value = Step(value, 0);
        foreach (var letter in humanReadable)
            value = Step(value, letter & 31);
        foreach (var word in data)
            value = Step(value, word);
        return value;
    }

    static uint Step(uint value, int word)
    {
        var top = value >> 25;
        value = ((value & 0x1ffffff) << 5) ^ (uint)word;
        if ((top & 1) != 0)
            value ^= 0x3b6a57b2;
        if ((top & 2) != 0)
            value ^= 0x26508e6d;
        if ((top & 4) != 0)
            value ^= 0x1ea119fa;
        if ((top & 8) != 0)
            value ^= 0x3d4233dd;
        if ((top & 16) != 0)
            value ^= 0x2a1462b3;
        return value;
    }
}
