namespace Lnvps.Core.Money;

/// <summary>Amounts for people (billing.md section 1): code, one space, number.</summary>
public static class MoneyText
{
    /// <summary><c>EUR 12.34</c>; BTC to the nearest satoshi, half up: <c>BTC 0.00001234</c>. Computed from the integer.</summary>
    public static string ToText(this Money money)
    {
        if (money.Currency != Currency.BTC)
            return $"{money.Currency.Code()} {money.Amount / 100}.{money.Amount % 100:00}";
        var sats = money.Amount / Satoshis.MsatPerSat + (money.Amount % Satoshis.MsatPerSat >= Satoshis.MsatPerSat / 2 ? 1UL : 0UL);
        return $"{money.Currency.Code()} {sats / 100_000_000}.{sats % 100_000_000:00000000}";
    }
}
