using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Sizes;

namespace Lnvps.Core.Capacity;

/// <summary>Where a VM lives: a host and one of its disks.</summary>
public readonly record struct Placement(HostId Host, DiskId Disk);

/// <summary>What one region can take (provisioning.md sections 4.3 and 4.4).</summary>
/// <param name="Hosts">Its enabled hosts.</param>
/// <param name="FreeIpv4">Free addresses over its enabled IPv4 ranges, less those promised to open first payments.</param>
public sealed record RegionCapacity(RegionId Region, IReadOnlyList<HostCapacity> Hosts, ulong FreeIpv4)
{
    /// <summary>True when some single host has the cores, the memory and a matching disk, and an IPv4 address is free.</summary>
    public bool Fits(VmSpec spec) => FreeIpv4 > 0 && Hosts.Any(host => host.Fits(spec));

    /// <summary>The fitting host with the lowest load and on it the fitting disk with the lowest load; ties by lower id. 409 when none fits.</summary>
    public Result<Placement> Choose(VmSpec spec)
    {
        if (FreeIpv4 == 0)
            return NoRoom;
        var host = Hosts
            .Where(host => host.Fits(spec))
            .OrderBy(host => host.LoadFor(spec.DiskKind, spec.DiskInterface))
            .ThenBy(host => host.Id.Value)
            .FirstOrDefault();
        return host is null ? NoRoom : new Placement(host.Id, host.DiskFor(spec)!.Id);
    }

    /// <summary>
    /// Before a first invoice and before the first spawn: the stored placement while it still fits, else another one of the region, else 409. The VM asked
    /// about must not be counted in the inputs itself (provisioning.md section 4.7).
    /// </summary>
    public Result<Placement> KeepOrChoose(Placement stored, VmSpec spec) =>
        FreeIpv4 > 0 && Hosts.Any(host => host.Id == stored.Host && host.FitsOn(stored.Disk, spec)) ? stored : Choose(spec);

    static Refusal NoRoom => Refusal.Because(ErrorCode.NoCapacity, "No host with enough capacity");
}

public static class HostFit
{
    /// <summary>Whether cores, memory and a matching disk are available on this same host.</summary>
    public static bool Fits(this HostCapacity host, VmSpec spec) => host.HasCores(spec) && host.DiskFor(spec) is not null;

    /// <summary>Whether the host takes the machine on exactly this disk.</summary>
    public static bool FitsOn(this HostCapacity host, DiskId disk, VmSpec spec) => host.HasCores(spec) && host.DisksFor(spec).Any(d => d.Id == disk);

    /// <summary>The matching disk with enough space that has the lowest load; ties by lower id.</summary>
    public static DiskCapacity? DiskFor(this HostCapacity host, VmSpec spec) =>
        host.DisksFor(spec).OrderBy(disk => disk.Load).ThenBy(disk => disk.Id.Value).FirstOrDefault();

    /// <summary>
    /// Whether a VM that is not counted fits on its own host and disk once it has grown. What does not grow is there already and is not asked for: so a disk that is
    /// not among the host's enabled ones still serves.
    /// </summary>
    /// <param name="size">Of the whole VM, grown.</param>
    /// <param name="growth">What of it is larger than before; the rest is null.</param>
    public static bool FitsGrown(this HostCapacity host, DiskId disk, VmSpec size, UpgradeWish growth) =>
        (growth.Cpu is null || host.AvailableCpu >= size.Cpu)
        && (growth.Memory is null || host.AvailableMemory.Value >= size.Memory.Value)
        && (growth.Disk is null || host.Disks.Any(d => d.Id == disk && d.Available.Value >= size.Disk.Value));

    static bool HasCores(this HostCapacity host, VmSpec spec) => host.AvailableCpu >= spec.Cpu && host.AvailableMemory.Value >= spec.Memory.Value;

    static IEnumerable<DiskCapacity> DisksFor(this HostCapacity host, VmSpec spec) =>
        host.Disks.Where(disk => disk.Matches(spec.DiskKind, spec.DiskInterface) && disk.Available.Value >= spec.Disk.Value);
}
