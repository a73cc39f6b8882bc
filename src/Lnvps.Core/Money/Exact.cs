using System.Numerics;

namespace Lnvps.Core.Money;

/// <summary>Integer arithmetic without overflow or floating point: one division, one rounding, at the end (billing.md section 3).</summary>
static class Exact
{
    /// <summary>⌊numerator / denominator⌋ of non-negative numbers.</summary>
    internal static BigInteger Floor(BigInteger numerator, BigInteger denominator) => BigInteger.Divide(numerator, denominator);

    /// <summary>⌈numerator / denominator⌉ of non-negative numbers.</summary>
    internal static BigInteger Ceiling(BigInteger numerator, BigInteger denominator) => (numerator + denominator - 1) / denominator;

    /// <summary>Nearest integer of a non-negative quotient; a half goes up.</summary>
    internal static BigInteger HalfUp(BigInteger numerator, BigInteger denominator) => (2 * numerator + denominator) / (2 * denominator);

    /// <summary>A decimal as the fraction mantissa / 10^scale.</summary>
    internal static (BigInteger Numerator, BigInteger Denominator) Fraction(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var mantissa = unchecked((uint)bits[2]) * (BigInteger.One << 64) + unchecked((uint)bits[1]) * (BigInteger.One << 32) + unchecked((uint)bits[0]);
        return (value < 0 ? -mantissa : mantissa, BigInteger.Pow(10, value.Scale));
    }

    /// <summary>Back to a stored amount.</summary>
    /// <exception cref="OverflowException">The number is negative or does not fit 64 bits.</exception>
    internal static ulong Amount(BigInteger value) => (ulong)value;
}
