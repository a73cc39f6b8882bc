using System.Numerics;

namespace Lnvps.Core.Taxes;

using Lnvps.Core.Money;

/// <summary>Tax on top of a net amount, or contained in a gross one (billing.md sections 6.1 and 12).</summary>
public static class Tax
{
    /// <summary>⌊net × rate / 100⌋, on the net of the whole payment.</summary>
    public static Money On(Money net, Percent rate) => rate.FloorOf(net);

    /// <summary>Splits what a payer chose to send: net = ⌊gross / (1 + t)⌋, the rest is tax.</summary>
    public static (Money Net, Money Tax) TakenOutOf(Money gross, Percent rate)
    {
        var (numerator, denominator) = rate.Fraction;
        var net = Exact.Amount(Exact.Floor((BigInteger)gross.Amount * denominator, denominator + numerator));
        return (gross with { Amount = net }, gross with { Amount = gross.Amount - net });
    }
}
