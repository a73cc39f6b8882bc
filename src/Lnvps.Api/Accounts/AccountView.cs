using Lnvps.Api.Http;

namespace Lnvps.Api.Accounts;

/// <summary><c>Account</c> of customer-api.md section 4.2; every key is always present and may be null.</summary>
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
