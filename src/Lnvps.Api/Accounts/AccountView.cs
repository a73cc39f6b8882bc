using Lnvps.Api.Http;

namespace Lnvps.Api.Accounts;

/// <summary>Contact and billing data of an account (customer-api.md section 4.2); every key is always present.</summary>
/// <param name="ContactNip17">Whether to be notified by private Nostr message.</param>
/// <param name="ContactEmail">Whether to be notified by e-mail.</param>
/// <param name="CountryCode">ISO 3166-1 alpha-3.</param>
/// <param name="TaxId">VAT number.</param>
/// <param name="NwcConnectionString">Nostr Wallet Connect: the wallet that pays renewals. It can spend money, so keep it secret.</param>
sealed record AccountView(
    string? Email,
    bool ContactNip17,
    bool ContactEmail,
    string? CountryCode,
    string? Name,
    [property: System.Text.Json.Serialization.JsonPropertyName("address_1")] string? Address1,
    [property: System.Text.Json.Serialization.JsonPropertyName("address_2")] string? Address2,
    string? State,
    string? City,
    string? Postcode,
    string? TaxId,
    string? NwcConnectionString);

/// <summary>Body of PATCH account: any subset.</summary>
sealed record AccountChange
{
    public Optional<string> Email { get; init; }
    public bool? ContactNip17 { get; init; }
    public bool? ContactEmail { get; init; }
    public Optional<string> CountryCode { get; init; }
    public Optional<string> Name { get; init; }
    [System.Text.Json.Serialization.JsonPropertyName("address_1")] public Optional<string> Address1 { get; init; }
    [System.Text.Json.Serialization.JsonPropertyName("address_2")] public Optional<string> Address2 { get; init; }
    public Optional<string> State { get; init; }
    public Optional<string> City { get; init; }
    public Optional<string> Postcode { get; init; }
    public Optional<string> TaxId { get; init; }
    public Optional<string> NwcConnectionString { get; init; }
}
