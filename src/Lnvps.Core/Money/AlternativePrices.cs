namespace Lnvps.Core.Money;

/// <summary>The same price in other currencies, for display only (billing.md section 22).</summary>
public static class AlternativePrices
{
    /// <summary>
    /// One entry per other currency with a known rate, BTC first, then the fixed order of <see cref="Currencies.All"/>. BTC in msat, not rounded to a
    /// satoshi. A currency without a rate, or whose amount exceeds 64 bits, is left out; nothing here fails.
    /// </summary>
    public static IReadOnlyList<Money> Of(Money price, ExchangeRates rates)
    {
        var others = new List<Money>();
        foreach (var currency in Currencies.All)
        {
            if (currency != price.Currency && price.To(currency, rates) is { IsOk: true, Value: var other })
                others.Add(other);
        }
        return others;
    }
}
