using Lnvps.Core.Accounts;
using Lnvps.Core.Outcomes;

namespace Lnvps.Core.Taxes;

using Lnvps.Core.Money;

/// <summary>Standard VAT rates of the member states, at most one each.</summary>
public sealed class EuVatRates
{
    readonly Dictionary<string, Percent> _byAlpha3 = [];

    /// <summary>Rates by the code of the register (alpha-2, <c>EL</c> for Greece); codes of no member state, and rates outside of 0…100, are left out.</summary>
    public EuVatRates(IEnumerable<KeyValuePair<string, decimal>> byCode)
    {
        foreach (var (code, rate) in byCode)
        {
            if (EuropeanUnion.TryParse(code, out var country) && EuropeanUnion.Has(country) && rate is >= 0 and <= 100)
                _byAlpha3[country.Alpha3] = new Percent(rate);
        }
    }

    /// <summary>How many member states have a rate.</summary>
    public int Count => _byAlpha3.Count;

    /// <summary>The rate of a member state; 503 when it is not known: nothing is sold at 0 % by mistake.</summary>
    public Result<Percent> Of(Country member) =>
        _byAlpha3.TryGetValue(member.Alpha3, out var rate) ? rate : Refusal.Unavailable($"No VAT rate found for {member.Alpha3}");
}
