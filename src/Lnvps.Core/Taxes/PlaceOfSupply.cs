using Lnvps.Core.Accounts;
using Lnvps.Core.Outcomes;

namespace Lnvps.Core.Taxes;

using Lnvps.Core.Money;

/// <summary>Which VAT a sale bears under the EU's place-of-supply rules for electronic services (billing.md section 6.4).</summary>
public static class PlaceOfSupply
{
    /// <summary>The first case of the table that matches. 503 when the case needs a rate that is not known.</summary>
    /// <param name="rates">Null while no table is loaded.</param>
    public static Result<TaxDecision> Decide(TaxSeller seller, TaxEvidence customer, EuVatRates? rates)
    {
        if (!TryFindSeller(seller, out var home) || !EuropeanUnion.Has(home))
            return Untaxed(TaxTreatment.OutOfScope, CountryOf(customer)?.Alpha3);
        if (VatNumber.TryParse(customer.VatNumber, out var number) && number.TryGetCountry(out var register))
        {
            if (register == home)
                return Taxed(home, TaxTreatment.Domestic);
            return Untaxed(EuropeanUnion.Has(register) ? TaxTreatment.ReverseCharge : TaxTreatment.OutOfScope, register.Alpha3);
        }
        if (CountryOf(customer) is not { } country)
            return Taxed(home, TaxTreatment.UndeterminedDefault);
        if (country == home)
            return Taxed(home, TaxTreatment.Domestic);
        return EuropeanUnion.Has(country) ? Taxed(country, TaxTreatment.OssB2c) : Untaxed(TaxTreatment.OutOfScope, country.Alpha3);

        TaxDecision Untaxed(TaxTreatment treatment, string? alpha3) => new(Percent.Zero, alpha3, treatment, customer);

        Result<TaxDecision> Taxed(Country at, TaxTreatment treatment) => rates is null
            ? Refusal.Unavailable("The VAT rates are not known yet, please try again in a minute")
            : rates.Of(at).Then(rate => new TaxDecision(rate, at.Alpha3, treatment, customer));
    }

    /// <summary>The register of the company's own number if it has one, else the company's country.</summary>
    static bool TryFindSeller(TaxSeller seller, out Country home) =>
        (VatNumber.TryParse(seller.TaxId, out var number) && number.TryGetCountry(out home)) || Country.TryParse(seller.CountryCode?.Trim() ?? "", out home);

    /// <summary>Declared, else by IP address.</summary>
    static Country? CountryOf(TaxEvidence customer)
    {
        if (customer.DeclaredCountry is not null && Country.TryParse(customer.DeclaredCountry, out var declared))
            return declared;
        return customer.IpCountry is not null && Country.TryParse(customer.IpCountry, out var located) ? located : null;
    }
}
