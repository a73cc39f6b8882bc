using Lnvps.Api.Http.Contracts;
using Lnvps.Core.Time;
using Lnvps.Database.NostrDomains;

namespace Lnvps.Api.NostrDomains;

/// <summary>A customer's domain for Nostr names (customer-api.md section 4.22).</summary>
sealed record NostrDomainView(uint Id, string Name, bool Enabled, ulong Handles, Instant Created, List<string> Relays)
{
    public static NostrDomainView Of(NostrDomainRow row) => new(row.Id.Value, row.Name, row.Enabled, (ulong)row.Handles, row.Created, Split(row.Relays));

    /// <summary>Relays of a column: separated by commas, empty parts dropped.</summary>
    public static List<string> Split(string? relays) => [.. (relays ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
}

/// <param name="Domains">The caller's.</param>
/// <param name="Cname">What their DNS must point to; empty when this shop serves none.</param>
sealed record NostrDomainsView(List<NostrDomainView> Domains, string Cname);

/// <summary>Body of POST domain.</summary>
sealed record NewNostrDomain(string Name);

sealed record NostrHandleView(uint Id, uint DomainId, string Handle, Instant Created, [property: Form(Form.Hash)] string Pubkey, List<string> Relays)
{
    public static NostrHandleView Of(NostrHandleRow row) =>
        new(row.Id.Value, row.DomainId.Value, row.Handle, row.Created, row.Pubkey.ToString(), NostrDomainView.Split(row.Relays));
}

/// <summary>Body of POST handle.</summary>
/// <param name="Pubkey">64 hex digits or <c>npub1…</c>.</param>
/// <param name="Name">Local part.</param>
sealed record NewNostrHandle(string Pubkey, string Name);
