using System.Globalization;
using System.Numerics;

namespace Lnvps.Core.Money;

/// <summary>A percentage as an exact decimal: 23 means 23 % (billing.md section 1).</summary>
public readonly record struct Percent(decimal Value)
{
    public static readonly Percent Zero;

    /// <summary>
    /// Reads a FLOAT column through the shortest decimal text that gives the same float: 2.9, not 2.9000000954. False for NaN, infinities and numbers
    /// beyond a decimal.
    /// </summary>
    public static bool TryFrom(float column, out Percent percent)
    {
        percent = default;
        if (!float.IsFinite(column) ||
            !decimal.TryParse(column.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            return false;
        percent = new Percent(value);
        return true;
    }

    /// <summary>⌊amount × percent / 100⌋.</summary>
    /// <exception cref="OverflowException">The percentage is negative or the result exceeds 64 bits.</exception>
    public Money FloorOf(Money amount)
    {
        var (numerator, denominator) = Exact.Fraction(Value);
        return amount with { Amount = Exact.Amount(Exact.Floor(amount.Amount * numerator, denominator * 100)) };
    }

    /// <summary>The share as a fraction of one: p / 100.</summary>
    internal (BigInteger Numerator, BigInteger Denominator) Fraction
    {
        get
        {
            var (numerator, denominator) = Exact.Fraction(Value);
            return (numerator, denominator * 100);
        }
    }
}
