namespace Lnvps.Lightning.Bolt11;

/// <summary>Numbers of the tags, and the alphabet of bech32 in which they are known as letters.</summary>
static class FieldTags
{
    public const int PaymentHash = 1;
    public const int Route = 3;
    public const int Features = 5;
    public const int Expiry = 6;
    public const int Fallback = 9;
    public const int Description = 13;
    public const int PaymentSecret = 16;
    public const int Payee = 19;
    public const int DescriptionHash = 23;
    public const int MinFinalCltvDelta = 24;
    public const int Metadata = 27;

    /// <summary>Fallback version of a script hash (P2SH), the highest that is known; 17 is a public key hash (P2PKH).</summary>
    public const int ScriptHash = 18;

    const string Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

    public static char Letter(int word) => Alphabet[word];

    /// <summary>The word of a letter, or -1.</summary>
    public static int Word(char letter) => Alphabet.IndexOf(letter, StringComparison.Ordinal);

    public static string Letters(ReadOnlySpan<byte> words)
    {
        var letters = new char[words.Length];
        for (var i = 0; i < words.Length; i++)
            letters[i] = Letter(words[i]);
        return new string(letters);
    }

    /// <summary>Whether a fallback address of this version may have a program of so many bytes (BIP-141, BIP-341; hashes have 20).</summary>
    public static bool IsProgram(int version, int length) => version switch
    {
        0 => length is 20 or 32,
        <= 16 => length is >= 2 and <= 40,
        _ => length is 20,
    };
}
