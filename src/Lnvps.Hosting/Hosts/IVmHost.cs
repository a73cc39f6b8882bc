using System.Net;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Sizes;
using Lnvps.Hosting.Images;

namespace Lnvps.Hosting.Hosts;

/// <summary>
/// One hypervisor (provisioning.md section 10). Every call is idempotent and throws <see cref="Core.Outcomes.OutsideFault"/> when the host
/// refuses (fatal) or cannot be asked (transient). "Does not exist" is never confused with "could not ask".
/// </summary>
public interface IVmHost
{
    /// <summary>Totals of the machine and its storage pools.</summary>
    Task<HostInfo> GetInfo(CancellationToken stop);

    /// <summary>Afterwards the image is usable on the host: fetched, verified, never truncated under its final name.</summary>
    Task EnsureImage(OsImage image, IProgress<ImageProgress>? progress, CancellationToken stop);

    /// <summary>A random unicast MAC with this host kind's prefix (provisioning.md section 6).</summary>
    MacAddress GenerateMac();

    /// <summary>
    /// Fresh primary disk from the image, grown to the machine's size. A stale volume of that name is replaced. Fatal when the size is below the image's.
    /// Refuses (fatal) while the machine is running: it must never overwrite the disk of a machine in use.
    /// </summary>
    Task ImportDisk(Machine machine, CancellationToken stop);

    /// <summary>Removes the primary disk, its left-overs and the seed. Absent = success. The machine must be stopped.</summary>
    Task DeleteDisk(VmId vm, CancellationToken stop);

    /// <summary>
    /// Makes the definition equal to <paramref name="machine"/>: name, size, NIC, anti-spoofing filter with exactly its addresses, seed. Creates or
    /// redefines; never touches the primary disk's content; does not start.
    /// </summary>
    Task Define(Machine machine, CancellationToken stop);

    /// <summary>
    /// Makes the anti-spoofing filter let out exactly what the card may send, whatever it let out before; a running machine is held to it at once
    /// (provisioning.md section 12.7). Not defined = fatal, and no filter stays behind.
    /// </summary>
    Task PatchFirewall(NetworkCard card, CancellationToken stop);

    /// <summary>Starts it; already running = success; not defined = fatal.</summary>
    Task Start(VmId vm, CancellationToken stop);

    /// <summary>Stops it (ACPI first, then by force) and returns when it is off; already off = success; not defined = fatal.</summary>
    Task Stop(VmId vm, CancellationToken stop);

    /// <summary>Hard reset; a stopped machine is started; not defined = fatal.</summary>
    Task Reset(VmId vm, CancellationToken stop);

    /// <summary>Machine, disks, seed and filter gone. Absent = success. A machine of that id which is not ours is left alone (fatal).</summary>
    Task Delete(VmId vm, CancellationToken stop);

    /// <summary>Grows the primary disk to <paramref name="size"/>; equal = success; smaller = fatal.</summary>
    Task ResizeDisk(VmId vm, Bytes size, CancellationToken stop);

    /// <summary>State of one machine; null when the host answered that it does not exist.</summary>
    Task<MachineState?> GetState(VmId vm, CancellationToken stop);

    /// <summary>States of all machines of ours on this host in one request; foreign ones are skipped.</summary>
    Task<IReadOnlyDictionary<VmId, MachineState>> GetAllStates(CancellationToken stop);

    /// <summary>The serial port as a duplex byte stream; fatal at once when the machine is not running.</summary>
    Task<Stream> OpenConsole(VmId vm, CancellationToken stop);
}

/// <summary>Everything a host needs to make a machine.</summary>
/// <param name="Pool">Storage pool of the primary disk (vm_host_disk.name).</param>
/// <param name="Vlan">VLAN tag of the NIC; null = untagged.</param>
/// <param name="SshKey">OpenSSH one-line public key; never empty.</param>
public sealed record Machine(
    VmId Vm,
    string Pool,
    DiskKind DiskKind,
    DiskInterface DiskInterface,
    ushort Cpu,
    Bytes Memory,
    Bytes DiskSize,
    MacAddress Mac,
    uint? Vlan,
    IReadOnlyList<MachineAddress> Addresses,
    OsImage Image,
    string SshKey)
{
    /// <summary>The hypervisor's name of the machine.</summary>
    public string Name => NameOf(Vm);

    /// <summary>What its packet filter is made from.</summary>
    public NetworkCard Card => new(Vm, Mac, Addresses);

    /// <inheritdoc cref="MachineIdentity.NameOf"/>
    public static string NameOf(VmId vm) => MachineIdentity.NameOf(vm);
}

/// <summary>The network card of a machine: what it may send comes from this MAC and these addresses only.</summary>
public sealed record NetworkCard(VmId Vm, MacAddress Mac, IReadOnlyList<MachineAddress> Addresses);

/// <param name="PrefixLength">What the guest gets: the smaller of the range's and the gateway's (provisioning.md section 5.3).</param>
/// <param name="Slaac">The guest configures this IPv6 address itself from router advertisements.</param>
public sealed record MachineAddress(IPAddress Address, int PrefixLength, IPAddress Gateway, bool Slaac);

/// <param name="Checksum">Of the file at <paramref name="Url"/>; null = that of <see cref="ChecksumList"/> or of the publisher's usual places.</param>
/// <param name="DefaultUser">cloud-init login name; null = the image's own default.</param>
public sealed record OsImage(ImageId Id, Uri Url, Sha2? Checksum, string? DefaultUser)
{
    /// <summary>The publisher's checksum file (http or https); read when there is no <see cref="Checksum"/>.</summary>
    public Uri? ChecksumList { get; init; }
}

/// <summary>How far an image is on its way to a host.</summary>
/// <param name="BytesTotal">Null = the source does not say.</param>
public readonly record struct ImageProgress(ulong BytesDone, ulong? BytesTotal)
{
    /// <summary>0 … 100; null when the total is unknown.</summary>
    public int? Percent => BytesTotal is { } total ? total == 0 ? 100 : (int)((UInt128)Math.Min(BytesDone, total) * 100 / total) : null;
}

public sealed record HostInfo(ushort Cpu, Bytes Memory, IReadOnlyList<StoragePool> Pools);

public sealed record StoragePool(string Name, Bytes Size, Bytes Used);

public enum MachinePower { Stopped, Running }

/// <summary>A state sample (provisioning.md section 20.1). Counters are bytes since the machine started; usages are 0…1.</summary>
/// <param name="HasDisk">False when the machine is defined but its primary disk is missing (interrupted creation).</param>
public sealed record MachineState(
    MachinePower Power,
    double CpuUsage,
    double MemoryUsage,
    ulong UptimeSeconds,
    ulong NetIn,
    ulong NetOut,
    ulong DiskWrite,
    ulong DiskRead,
    bool HasDisk);
