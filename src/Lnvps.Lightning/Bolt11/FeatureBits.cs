using System.Globalization;
using System.Numerics;

namespace Lnvps.Lightning.Bolt11;

/// <summary>
/// Features an invoice offers (odd bits) or demands of the payer (even bits), numbered as in BOLT 9. In an invoice at most 5115 bits fit.
/// </summary>
public readonly record struct FeatureBits(BigInteger Bits)
{
    /// <summary>The highest bit that fits the field.</summary>
    public const int Highest = Words.LongestField * 5 - 1;

    public const int VariableOnion = 8;
    public const int PaymentSecret = 14;
    public const int BasicMultiPart = 16;
    public const int RouteBlinding = 24;
    public const int AttributionData = 36;
    public const int PaymentMetadata = 48;

    // The features that BOLT 9 places in invoices, by their even bit.
    static readonly int[] Known = [VariableOnion, PaymentSecret, BasicMultiPart, RouteBlinding, AttributionData, PaymentMetadata];

    public static FeatureBits Of(params ReadOnlySpan<int> bits)
    {
        var all = BigInteger.Zero;
        foreach (var bit in bits)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(bit);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(bit, Highest);
            all |= BigInteger.One << bit;
        }
        return new FeatureBits(all);
    }

    public bool Has(int bit) => !(Bits >> bit).IsEven;

    /// <summary>The bits that are set, in rising order.</summary>
    public IEnumerable<int> All()
    {
        var bit = 0;
        for (var rest = Bits; !rest.IsZero; rest >>= 1, bit++)
        {
            if (!rest.IsEven)
                yield return bit;
        }
    }

    /// <summary>
    /// The lowest even bit that this reader does not know, or null: an invoice with one must not be paid. (Which feature needs which other
    /// is not checked: all that could be needed is taken for granted by BOLT 9 today.)
    /// </summary>
    public int? UnknownRequired()
    {
        foreach (var bit in All())
        {
            if (bit % 2 == 0 && !Known.Contains(bit))
                return bit;
        }
        return null;
    }

    public override string ToString() => string.Join(',', All().Select(bit => bit.ToString(CultureInfo.InvariantCulture)));
}
