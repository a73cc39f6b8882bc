using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Sizes;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Catalogue;

/// <summary>Unit prices for self-chosen sizes, with the region's name.</summary>
public sealed record CustomPricingRow
{
    public CustomPricingId Id { get; init; }
    public string Name { get; init; } = "";
    public bool Enabled { get; init; }
    public Instant Created { get; init; }
    public Instant? Expires { get; init; }
    public RegionId RegionId { get; init; }
    public string RegionName { get; init; } = "";
    public bool RegionEnabled { get; init; }
    public string Currency { get; init; } = "";
    public ulong CpuCost { get; init; }
    public ulong MemoryCost { get; init; }
    public ulong Ip4Cost { get; init; }
    public ulong Ip6Cost { get; init; }
    public ushort MinCpu { get; init; }
    public ushort MaxCpu { get; init; }
    public Bytes MinMemory { get; init; }
    public Bytes MaxMemory { get; init; }
}

/// <summary>Disk unit price of a custom pricing.</summary>
public sealed record CustomPricingDiskRow
{
    public uint Id { get; init; }
    public CustomPricingId PricingId { get; init; }
    public DiskKind Kind { get; init; }
    public DiskInterface Interface { get; init; }
    public ulong Cost { get; init; }
    public Bytes MinDiskSize { get; init; }
    public Bytes MaxDiskSize { get; init; }
}

/// <summary>Queries of custom pricing (data-model.md section 7.3).</summary>
public static class CustomPricings
{
    const string Select = """
        SELECT c.id, c.name, c.enabled, c.created, c.expires, c.region_id, r.name AS region_name, r.enabled AS region_enabled, c.currency, c.cpu_cost,
               c.memory_cost, c.ip4_cost, c.ip6_cost, c.min_cpu, c.max_cpu, c.min_memory, c.max_memory
        FROM vm_custom_pricing c JOIN vm_host_region r ON r.id = c.region_id
        """;

    const string DiskColumns = "id, pricing_id, kind, interface, cost, min_disk_size, max_disk_size";

    public static Task<CustomPricingRow?> FindCustomPricing(this Session session, CustomPricingId id, CancellationToken stop) =>
        session.Find<CustomPricingRow>($"{Select} WHERE c.id = @id", new { id }, stop);

    /// <summary>For sale: enabled, not past its end, in an enabled region.</summary>
    public static Task<List<CustomPricingRow>> ListCustomPricingsForSale(this Session session, Instant now, CancellationToken stop) =>
        session.List<CustomPricingRow>($"{Select} WHERE c.enabled = 1 AND r.enabled = 1 AND (c.expires IS NULL OR c.expires > @now) ORDER BY c.id", new { now }, stop);

    /// <summary>All of a region, those that are not for sale too, enabled ones first.</summary>
    public static Task<List<CustomPricingRow>> ListCustomPricings(this Session session, RegionId region, CancellationToken stop) =>
        session.List<CustomPricingRow>($"{Select} WHERE c.region_id = @region ORDER BY c.enabled DESC, c.id", new { region }, stop);

    public static Task<List<CustomPricingDiskRow>> ListCustomPricingDisks(this Session session, CustomPricingId pricing, CancellationToken stop) =>
        session.List<CustomPricingDiskRow>($"SELECT {DiskColumns} FROM vm_custom_pricing_disk WHERE pricing_id = @pricing ORDER BY id", new { pricing }, stop);

    /// <summary>Disk prices of every pricing, by id; the table is as small as the price list.</summary>
    public static Task<List<CustomPricingDiskRow>> ListCustomPricingDisks(this Session session, CancellationToken stop) =>
        session.List<CustomPricingDiskRow>($"SELECT {DiskColumns} FROM vm_custom_pricing_disk ORDER BY id", null, stop);
}
