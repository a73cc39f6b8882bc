using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Sizes;
using Lnvps.Database.Encryption;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Hosts;

/// <summary>A row of <c>vm_host</c>. <see cref="ApiToken"/> is encrypted when a key is loaded.</summary>
public sealed record HostRow
{
    public HostId Id { get; init; }
    public HostKind Kind { get; init; }
    public RegionId RegionId { get; init; }
    public string Name { get; init; } = "";
    /// <summary>Control endpoint: base URL or LibVirt connection URI.</summary>
    public string Ip { get; init; } = "";
    public ulong Cpu { get; init; }
    public Bytes Memory { get; init; }
    public bool Enabled { get; init; }
    public SealedText ApiToken { get; init; }
    public float LoadCpu { get; init; }
    public float LoadMemory { get; init; }
    public float LoadDisk { get; init; }
    public uint? VlanId { get; init; }
}

/// <summary>A row of <c>vm_host_disk</c>: a storage pool of a host.</summary>
public sealed record DiskRow
{
    public DiskId Id { get; init; }
    public HostId HostId { get; init; }
    public string Name { get; init; } = "";
    public Bytes Size { get; init; }
    public DiskKind Kind { get; init; }
    public DiskInterface Interface { get; init; }
    public bool Enabled { get; init; }
}

/// <summary>A row of <c>vm_host_region</c>.</summary>
public sealed record RegionRow
{
    public RegionId Id { get; init; }
    public string Name { get; init; } = "";
    public bool Enabled { get; init; }
    public CompanyId CompanyId { get; init; }
}

/// <summary>Queries of regions, hosts and their disks (data-model.md section 7.2).</summary>
public static class Hosts
{
    const string HostColumns = "h.id, h.kind, h.region_id, h.name, h.ip, h.cpu, h.memory, h.enabled, h.api_token, h.load_cpu, h.load_memory, h.load_disk, h.vlan_id";
    const string DiskColumns = "d.id, d.host_id, d.name, d.size, d.kind, d.interface, d.enabled";

    /// <summary>Every host, enabled or not: <c>enabled</c> is for placement only.</summary>
    public static Task<List<HostRow>> ListHosts(this Session session, CancellationToken stop) =>
        session.List<HostRow>($"SELECT {HostColumns} FROM vm_host h ORDER BY h.id", null, stop);

    public static Task<HostRow?> FindHost(this Session session, HostId id, CancellationToken stop) =>
        session.Find<HostRow>($"SELECT {HostColumns} FROM vm_host h WHERE h.id = @id", new { id }, stop);

    /// <summary>Enabled hosts of enabled regions (of one region when given): where new machines may be placed.</summary>
    public static Task<List<HostRow>> ListHostsForPlacement(this Session session, RegionId? region, CancellationToken stop) =>
        session.List<HostRow>($"""
            SELECT {HostColumns} FROM vm_host h JOIN vm_host_region r ON r.id = h.region_id
            WHERE h.enabled = 1 AND r.enabled = 1 {(region is null ? "" : "AND h.region_id = @region")} ORDER BY h.id
            """, new { region }, stop);

    /// <summary>Locks a region's hosts until the transaction ends: capacity is checked and claimed by one transaction at a time.</summary>
    public static Task LockHosts(this Session session, RegionId region, CancellationToken stop) =>
        session.List<uint>($"SELECT id FROM vm_host WHERE region_id = @region ORDER BY id{session.Dialect.ForUpdate}", new { region }, stop);

    public static Task<List<DiskRow>> ListDisks(this Session session, CancellationToken stop) =>
        session.List<DiskRow>($"SELECT {DiskColumns} FROM vm_host_disk d ORDER BY d.id", null, stop);

    public static Task<DiskRow?> FindDisk(this Session session, DiskId id, CancellationToken stop) =>
        session.Find<DiskRow>($"SELECT {DiskColumns} FROM vm_host_disk d WHERE d.id = @id", new { id }, stop);

    public static Task<RegionRow?> FindRegion(this Session session, RegionId id, CancellationToken stop) =>
        session.Find<RegionRow>("SELECT id, name, enabled, company_id FROM vm_host_region WHERE id = @id", new { id }, stop);

    public static Task<List<RegionRow>> ListEnabledRegions(this Session session, CancellationToken stop) =>
        session.List<RegionRow>("SELECT id, name, enabled, company_id FROM vm_host_region WHERE enabled = 1 ORDER BY id", null, stop);
}
