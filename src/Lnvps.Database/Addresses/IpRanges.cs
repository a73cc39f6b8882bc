using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Addresses;

/// <summary>A row of <c>ip_range</c>. The texts are as stored; old data may not parse.</summary>
public sealed record IpRangeRow
{
    public RangeId Id { get; init; }
    public string Cidr { get; init; } = "";
    public bool Enabled { get; init; }
    public RegionId RegionId { get; init; }
    public string Gateway { get; init; } = "";
    public string? ReverseZoneId { get; init; }
    public AccessPolicyId? AccessPolicyId { get; init; }
    public IpAllocationMode AllocationMode { get; init; }
    public bool UseFullRange { get; init; }
    /// <summary>Changes at random with the range's assignments.</summary>
    public ulong UseVersion { get; init; }
}

/// <summary>Queries of address ranges (data-model.md section 7.4).</summary>
public static class IpRanges
{
    const string Columns = "id, cidr, enabled, region_id, gateway, reverse_zone_id, access_policy_id, allocation_mode, use_full_range, use_version";

    public static Task<List<IpRangeRow>> ListRangesForAllocation(this Session session, RegionId region, CancellationToken stop) =>
        session.List<IpRangeRow>($"SELECT {Columns} FROM ip_range WHERE region_id = @region AND enabled = 1 ORDER BY id", new { region }, stop);

    /// <summary>Every enabled range.</summary>
    public static Task<List<IpRangeRow>> ListEnabledRanges(this Session session, CancellationToken stop) =>
        session.List<IpRangeRow>($"SELECT {Columns} FROM ip_range WHERE enabled = 1 ORDER BY id", null, stop);

    public static Task<List<IpRangeRow>> ListRanges(this Session session, CancellationToken stop) =>
        session.List<IpRangeRow>($"SELECT {Columns} FROM ip_range ORDER BY id", null, stop);

    public static Task<IpRangeRow?> FindRange(this Session session, RangeId id, CancellationToken stop) =>
        session.Find<IpRangeRow>($"SELECT {Columns} FROM ip_range WHERE id = @id", new { id }, stop);

    /// <summary>Says that the range's assignments changed; <paramref name="version"/> is a fresh random number below 2⁶³.</summary>
    public static Task SetRangeVersion(this Session session, RangeId id, ulong version, CancellationToken stop) =>
        session.Execute("UPDATE ip_range SET use_version = @version WHERE id = @id", new { id, version }, stop);

    /// <summary>Locks the range's row until the transaction ends, so that its addresses are chosen by one transaction at a time.</summary>
    public static Task<IpRangeRow?> LockRange(this Session session, RangeId id, CancellationToken stop) =>
        session.Find<IpRangeRow>($"SELECT {Columns} FROM ip_range WHERE id = @id{session.Dialect.ForUpdate}", new { id }, stop);
}
