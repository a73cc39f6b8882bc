using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Vms;

/// <summary>
/// What the counted VMs take of one disk and its host (provisioning.md section 4.1), as sums in bytes and cores; or an upgrade that is offered, with the present size
/// of its VM.
/// </summary>
public sealed record OccupancyRow
{
    /// <summary>Whose upgrade is offered; null = a sum.</summary>
    public VmId? OfferFor { get; init; }
    /// <summary>What that VM is to grow to.</summary>
    public string? UpgradeParams { get; init; }
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
/// What holds room: a VM from its first payment to its deletion, a never-paid one while a first payment is open or being made, and what an upgrade adds while its
/// payment is open or being made (provisioning.md sections 4.1 and 4.7).
/// </summary>
public static class Occupancy
{
    const string Counted = """
        v.deleted = 0 AND (v.created <> v.expires
            OR EXISTS (SELECT 1 FROM vm_payment p WHERE p.vm_id = v.id AND p.is_paid = 0 AND p.expires > @now)
            OR EXISTS (SELECT 1 FROM offer_hold w WHERE w.vm_id = v.id AND w.expires > @now))
        """;

    // A paid VM that has nothing yet and was ordered after the one that asks.
    const string OrderedLater = """
        v.id > @except AND v.created <> v.expires AND NOT EXISTS (SELECT 1 FROM vm_ip_assignment a WHERE a.vm_id = v.id AND a.deleted = 0)
            AND NOT EXISTS (SELECT 1 FROM vm_progress g WHERE g.vm_id = v.id AND (g.provisioned_at IS NOT NULL OR g.on_host IS NOT NULL))
        """;

    const string Sizes = "LEFT JOIN vm_template t ON t.id = v.template_id LEFT JOIN vm_custom_template c ON c.id = v.custom_template_id";

    // Those after the one that asks are as large as their machines are, until they have grown.
    const string SizesInLine = $"{Sizes} LEFT JOIN vm_machine_size m ON m.vm_id = v.id AND v.id > @except";

    /// <summary>
    /// Occupancy by disk, of all hosts, and upgrades on offer; <paramref name="except"/> is left out (the VM that looks for room itself). One statement, so that an
    /// upgrade that is stored or paid meanwhile is counted once, on whichever side.
    /// </summary>
    /// <param name="inLine">
    /// Paid VMs that were ordered after <paramref name="except"/> and have nothing yet are left out too, and later ones that wait for an upgrade count as they are: they
    /// come after it.
    /// </param>
    public static Task<List<OccupancyRow>> ListOccupancy(this Session session, Instant now, VmId? except, bool inLine, CancellationToken stop)
    {
        var machine = inLine ? "m" : "t";
        return session.List<OccupancyRow>($"""
            SELECT v.host_id, v.disk_id, SUM(COALESCE({machine}.cpu, t.cpu, c.cpu, 0)) AS cpu, SUM(COALESCE({machine}.memory, t.memory, c.memory, 0)) AS memory,
                   SUM(COALESCE({machine}.disk_size, t.disk_size, c.disk_size, 0)) AS disk, NULL AS offer_for, NULL AS upgrade_params
            FROM vm v {(inLine ? SizesInLine : Sizes)}
            WHERE {Counted} AND v.id <> @except {(inLine ? $"AND NOT ({OrderedLater})" : "")}
            GROUP BY v.host_id, v.disk_id
            UNION ALL
            SELECT v.host_id, v.disk_id, COALESCE(t.cpu, c.cpu, 0), COALESCE(t.memory, c.memory, 0), COALESCE(t.disk_size, c.disk_size, 0), v.id, o.upgrade_params
            FROM (SELECT vm_id, upgrade_params FROM vm_payment WHERE is_paid = 0 AND expires > @now AND payment_type = {(ushort)VmPaymentKind.Upgrade}
                  UNION ALL
                  SELECT vm_id, upgrade_params FROM offer_hold WHERE expires > @now AND upgrade_params IS NOT NULL) o
            JOIN vm v ON v.id = o.vm_id {Sizes}
            WHERE v.deleted = 0 AND v.id <> @except
            """, new { now, except = except ?? new VmId(0) }, stop);
    }

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

    /// <summary>Holds room for an offer while its invoice is being made; a crash lets the hold lapse. Returns its number.</summary>
    /// <param name="upgradeParams">What the VM is to grow to; null = the whole VM, which was never paid for.</param>
    public static Task<uint> HoldRoom(this Session session, VmId vm, string? upgradeParams, Instant expires, CancellationToken stop) =>
        session.Insert("INSERT INTO offer_hold (vm_id, upgrade_params, expires) VALUES (@vm, @upgradeParams, @expires)", new { vm, upgradeParams, expires }, stop);

    /// <summary>Ends one hold.</summary>
    public static Task ReleaseRoom(this Session session, uint hold, CancellationToken stop) =>
        session.Execute("DELETE FROM offer_hold WHERE id = @hold", new { hold }, stop);

    /// <summary>Ends whatever is held for a VM that is gone.</summary>
    public static Task ReleaseAllRoom(this Session session, VmId vm, CancellationToken stop) =>
        session.Execute("DELETE FROM offer_hold WHERE vm_id = @vm", new { vm }, stop);
}
