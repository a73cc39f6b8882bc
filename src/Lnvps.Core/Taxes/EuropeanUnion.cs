using System.Collections.Frozen;
using Lnvps.Core.Accounts;

namespace Lnvps.Core.Taxes;

/// <summary>The member states whose VAT rules apply (billing.md section 6.4).</summary>
public static class EuropeanUnion
{
    static readonly FrozenSet<string> Members = FrozenSet.ToFrozenSet(
    [
        "AUT", "BEL", "BGR", "HRV", "CYP", "CZE", "DNK", "EST", "FIN", "FRA", "DEU", "GRC", "HUN", "IRL", "ITA", "LVA", "LTU", "LUX", "MLT", "NLD", "POL", "PRT",
        "ROU", "SVK", "SVN", "ESP", "SWE",
    ]);

    public static bool Has(Country country) => Members.Contains(country.Alpha3);

    /// <summary>The code that EU registers use for a country: alpha-2, but <c>EL</c> for Greece.</summary>
    public static string CodeOf(Country country) => country.Alpha3 == "GRC" ? "EL" : country.Alpha2;

    /// <summary>
    /// The country of an EU register's code in any letter case. <c>EL</c> is Greece; <c>XI</c> is Northern Ireland, which belongs to the EU for goods only, so
    /// that for services it counts as the United Kingdom.
    /// </summary>
    public static bool TryParse(string code, out Country country) => Country.TryParse(code.ToUpperInvariant() switch
    {
        "EL" => "GR",
        "XI" => "GB",
        { Length: 2 } alpha2 => alpha2,
        _ => "",
    }, out country);
}
