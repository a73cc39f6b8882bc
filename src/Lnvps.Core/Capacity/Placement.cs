using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
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
    /// Whether an upgrade fits on the VM's own host and disk. The difference is asked for, since the present size is already counted. A disk that is not
    /// among the host's enabled ones still serves when it need not grow.
    /// </summary>
    public static bool FitsUpgrade(this HostCapacity host, DiskId disk, VmSpec present, VmSpec wanted)
    {
        var grows = wanted.Disk.Value > present.Disk.Value ? wanted.Disk.Value - present.Disk.Value : 0UL;
        return host.AvailableCpu >= (ulong)Math.Max(0, wanted.Cpu - present.Cpu)
            && host.AvailableMemory.Value >= (wanted.Memory.Value > present.Memory.Value ? wanted.Memory.Value - present.Memory.Value : 0UL)
            && (grows == 0 || host.Disks.Any(d => d.Id == disk && d.Available.Value >= grows));
    }

    static bool HasCores(this HostCapacity host, VmSpec spec) => host.AvailableCpu >= spec.Cpu && host.AvailableMemory.Value >= spec.Memory.Value;

    static IEnumerable<DiskCapacity> DisksFor(this HostCapacity host, VmSpec spec) =>
        host.Disks.Where(disk => disk.Matches(spec.DiskKind, spec.DiskInterface) && disk.Available.Value >= spec.Disk.Value);
}
