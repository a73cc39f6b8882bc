using Lnvps.Core.Addresses;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Database.Sessions;

namespace Lnvps.Testing.Invariants;

/// <summary>7, 8, 11 and 22: addresses of guests, their ranges, and MACs.</summary>
static class AddressInvariants
{
    public static async Task<IReadOnlyList<string>> Check(Session session, CancellationToken stop)
    {
        var broken = new List<string>();
        await Assignments(session, broken, stop);
        await Ranges(session, broken, stop);
        await Macs(session, broken, stop);
        return broken;
    }

    static async Task Assignments(Session session, List<string> broken, CancellationToken stop)
    {
        var rows = await session.List<AddressRow>("""
            SELECT a.ip, a.deleted, r.cidr, r.gateway, r.allocation_mode, r.use_full_range FROM vm_ip_assignment a JOIN ip_range r ON r.id = a.ip_range_id
            """, null, stop);
        var live = new HashSet<IpAddress>();
        foreach (var row in rows)
        {
            var range = AddressRange.Read(row.Cidr, row.Gateway, row.AllocationMode, row.UseFullRange);
            var isAddress = IpAddress.TryParse(row.Ip, out var address);
            if (!isAddress || address.ToString() != row.Ip || !range.IsOk || !range.Value.Cidr.Contains(address))
                broken.Add($"8 canonical and inside its range: {row.Ip} of {row.Cidr}");
            else if (!row.Deleted && !range.Value.IsUsable(address))
                broken.Add($"8 a live address is none of the reserved: {row.Ip} of {row.Cidr}");
            // The schema's key compares texts; one address has several.
            if (isAddress && !row.Deleted && !live.Add(address))
                broken.Add($"7 one live row per address: {row.Ip}");
        }
    }

    static async Task Ranges(Session session, List<string> broken, CancellationToken stop)
    {
        var rows = await session.List<AddressRow>("SELECT cidr, gateway, allocation_mode, use_full_range FROM ip_range", null, stop);
        var blocks = new List<IpPrefix>();
        foreach (var row in rows)
        {
            // Says no to SLAAC on IPv4, too.
            if (AddressRange.Read(row.Cidr, row.Gateway, row.AllocationMode, row.UseFullRange) is { IsOk: true, Value: var range })
                blocks.Add(range.Cidr);
            else
                broken.Add($"22 ranges can be read: {row.Cidr}, gateway {row.Gateway}, mode {row.AllocationMode}");
        }
        broken.AddRange(blocks.Overlaps().Select(pair => $"22 ranges do not overlap: {pair}"));
    }

    /// <summary>Pairs of blocks that share addresses; at least one of each crowd.</summary>
    public static IEnumerable<string> Overlaps(this IEnumerable<IpPrefix> blocks)
    {
        // A block comes right before the first one inside of it.
        var sorted = blocks.OrderBy(block => block.First).ThenBy(block => block.Length).ToList();
        return sorted.Zip(sorted.Skip(1)).Where(pair => pair.First.Overlaps(pair.Second)).Select(pair => $"{pair.First} and {pair.Second}");
    }

    static async Task Macs(Session session, List<string> broken, CancellationToken stop)
    {
        var rows = await session.List<MacRow>("""
            SELECT v.id, v.mac_address, h.region_id, CASE WHEN g.provisioned_at IS NULL THEN 0 ELSE 1 END AS provisioned
            FROM vm v JOIN vm_host h ON h.id = v.host_id LEFT JOIN vm_progress g ON g.vm_id = v.id WHERE v.deleted = 0
            """, null, stop);
        foreach (var row in rows.Where(row => row.Provisioned && row.MacAddress.IsUnassigned))
            broken.Add($"11 a built VM has a MAC: {row.Id}");
        foreach (var shared in rows.Where(row => !row.MacAddress.IsUnassigned).GroupBy(row => (row.RegionId, row.MacAddress)).Where(group => group.Count() > 1))
            broken.Add($"11 one MAC per VM and region: {string.Join(", ", shared.Select(row => row.Id))}");
    }

    sealed record AddressRow
    {
        public string Ip { get; init; } = "";
        public bool Deleted { get; init; }
        public string Cidr { get; init; } = "";
        public string Gateway { get; init; } = "";
        public IpAllocationMode AllocationMode { get; init; }
        public bool UseFullRange { get; init; }
    }

    sealed record MacRow
    {
        public VmId Id { get; init; }
        public MacAddress MacAddress { get; init; }
        public RegionId RegionId { get; init; }
        public bool Provisioned { get; init; }
    }
}
