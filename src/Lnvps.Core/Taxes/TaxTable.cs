using Lnvps.Core.Accounts;

namespace Lnvps.Core.Taxes;

using Lnvps.Core.Money;

/// <summary>The static table of the configuration key <c>tax-rate</c>: ISO 3166-1 alpha-2 code to per cent (billing.md section 6.1).</summary>
public sealed class TaxTable
{
    readonly Dictionary<string, Percent> _byAlpha2 = new(StringComparer.OrdinalIgnoreCase);

    public static readonly TaxTable Empty = new([]);

    /// <summary>Codes are compared without letter case.</summary>
    public TaxTable(IEnumerable<KeyValuePair<string, Percent>> rates)
    {
        foreach (var (alpha2, rate) in rates)
            _byAlpha2[alpha2] = rate;
    }

    /// <summary>The rate for a customer's stored country, an alpha-3 code. No country, an unknown one, or one not in the table: 0.</summary>
    public Percent RateFor(string? alpha3) =>
        alpha3 is not null && Country.TryParse(alpha3, out var country) && _byAlpha2.TryGetValue(country.Alpha2, out var rate) ? rate : Percent.Zero;
}
