namespace Lnvps.Core.Money;

/// <summary>Amounts in the minor units of ISO 4217, as card providers count: yen without decimals (billing.md section 1).</summary>
public static class IsoAmount
{
    /// <summary>Hundredths as they are; yen divided by 100, rounded up.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The amount is in BTC, which ISO does not know.</exception>
    public static ulong Of(Money money) => money.Currency switch
    {
        Currency.BTC => throw new ArgumentOutOfRangeException(nameof(money), "BTC has no ISO 4217 minor unit"),
        Currency.JPY => money.Amount / 100 + (money.Amount % 100 == 0 ? 0UL : 1UL),
        _ => money.Amount,
    };
}
