using Lnvps.Core.Accounts;
using Lnvps.Core.Money;

namespace Lnvps.Platform.Configuration;

/// <summary>Tables of numbers whose keys are countries or currencies: an unknown, doubled or absurd entry stops the start.</summary>
static class MoneyTables
{
    const decimal WholeAmount = 100;

    /// <summary><c>tax-rate</c>: per cent by alpha-2 code; either code is accepted, in any letter case.</summary>
    public static Dictionary<string, decimal> TaxRates(SettingsNode? section)
    {
        var rates = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var key in section?.Keys ?? [])
        {
            if (!Country.TryParse(key, out var country))
                throw section!.WrongKey(key, "a country code of ISO 3166-1");
            var rate = section!.Number(key);
            if (rate > WholeAmount)
                throw section.Wrong(key, "per cent from 0 to 100");
            if (!rates.TryAdd(country.Alpha2, rate))
                throw section.WrongKey(key, "a country that is not in the table already");
        }
        return rates;
    }

    /// <summary><c>exchange-rates.fixed</c>: units per BTC by upper-case code.</summary>
    public static Dictionary<string, decimal> FixedRates(SettingsNode section)
    {
        var rates = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var key in section.Keys)
        {
            if (!Currencies.TryParse(key, out var currency) || currency == Currency.BTC)
                throw section.WrongKey(key, $"one of {string.Join(", ", Currencies.All.Where(one => one != Currency.BTC))}");
            var rate = section.Number(key);
            if (rate <= 0)
                throw section.Wrong(key, "above zero");
            if (!rates.TryAdd(currency.Code(), rate))
                throw section.WrongKey(key, "a currency that is not in the table already");
        }
        return rates;
    }
}
