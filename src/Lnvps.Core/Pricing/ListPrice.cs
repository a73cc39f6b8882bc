using System.Numerics;

namespace Lnvps.Core.Pricing;

using Lnvps.Core.Money;

/// <summary>What one interval costs on the list, net: a cost plan, or the computed month price of a custom VM (billing.md section 5).</summary>
public readonly record struct ListPrice(Money Amount, BillingInterval Interval)
{
    /// <summary>A custom VM is always priced by the month.</summary>
    public static ListPrice PerMonth(Money amount) => new(amount, BillingInterval.Month);

    /// <summary>Value of <paramref name="seconds"/> (≥ 0) at this price by the nominal length of its interval: ⌊P × R / L⌋ (billing.md sections 16, 17).</summary>
    /// <exception cref="OverflowException">The result exceeds 64 bits.</exception>
    public Money ProRata(long seconds) =>
        Amount with { Amount = Exact.Amount(Exact.Floor((BigInteger)Amount.Amount * seconds, Interval.NominalSeconds)) };
}
