using Lnvps.Core.Accounts;

namespace Lnvps.Core.Taxes;

/// <summary>A VAT number taken apart: the register's two letters in upper case and the rest (billing.md section 6.3).</summary>
public readonly record struct VatNumber
{
    VatNumber(string prefix, string digits) => (Prefix, Digits) = (prefix, digits);

    /// <summary>Two letters A–Z.</summary>
    public string Prefix { get; }

    /// <summary>Everything after the prefix, at least one character; not checked further, the register knows best.</summary>
    public string Digits { get; }

    /// <summary>Reads a number as people write it: white space, dots and hyphens are left out. False without two ASCII letters and something after them.</summary>
    public static bool TryParse(string? text, out VatNumber number)
    {
        number = default;
        if (text is null)
            return false;
        var kept = string.Concat(text.Where(character => !char.IsWhiteSpace(character) && character is not ('.' or '-')));
        if (kept.Length < 3 || !char.IsAsciiLetter(kept[0]) || !char.IsAsciiLetter(kept[1]))
            return false;
        number = new VatNumber(kept[..2].ToUpperInvariant(), kept[2..]);
        return true;
    }

    /// <summary>The country whose register the number belongs to; false for letters that are no country's.</summary>
    public bool TryGetCountry(out Country country) => EuropeanUnion.TryParse(Prefix ?? "", out country);

    public override string ToString() => Prefix + Digits;
}
