namespace Lnvps.Core.Taxes;

using Lnvps.Core.Money;

/// <summary>Why a payment bears the tax it bears; kept with each payment.</summary>
public enum TaxTreatment
{
    /// <summary>The static table of the configuration by the customer's country (billing.md section 6.1).</summary>
    Table,
    /// <summary>No EU VAT: the seller or the customer is outside the EU.</summary>
    OutOfScope,
    /// <summary>Taxed in the seller's own country.</summary>
    Domestic,
    /// <summary>A business in another EU country owes the tax itself.</summary>
    ReverseCharge,
    /// <summary>A consumer in another EU country pays that country's tax.</summary>
    OssB2c,
    /// <summary>Nothing is known of the customer: the seller's own rate.</summary>
    UndeterminedDefault,
}

public static class TaxTreatments
{
    /// <summary>As stored and sent.</summary>
    public static string Word(this TaxTreatment treatment) => treatment switch
    {
        TaxTreatment.Table => "table",
        TaxTreatment.OutOfScope => "out_of_scope",
        TaxTreatment.Domestic => "domestic",
        TaxTreatment.ReverseCharge => "reverse_charge",
        TaxTreatment.OssB2c => "oss_b2c",
        TaxTreatment.UndeterminedDefault => "undetermined_default",
        _ => throw new ArgumentOutOfRangeException(nameof(treatment)),
    };
}

/// <summary>Where the selling company is, as far as tax goes.</summary>
/// <param name="TaxId">Its own VAT number; null or empty = none.</param>
/// <param name="CountryCode">Its country, alpha-3; free text in old databases.</param>
public sealed record TaxSeller(string? TaxId, string? CountryCode);

/// <summary>What speaks for a customer's country; frozen with each payment.</summary>
/// <param name="DeclaredCountry">Alpha-3, from the account.</param>
/// <param name="IpCountry">Alpha-3, from the address the request came from.</param>
/// <param name="VatNumber">Checked by the register when it was stored.</param>
public sealed record TaxEvidence(string? DeclaredCountry, string? IpCountry, string? VatNumber)
{
    public static readonly TaxEvidence None = new(DeclaredCountry: null, IpCountry: null, VatNumber: null);
}

/// <summary>The tax of a payment and how it came about. The rate in force when the payment is made is final for it.</summary>
/// <param name="Country">Alpha-3 of the country whose rate it is, or whose customer is untaxed; null when none decided.</param>
public sealed record TaxDecision(Percent Rate, string? Country, TaxTreatment Treatment, TaxEvidence Evidence);
