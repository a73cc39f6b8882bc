using Lnvps.Core.Addresses;
using Lnvps.Core.Capacity;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Sizes;
using Lnvps.Core.Time;
using Lnvps.Database.Addresses;
using Lnvps.Database.Hosts;
using Lnvps.Database.Sessions;
using Lnvps.Database.Vms;
using Lnvps.Platform.Vms;

namespace Lnvps.Platform.Orders;

/// <summary>
/// Knows what room is left and claims it (provisioning.md section 4). Reading takes a fixed number of queries; claiming locks the region's hosts, so that
/// two claims never see the same free place.
/// </summary>
public sealed class RoomKeeper
{
    /// <summary>What every region with an enabled host can take.</summary>
    public Task<IReadOnlyDictionary<RegionId, RegionCapacity>> Read(Session session, Instant now, CancellationToken stop) =>
        Read(session, now, except: null, inLine: false, stop);

    /// <param name="except">A VM that is not counted: the one that looks for room itself.</param>
    /// <param name="inLine">Nor are those that come after it.</param>
    static async Task<IReadOnlyDictionary<RegionId, RegionCapacity>> Read(Session session, Instant now, VmId? except, bool inLine, CancellationToken stop)
    {
        var hosts = await session.ListHostsForPlacement(region: null, stop);
        var disks = (await session.ListDisks(stop)).Where(disk => disk.Enabled).ToLookup(disk => disk.HostId);
        var occupancy = Held(await session.ListOccupancy(now, except, inLine, stop)).ToLookup(row => row.HostId);
        var free = await FreeIpv4(session, now, except, inLine, stop);
        return hosts.GroupBy(host => host.RegionId).ToDictionary(region => region.Key, region => new RegionCapacity(
            region.Key, [.. region.Select(host => CapacityOf(host, disks[host.Id], [.. occupancy[host.Id]]))], free.GetValueOrDefault(region.Key)));
    }

    /// <summary>
    /// Makes sure, in a write transaction, that the region can take this never-created VM, moving it to another host when its own is full. Null when it
    /// can; a conflict when it cannot. The room is held as soon as the transaction also holds it (an open payment or <c>HoldRoom</c>).
    /// </summary>
    public Task<Refusal?> Claim(Session session, VmDetailsRow vm, Instant now, CancellationToken stop) => Claim(session, vm, now, inLine: false, stop);

    /// <summary>
    /// As <see cref="Claim(Session, VmDetailsRow, Instant, CancellationToken)"/>, for a VM that is paid for. Payments that settle after their invoice has lapsed may
    /// leave more paid VMs than there is room for; then those go first that were ordered first, or each would wait for the others.
    /// </summary>
    public async Task<Refusal?> ClaimToBuild(Session session, VmDetailsRow vm, Instant now, CancellationToken stop) =>
        await Claim(session, vm, now, inLine: false, stop) is null ? null : await Claim(session, vm, now, inLine: true, stop);

    static async Task<Refusal?> Claim(Session session, VmDetailsRow vm, Instant now, bool inLine, CancellationToken stop)
    {
        await session.LockHosts(vm.RegionId, stop);
        var (host, disk) = await session.FindVm(vm.Id, stop) is { } row ? (row.HostId, row.DiskId) : (vm.HostId, vm.DiskId);
        var regions = await Read(session, now, vm.Id, inLine, stop);
        if (!regions.TryGetValue(vm.RegionId, out var region))
            return Refusal.Because(ErrorCode.NoCapacity, "No host with enough capacity");
        var place = region.KeepOrChoose(new Placement(host, disk), VmPrice.SpecOf(vm));
        if (!place.IsOk)
            return place.Refusal;
        if (place.Value.Host != host || place.Value.Disk != disk)
            await session.SetVmPlace(vm.Id, place.Value.Host, place.Value.Disk, stop);
        return null;
    }

    /// <summary>Whether the VM's own host and disk can take it (again), under the host's lock.</summary>
    public async Task<bool> HasRoomOnOwnHost(Session session, VmDetailsRow vm, Instant now, CancellationToken stop)
    {
        await session.LockHosts(vm.RegionId, stop);
        var regions = await Read(session, now, vm.Id, inLine: false, stop);
        return regions.TryGetValue(vm.RegionId, out var region) && region.FreeIpv4 > 0
            && region.Hosts.Any(host => host.Id == vm.HostId && host.FitsOn(vm.DiskId, VmPrice.SpecOf(vm)));
    }

    /// <summary>
    /// Whether the VM's own host and disk can take it in a larger size, beside what other offers hold; its own other offers do not count, since paying one ends them.
    /// True under the lock of the region's hosts (<c>LockHosts</c>) stays true until the transaction ends. The room is held as by <see cref="Claim(Session, VmDetailsRow, Instant, CancellationToken)"/>.
    /// </summary>
    public Task<bool> CanGrow(Session session, VmDetailsRow vm, UpgradeWish wish, Instant now, CancellationToken stop)
    {
        var present = VmPrice.SpecOf(vm);
        return FitsGrown(session, vm, wish.Raise(present), wish.Growth(present), now, inLine: false, stop);
    }

    /// <summary>
    /// Whether the host and disk of a VM whose sold size has been raised already take the machine, as far as it grows. Where there is not room for all that is paid
    /// for, those go first that were ordered first, as for <see cref="ClaimToBuild"/>.
    /// </summary>
    public async Task<bool> HasRoomToGrow(Session session, VmDetailsRow vm, UpgradeWish growth, Instant now, CancellationToken stop) =>
        await FitsGrown(session, vm, VmPrice.SpecOf(vm), growth, now, inLine: false, stop) || await FitsGrown(session, vm, VmPrice.SpecOf(vm), growth, now, inLine: true, stop);

    static async Task<bool> FitsGrown(Session session, VmDetailsRow vm, VmSpec size, UpgradeWish growth, Instant now, bool inLine, CancellationToken stop)
    {
        var regions = await Read(session, now, vm.Id, inLine, stop);
        return regions.TryGetValue(vm.RegionId, out var region) && region.Hosts.Any(host => host.Id == vm.HostId && host.FitsGrown(vm.DiskId, size, growth));
    }

    /// <summary>Upgrades on offer take what they add. Of several for one VM the largest counts, of cores, memory and disk each.</summary>
    static IEnumerable<OccupancyRow> Held(List<OccupancyRow> rows)
    {
        return rows.Where(row => row.OfferFor is null).Concat(rows.Where(row => row.OfferFor is not null).GroupBy(row => row.OfferFor).Select(offers =>
        {
            var present = offers.First();
            var wishes = offers.Select(row => UpgradeParams.TryParse(row.UpgradeParams, out var wish) ? wish : default).ToList();
            return present with
            {
                Cpu = Above(present.Cpu, wishes.Max(wish => (decimal?)wish.Cpu)),
                Memory = Above(present.Memory, wishes.Max(wish => (decimal?)wish.Memory?.Value)),
                Disk = Above(present.Disk, wishes.Max(wish => (decimal?)wish.Disk?.Value)),
            };
        }));

        static decimal Above(decimal present, decimal? wanted) => Math.Max((wanted ?? 0) - present, 0);
    }

    static HostCapacity CapacityOf(HostRow host, IEnumerable<DiskRow> disks, IReadOnlyList<OccupancyRow> taken) => new(
        host.Id,
        (ushort)Math.Min(host.Cpu, ushort.MaxValue),
        host.Memory,
        host.LoadCpu,
        host.LoadMemory,
        (ulong)taken.Sum(row => row.Cpu),
        new Bytes((ulong)taken.Sum(row => row.Memory)),
        [.. disks.Select(disk => new DiskCapacity(
            disk.Id, disk.Size, disk.Kind, disk.Interface, host.LoadDisk, new Bytes((ulong)taken.Where(row => row.DiskId == disk.Id).Sum(row => row.Disk))))]);

    /// <summary>Free IPv4 addresses by region, less those that counted VMs still have to get.</summary>
    static async Task<Dictionary<RegionId, ulong>> FreeIpv4(Session session, Instant now, VmId? except, bool inLine, CancellationToken stop)
    {
        var ranges = new List<(IpRangeRow Row, AddressRange Range)>();
        foreach (var row in await session.ListEnabledRanges(stop))
        {
            // A range that does not parse means no capacity, not a crash.
            if (AddressRange.Read(row.Cidr, row.Gateway, row.AllocationMode, row.UseFullRange) is { IsOk: true, Value: { Cidr.Family: IpFamily.V4 } range })
                ranges.Add((row, range));
        }
        var use = await session.ListAddressUse(now, except, inLine, stop);
        var used = use.Where(row => row.IpRangeId is not null).ToDictionary(row => row.IpRangeId!.Value, row => (ulong)row.Addresses);
        var promised = use.Where(row => row.RegionId is not null).ToDictionary(row => row.RegionId!.Value, row => (ulong)row.Addresses);
        var reserved = ranges.SelectMany(range => range.Range.Reserved).Select(address => address.ToString()).Distinct().ToList();
        var takenReserved = reserved.Count == 0 ? [] : (await session.ListTaken(reserved, stop)).ToHashSet();

        return ranges.GroupBy(range => range.Row.RegionId).ToDictionary(region => region.Key, region =>
        {
            var free = region.Aggregate(UInt128.Zero, (sum, range) => sum + range.Range.CountFree(
                used.GetValueOrDefault(range.Row.Id), (ulong)range.Range.Reserved.Count(address => takenReserved.Contains(address.ToString()))));
            var still = promised.GetValueOrDefault(region.Key);
            return free > still ? (ulong)(free - still) : 0;
        });
    }
}
