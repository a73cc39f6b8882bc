using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Vms;

/// <summary>What the counted VMs take of one disk and its host (provisioning.md section 4.1). Sums in bytes and cores.</summary>
public sealed record OccupancyRow
{
    public HostId HostId { get; init; }
    public DiskId DiskId { get; init; }
    public decimal Cpu { get; init; }
    public decimal Memory { get; init; }
    public decimal Disk { get; init; }
}

/// <summary>Addresses in use or promised: how many of a range live rows have, or how many counted VMs of a region still have to get theirs.</summary>
public sealed record AddressUseRow
{
    /// <summary>Null: promised.</summary>
    public RangeId? IpRangeId { get; init; }
    /// <summary>Null: in use.</summary>
    public RegionId? RegionId { get; init; }
    public long Addresses { get; init; }
}

/// <summary>
/// What holds room: a VM from its first payment to its deletion, and a never-paid one while a first payment is open or being made
/// (provisioning.md sections 4.1 and 4.7).
/// </summary>
public static class Occupancy
{
    const string Counted = """
        v.deleted = 0 AND (v.created <> v.expires
            OR EXISTS (SELECT 1 FROM vm_payment p WHERE p.vm_id = v.id AND p.is_paid = 0 AND p.expires > @now)
            OR EXISTS (SELECT 1 FROM vm_room_hold w WHERE w.vm_id = v.id AND w.expires > @now))
        """;

    // A paid VM that has nothing yet and was ordered after the one that asks.
    const string OrderedLater = """
        v.id > @except AND v.created <> v.expires AND NOT EXISTS (SELECT 1 FROM vm_ip_assignment a WHERE a.vm_id = v.id AND a.deleted = 0)
            AND NOT EXISTS (SELECT 1 FROM vm_progress g WHERE g.vm_id = v.id AND (g.provisioned_at IS NOT NULL OR g.on_host IS NOT NULL))
        """;

    /// <summary>Occupancy by disk, of all hosts; <paramref name="except"/> is left out (the VM that looks for room itself).</summary>
    /// <param name="inLine">Paid VMs that were ordered after <paramref name="except"/> and have nothing yet are left out too: they come after it.</param>
    public static Task<List<OccupancyRow>> ListOccupancy(this Session session, Instant now, VmId? except, bool inLine, CancellationToken stop) =>
        session.List<OccupancyRow>($"""
            SELECT v.host_id, v.disk_id, SUM(COALESCE(t.cpu, c.cpu, 0)) AS cpu, SUM(COALESCE(t.memory, c.memory, 0)) AS memory,
                   SUM(COALESCE(t.disk_size, c.disk_size, 0)) AS disk
            FROM vm v LEFT JOIN vm_template t ON t.id = v.template_id LEFT JOIN vm_custom_template c ON c.id = v.custom_template_id
            WHERE {Counted} AND v.id <> @except {(inLine ? $"AND NOT ({OrderedLater})" : "")}
            GROUP BY v.host_id, v.disk_id
            """, new { now, except = except ?? new VmId(0) }, stop);

    /// <summary>
    /// Addresses in use by range and addresses promised by region. One statement, so that a VM that gets its address meanwhile is counted once, on whichever side.
    /// </summary>
    /// <inheritdoc cref="ListOccupancy"/>
    public static Task<List<AddressUseRow>> ListAddressUse(this Session session, Instant now, VmId? except, bool inLine, CancellationToken stop) =>
        session.List<AddressUseRow>($"""
            SELECT ip_range_id, NULL AS region_id, COUNT(DISTINCT ip) AS addresses FROM vm_ip_assignment WHERE deleted = 0 GROUP BY ip_range_id
            UNION ALL
            SELECT NULL, h.region_id, COUNT(*) FROM vm v JOIN vm_host h ON h.id = v.host_id
            WHERE {Counted} AND v.id <> @except {(inLine ? $"AND NOT ({OrderedLater})" : "")}
              AND NOT EXISTS (SELECT 1 FROM vm_ip_assignment a WHERE a.vm_id = v.id AND a.deleted = 0)
            GROUP BY h.region_id
            """, new { now, except = except ?? new VmId(0) }, stop);

    /// <summary>Holds room for a never-paid VM while its first invoice is being made; a crash lets the hold lapse.</summary>
    public static async Task HoldRoom(this Session session, VmId vm, Instant expires, CancellationToken stop)
    {
        await session.Execute("DELETE FROM vm_room_hold WHERE vm_id = @vm", new { vm }, stop);
        await session.Execute("INSERT INTO vm_room_hold (vm_id, expires) VALUES (@vm, @expires)", new { vm, expires }, stop);
    }

    public static Task ReleaseRoom(this Session session, VmId vm, CancellationToken stop) =>
        session.Execute("DELETE FROM vm_room_hold WHERE vm_id = @vm", new { vm }, stop);
}
