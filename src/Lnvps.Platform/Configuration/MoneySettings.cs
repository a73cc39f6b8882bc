namespace Lnvps.Platform.Configuration;

/// <summary>How tax is found (billing.md section 6).</summary>
/// <param name="ViesUrl">Where VAT numbers are checked: <c>vies.url</c>.</param>
/// <param name="PlaceOfSupply">The EU's place-of-supply rules instead of <c>tax-rate</c>: <c>eu-vat.enabled</c>.</param>
/// <param name="VatRatesUrl">The published standard rates: <c>eu-vat.rates-url</c>.</param>
public sealed record TaxSettings(Uri ViesUrl, bool PlaceOfSupply, Uri VatRatesUrl)
{
    static readonly Uri Vies = new("https://ec.europa.eu/taxation_customs/vies/rest-api/check-vat-number");
    static readonly Uri VatRates = new("https://euvatrates.com/rates.json");

    internal static TaxSettings Read(SettingsNode root)
    {
        var vies = root.Section("vies");
        var vat = root.Section("eu-vat");
        return new TaxSettings(
            vies?.Has("url") == true ? vies.Url("url") : Vies,
            vat?.Flag("enabled", otherwise: false) ?? false,
            vat?.Has("rates-url") == true ? vat.Url("rates-url") : VatRates);
    }
}

/// <summary>The section <c>revolut</c>: a merchant account.</summary>
public sealed record RevolutSettings(Uri Url, string Token, string ApiVersion, string PublicKey)
{
    /// <summary>Where the merchant API is unless told otherwise.</summary>
    public static readonly Uri DefaultUrl = new("https://merchant.revolut.com");

    internal static RevolutSettings Read(SettingsNode section) => new(
        section.OptionalText("url") is null ? DefaultUrl : section.Url("url"), section.Text("token"), section.Text("api-version"), section.Text("public-key"));

    /// <summary>Without the token.</summary>
    public override string ToString() => $"Revolut at {Url}";
}
