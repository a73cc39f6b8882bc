using System.Text.Json.Serialization;
using Lnvps.Core.Sizes;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Hosting.Simulated;

/// <summary>Size of a simulated hypervisor.</summary>
public sealed record HostShape(ushort Cpu, Bytes Memory, IReadOnlyList<PoolShape> Pools)
{
    /// <summary>64 cores, 256 GiB of memory, one pool <c>default</c> of 4 TiB.</summary>
    public static readonly HostShape Roomy = new(64, Bytes.FromGib(256), [new PoolShape("default", Bytes.FromGib(4096))]);
}

/// <summary>A storage pool of a simulated hypervisor.</summary>
public sealed record PoolShape(string Name, Bytes Size);

/// <summary>Something that exists on a simulated host, for leak checks.</summary>
/// <param name="Kind"><c>domain</c>, <c>disk</c>, <c>seed</c> or <c>filter</c>.</param>
public readonly record struct HostObject(string Host, string Kind, string Name)
{
    public override string ToString() => $"{Host}/{Kind}/{Name}";
}

// What a host holds. Plain mutable data: it is what the JSON file of a persistent world contains. Keys are the hypervisor's names.

sealed class HostContents
{
    public HostShape Shape { get; set; } = HostShape.Roomy;
    public bool Reachable { get; set; } = true;
    public HashSet<uint> Images { get; set; } = [];
    public Dictionary<string, DiskImage> Disks { get; set; } = [];
    public Dictionary<string, string> Seeds { get; set; } = [];
    public Dictionary<string, List<string>> Filters { get; set; } = [];
    public Dictionary<string, Domain> Domains { get; set; } = [];

    /// <summary>The holders of serial ports; they do not outlive the process.</summary>
    [JsonIgnore]
    public Dictionary<string, EchoConsole> Consoles { get; } = [];

    /// <summary>Ends the consoles of machines that are off.</summary>
    public void EndConsoles()
    {
        foreach (var (name, console) in Consoles)
        {
            if (Domains.GetValueOrDefault(name)?.Started is null)
                console.End();
        }
    }
}

/// <param name="Complete">False while, or after, an import broke off.</param>
sealed record DiskImage(string Pool, ulong Size, uint Image, bool Complete);

/// <param name="Foreign">Not made by this program.</param>
/// <param name="Started">When it was powered on; null = off.</param>
sealed record Domain(bool Foreign, ushort Cpu, ulong Memory, string Mac, uint? Vlan, IReadOnlyList<string> Addresses, DateTimeOffset? Started)
{
    public static Domain Of(Machine machine, DateTimeOffset? started) => new(
        false, machine.Cpu, machine.Memory.Value, machine.Mac.ToString(), machine.Vlan, AddressesOf(machine.Card), started);

    public static List<string> AddressesOf(NetworkCard card) => [.. card.Addresses.Select(a => a.Address.ToString()).Order(StringComparer.Ordinal)];
}
