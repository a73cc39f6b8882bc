namespace Lnvps.Core.Money;

/// <summary>The closed list of currencies (billing.md section 1). The order is that of alternative prices on the wire.</summary>
public enum Currency
{
    BTC,
    EUR,
    USD,
    GBP,
    CAD,
    CHF,
    AUD,
    JPY,
}

public static class Currencies
{
    public static readonly IReadOnlyList<Currency> All = Enum.GetValues<Currency>();

    /// <summary>Smallest units in one whole: 10¹¹ msat for BTC, 100 for every other currency, yen included.</summary>
    public static ulong UnitsPerWhole(this Currency currency) => currency == Currency.BTC ? 100_000_000_000UL : 100UL;

    /// <summary>The upper-case code.</summary>
    public static string Code(this Currency currency) => currency.ToString();

    /// <summary>Parses a code of any letter case; an unknown code is an error, never a default.</summary>
    public static bool TryParse(ReadOnlySpan<char> code, out Currency currency)
    {
        foreach (var candidate in All)
        {
            if (code.Equals(candidate.Code(), StringComparison.OrdinalIgnoreCase))
            {
                currency = candidate;
                return true;
            }
        }
        currency = default;
        return false;
    }
}
