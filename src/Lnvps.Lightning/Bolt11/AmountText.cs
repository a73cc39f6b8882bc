using System.Globalization;
using Lnvps.Core.Money;

namespace Lnvps.Lightning.Bolt11;

/// <summary>The amount in the human-readable part of an invoice: digits and a multiplier of one bitcoin (BOLT 11).</summary>
static class AmountText
{
    /// <summary>21 million bitcoin in millisatoshi: more cannot exist.</summary>
    const ulong Most = 2_100_000_000_000_000_000;

    // Millisatoshi in one unit of each multiplier. A pico-bitcoin is a tenth of a millisatoshi and is treated apart.
    static readonly (char? Letter, ulong Msat)[] Multipliers =
    [
        (null, 100_000_000_000),
        ('m', 100_000_000),
        ('u', 100_000),
        ('n', 100),
    ];

    /// <summary>The shortest text, by the largest multiplier that divides the amount.</summary>
    public static string Of(Msat amount)
    {
        foreach (var (letter, msat) in Multipliers)
        {
            if (amount.Value % msat == 0)
                return string.Create(CultureInfo.InvariantCulture, $"{amount.Value / msat}{letter}");
        }
        return string.Create(CultureInfo.InvariantCulture, $"{(UInt128)amount.Value * 10}p");
    }

    /// <summary>
    /// Reads an amount that is not empty. Refuses zero, leading zeros, unknown multipliers, fractions of a millisatoshi and more than exists.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Msat amount)
    {
        amount = default;
        char? letter = char.IsAsciiDigit(text[^1]) ? null : text[^1];
        var digits = letter is null ? text : text[..^1];
        // NumberStyles.None admits digits alone.
        if (digits.IsEmpty || digits[0] == '0' || !UInt128.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number > (UInt128)Most * 10)
            return false;
        UInt128 msat;
        if (letter == 'p')
        {
            if (number % 10 != 0)
                return false;
            msat = number / 10;
        }
        else
        {
            var at = Array.FindIndex(Multipliers, known => known.Letter == letter);
            if (at < 0)
                return false;
            msat = number * Multipliers[at].Msat;
        }
        if (msat > Most)
            return false;
        amount = new Msat((ulong)msat);
        return true;
    }
}
