using System.Text;

namespace Lnvps.Lightning.Bolt11;

/// <summary>The description of an invoice (billing.md section 10.5).</summary>
public static class Memo
{
    /// <summary>Bytes of UTF-8 that fit the field.</summary>
    public const int LongestBytes = 639;

    /// <summary>Cuts a text at a character boundary so that it fits. Broken UTF-16 becomes the replacement character.</summary>
    public static string Cut(string text)
    {
        var kept = new StringBuilder(Math.Min(text.Length, LongestBytes));
        var bytes = 0;
        foreach (var character in text.EnumerateRunes())
        {
            bytes += character.Utf8SequenceLength;
            if (bytes > LongestBytes)
                break;
            kept.Append(character.ToString());
        }
        return kept.ToString();
    }
}
