using Lnvps.Core.Identity;
using Lnvps.Core.Subscriptions;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Subscriptions;

/// <summary>A block of addresses for sale (table <c>available_ip_space</c>).</summary>
public sealed record IpSpaceRow
{
    public SpaceId Id { get; init; }
    public CompanyId CompanyId { get; init; }
    public string Cidr { get; init; } = "";
    /// <summary>Smallest piece on sale: the longest prefix.</summary>
    public ushort MinPrefixSize { get; init; }
    /// <summary>Largest piece on sale: the shortest prefix.</summary>
    public ushort MaxPrefixSize { get; init; }
    public InternetRegistry Registry { get; init; }
    public bool IsAvailable { get; init; }
    /// <summary>Kept back.</summary>
    public bool IsReserved { get; init; }

    public bool IsOnSale => IsAvailable && !IsReserved;
}

/// <summary>Price of one size of piece (table <c>ip_space_pricing</c>).</summary>
public sealed record SpacePriceRow
{
    public SpacePriceId Id { get; init; }
    public SpaceId AvailableIpSpaceId { get; init; }
    public ushort PrefixSize { get; init; }
    public ulong PricePerMonth { get; init; }
    public string Currency { get; init; } = "";
    public ulong SetupFee { get; init; }
}

/// <summary>Queries of address blocks and their prices (data-model.md section 7.13).</summary>
public static class IpSpaces
{
    const string Columns = "id, company_id, cidr, min_prefix_size, max_prefix_size, registry, is_available, is_reserved";
    const string PriceColumns = "id, available_ip_space_id, prefix_size, price_per_month, currency, setup_fee";

    public static Task<IpSpaceRow?> FindIpSpace(this Session session, SpaceId id, CancellationToken stop) =>
        session.Find<IpSpaceRow>($"SELECT {Columns} FROM available_ip_space WHERE id = @id", new { id }, stop);

    /// <summary>One block, its row locked until the transaction ends: pieces of it are given out by one transaction at a time.</summary>
    public static Task<IpSpaceRow?> LockIpSpace(this Session session, SpaceId id, CancellationToken stop) =>
        session.Find<IpSpaceRow>($"SELECT {Columns} FROM available_ip_space WHERE id = @id{session.Dialect.ForUpdate}", new { id }, stop);

    /// <summary>Blocks on sale, newest first, ties by id.</summary>
    public static Task<List<IpSpaceRow>> ListIpSpacesOnSale(this Session session, long limit, long offset, CancellationToken stop) =>
        session.List<IpSpaceRow>($"""
            SELECT {Columns} FROM available_ip_space WHERE is_available = 1 AND is_reserved = 0 ORDER BY created DESC, id DESC LIMIT @limit OFFSET @offset
            """, new { limit, offset }, stop);

    public static Task<long> CountIpSpacesOnSale(this Session session, CancellationToken stop) =>
        session.Scalar<long>("SELECT COUNT(*) FROM available_ip_space WHERE is_available = 1 AND is_reserved = 0", null, stop);

    /// <summary>Prices of some blocks, by size, then id.</summary>
    public static Task<List<SpacePriceRow>> ListSpacePrices(this Session session, IReadOnlyCollection<SpaceId> spaces, CancellationToken stop) =>
        spaces.Count == 0
            ? Task.FromResult<List<SpacePriceRow>>([])
            : session.List<SpacePriceRow>($"SELECT {PriceColumns} FROM ip_space_pricing WHERE available_ip_space_id IN @ids ORDER BY prefix_size, id",
                new { ids = spaces.Select(id => id.Value).ToList() }, stop);

    public static Task<SpacePriceRow?> FindSpacePrice(this Session session, SpacePriceId id, CancellationToken stop) =>
        session.Find<SpacePriceRow>($"SELECT {PriceColumns} FROM ip_space_pricing WHERE id = @id", new { id }, stop);
}
