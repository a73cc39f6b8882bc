using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.NostrDomains;

/// <summary>A row of <c>nostr_domain</c> with the count of its handles.</summary>
public sealed record NostrDomainRow
{
    public NostrDomainId Id { get; init; }
    public UserId OwnerId { get; init; }
    public string Name { get; init; } = "";
    /// <summary>Its DNS points here; set by the check of it alone.</summary>
    public bool Enabled { get; init; }
    public Instant Created { get; init; }
    /// <summary>When it was registered, enabled or disabled.</summary>
    public Instant LastStatusChange { get; init; }
    /// <summary>Default relays of its handles, separated by commas.</summary>
    public string? Relays { get; init; }
    public long Handles { get; init; }
}

/// <summary>A row of <c>nostr_domain_handle</c>.</summary>
public sealed record NostrHandleRow
{
    public NostrHandleId Id { get; init; }
    public NostrDomainId DomainId { get; init; }
    public string Handle { get; init; } = "";
    public Instant Created { get; init; }
    public PublicKey Pubkey { get; init; }
    /// <summary>Separated by commas; null = those of the domain.</summary>
    public string? Relays { get; init; }
}

/// <summary>Queries of customers' domains for Nostr names (nostr.md section 5).</summary>
public static class NostrDomains
{
    const string Columns = """
        d.id, d.owner_id, d.name, d.enabled, d.created, d.last_status_change, d.relays, (SELECT COUNT(*) FROM nostr_domain_handle h WHERE h.domain_id = d.id) AS handles
        """;

    const string HandleColumns = "id, domain_id, handle, created, pubkey, relays";

    public static Task<NostrDomainRow?> FindNostrDomain(this Session session, NostrDomainId id, CancellationToken stop) =>
        session.Find<NostrDomainRow>($"SELECT {Columns} FROM nostr_domain d WHERE d.id = @id", new { id }, stop);

    /// <summary>One owner's domains by id.</summary>
    public static Task<List<NostrDomainRow>> ListNostrDomains(this Session session, UserId owner, CancellationToken stop) =>
        session.List<NostrDomainRow>($"SELECT {Columns} FROM nostr_domain d WHERE d.owner_id = @owner ORDER BY d.id", new { owner }, stop);

    /// <summary>Domains of all owners, by id; those after the last of the page before.</summary>
    public static Task<List<NostrDomainRow>> ListNostrDomainsAfter(this Session session, NostrDomainId after, int limit, CancellationToken stop) =>
        session.List<NostrDomainRow>($"SELECT {Columns} FROM nostr_domain d WHERE d.id > @after ORDER BY d.id LIMIT @limit", new { after, limit }, stop);

    /// <summary>Enables or disables a domain. False: it is gone, or was changed since it was read.</summary>
    public static async Task<bool> SwitchNostrDomain(this Session session, NostrDomainRow seen, Instant now, CancellationToken stop) =>
        await session.Execute("UPDATE nostr_domain SET enabled = @enabled, last_status_change = @now WHERE id = @id AND enabled <> @enabled",
            new { id = seen.Id, enabled = !seen.Enabled, now }, stop) > 0;

    /// <summary>Deletes a domain, with its handles, that is still disabled as it was read. False: it is gone, or was changed since.</summary>
    public static async Task<bool> DeleteIdleNostrDomain(this Session session, NostrDomainRow seen, CancellationToken stop) =>
        await session.Execute("DELETE FROM nostr_domain WHERE id = @id AND enabled = 0 AND last_status_change = @changed",
            new { id = seen.Id, changed = seen.LastStatusChange }, stop) > 0;

    /// <summary>How many domains an owner has; whoever counts holds the owner's row until the transaction ends.</summary>
    public static async Task<long> CountNostrDomains(this Session session, UserId owner, CancellationToken stop)
    {
        if (session.Dialect.ForUpdate.Length > 0)
            await session.Find<uint?>($"SELECT id FROM users WHERE id = @owner{session.Dialect.ForUpdate}", new { owner }, stop);
        return await session.Scalar<long>("SELECT COUNT(*) FROM nostr_domain WHERE owner_id = @owner", new { owner }, stop);
    }

    /// <summary>Registers a domain, not enabled.</summary>
    /// <exception cref="System.Data.Common.DbException">The name is taken (a duplicate key).</exception>
    public static async Task<NostrDomainId> InsertNostrDomain(this Session session, UserId owner, string name, Instant now, CancellationToken stop) =>
        new(await session.Insert(
            "INSERT INTO nostr_domain (owner_id, name, enabled, created, last_status_change) VALUES (@owner, @name, 0, @now, @now)", new { owner, name, now }, stop));

    /// <summary>Deletes a domain with its handles.</summary>
    public static Task DeleteNostrDomain(this Session session, NostrDomainId id, CancellationToken stop) =>
        session.Execute("DELETE FROM nostr_domain WHERE id = @id", new { id }, stop);

    /// <summary>Handles of a domain by id.</summary>
    public static Task<List<NostrHandleRow>> ListNostrHandles(this Session session, NostrDomainId domain, CancellationToken stop) =>
        session.List<NostrHandleRow>($"SELECT {HandleColumns} FROM nostr_domain_handle WHERE domain_id = @domain ORDER BY id", new { domain }, stop);

    /// <exception cref="System.Data.Common.DbException">The handle is taken (a duplicate key), or the domain is gone (a foreign key).</exception>
    public static async Task<NostrHandleId> InsertNostrHandle(
        this Session session, NostrDomainId domain, string handle, PublicKey pubkey, Instant now, CancellationToken stop) =>
        new(await session.Insert(
            "INSERT INTO nostr_domain_handle (domain_id, handle, created, pubkey) VALUES (@domain, @handle, @now, @pubkey)", new { domain, handle, pubkey, now }, stop));

    /// <summary>Deletes a handle of this domain. False: it has none of this id.</summary>
    public static async Task<bool> DeleteNostrHandle(this Session session, NostrDomainId domain, NostrHandleId handle, CancellationToken stop) =>
        await session.Execute("DELETE FROM nostr_domain_handle WHERE id = @handle AND domain_id = @domain", new { handle, domain }, stop) > 0;
}
