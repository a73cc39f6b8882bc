using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Sizes;

namespace Lnvps.Core.Capacity;

/// <summary>An enabled disk of a host and what the counted VMs take of it (provisioning.md section 4.1).</summary>
/// <param name="LoadFactor">Column <c>load_disk</c> of the host.</param>
/// <param name="Used">Σ disk size of the counted VMs on this disk.</param>
public sealed record DiskCapacity(DiskId Id, Bytes Size, DiskKind Kind, DiskInterface Interface, float LoadFactor, Bytes Used)
{
    /// <summary>U / (size · factor); 1 when that makes no sense.</summary>
    public double Load => Room.Load(Used.Value, Size.Value, LoadFactor);

    /// <summary>max(0, ⌊size · factor⌋ − U), the product in double precision.</summary>
    public Bytes Available => new(Room.Left(Size.Value * (double)LoadFactor, Used.Value));

    public bool Matches(DiskKind kind, DiskInterface port) => Kind == kind && Interface == port;
}

/// <summary>
/// An enabled host of an enabled region and what the counted VMs take of it. A VM counts from its first open payment or first paid one until it is
/// deleted, the grace period included (provisioning.md sections 4.1 and 4.7).
/// </summary>
/// <param name="UsedCpu">Σ cores of the counted VMs.</param>
/// <param name="UsedMemory">Σ memory of the counted VMs.</param>
/// <param name="Disks">Enabled disks only.</param>
public sealed record HostCapacity(
    HostId Id,
    ushort Cpu,
    Bytes Memory,
    float CpuFactor,
    float MemoryFactor,
    ulong UsedCpu,
    Bytes UsedMemory,
    IReadOnlyList<DiskCapacity> Disks)
{
    public double CpuLoad => Room.Load(UsedCpu, Cpu, CpuFactor);

    public double MemoryLoad => Room.Load(UsedMemory.Value, Memory.Value, MemoryFactor);

    /// <summary>max(0, ⌊cpu · factor⌋ − C), the product in single precision.</summary>
    public ulong AvailableCpu => Room.Left((float)(Cpu * CpuFactor), UsedCpu);

    /// <summary>max(0, ⌊memory · factor⌋ − M), the product in double precision.</summary>
    public Bytes AvailableMemory => new(Room.Left(Memory.Value * (double)MemoryFactor, UsedMemory.Value));

    /// <summary>Mean of the CPU, memory and disk load; the last is the mean over the disks of the wanted kind (1 when there is none).</summary>
    public double LoadFor(DiskKind kind, DiskInterface port) => (CpuLoad + MemoryLoad + DiskLoad(kind, port)) / 3;

    double DiskLoad(DiskKind kind, DiskInterface port) =>
        Disks.Where(disk => disk.Matches(kind, port)).Select(disk => disk.Load).DefaultIfEmpty(1.0).Average();
}

/// <summary>Arithmetic of provisioning.md section 4.2.</summary>
static class Room
{
    /// <summary>used / (total · factor). A denominator that is zero, negative or not a number counts as fully loaded, so that it sorts last.</summary>
    internal static double Load(ulong used, ulong total, float factor)
    {
        var capacity = total * (double)factor;
        return capacity > 0 ? used / capacity : 1.0;
    }

    /// <summary>max(0, ⌊capacity⌋ − used).</summary>
    internal static ulong Left(double capacity, ulong used)
    {
        // Larger than every size, and the cast would be undefined.
        const double Most = 18_000_000_000_000_000_000;
        var whole = capacity >= 1 ? (ulong)Math.Min(capacity, Most) : 0UL;
        return whole > used ? whole - used : 0UL;
    }
}
