using System.Net;
using System.Text.Json.Serialization;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Sizes;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Hosting.Simulated;

// How processes talk to simulated hosts that stand in another process: one POST of a RoomCall per call, answered by a RoomAnswer. Plain values only.

/// <summary>One call to a simulated host; which of the optional values it has follows from the operation.</summary>
public sealed record RoomCall(string Host, HostOperation Operation)
{
    /// <summary>Number of the calling process, for the hosts' log.</summary>
    public required int Caller { get; init; }
    public uint? Vm { get; init; }
    public RoomMachine? Machine { get; init; }
    public RoomImage? Image { get; init; }
    /// <summary>Bytes.</summary>
    public ulong? Size { get; init; }
}

public sealed record RoomImage(uint Id, Uri Url);

public sealed record RoomAddress(string Address, int PrefixLength, string Gateway, bool Slaac);

/// <summary>A machine, or with nothing but its MAC and addresses its network card.</summary>
public sealed record RoomMachine(string Mac, IReadOnlyList<RoomAddress> Addresses)
{
    public string Pool { get; init; } = "";
    public DiskKind DiskKind { get; init; }
    public DiskInterface DiskInterface { get; init; }
    public ushort Cpu { get; init; }
    public ulong Memory { get; init; }
    public ulong DiskSize { get; init; }
    public uint? Vlan { get; init; }
    public RoomImage? Image { get; init; }
    public string SshKey { get; init; } = "";

    public static RoomMachine Of(NetworkCard card) =>
        new(card.Mac.ToString(), [.. card.Addresses.Select(a => new RoomAddress(a.Address.ToString(), a.PrefixLength, a.Gateway.ToString(), a.Slaac))]);

    public static RoomMachine Of(Machine machine) => Of(machine.Card) with
    {
        Pool = machine.Pool,
        DiskKind = machine.DiskKind,
        DiskInterface = machine.DiskInterface,
        Cpu = machine.Cpu,
        Memory = machine.Memory.Value,
        DiskSize = machine.DiskSize.Value,
        Vlan = machine.Vlan,
        Image = new RoomImage(machine.Image.Id.Value, machine.Image.Url),
        SshKey = machine.SshKey,
    };

    public NetworkCard CardOf(VmId vm) =>
        new(vm, MacAddress.Parse(Mac), [.. Addresses.Select(a => new MachineAddress(IPAddress.Parse(a.Address), a.PrefixLength, IPAddress.Parse(a.Gateway), a.Slaac))]);

    public Machine MachineOf(VmId vm)
    {
        var card = CardOf(vm);
        var image = Image ?? throw OutsideFault.Fatal("A machine without image");
        return new Machine(vm, Pool, DiskKind, DiskInterface, Cpu, new Bytes(Memory), new Bytes(DiskSize), card.Mac, Vlan, card.Addresses,
            new OsImage(new ImageId(image.Id), image.Url, Checksum: null, DefaultUser: null), SshKey);
    }
}

/// <param name="Vm">0 = the one that was asked for.</param>
public sealed record RoomState(uint Vm, MachinePower Power, double CpuUsage, double MemoryUsage, ulong UptimeSeconds, ulong NetIn, ulong NetOut, ulong DiskWrite, ulong DiskRead, bool HasDisk)
{
    public static RoomState Of(VmId vm, MachineState state) => new(
        vm.Value, state.Power, state.CpuUsage, state.MemoryUsage, state.UptimeSeconds, state.NetIn, state.NetOut, state.DiskWrite, state.DiskRead, state.HasDisk);

    public MachineState State => new(Power, CpuUsage, MemoryUsage, UptimeSeconds, NetIn, NetOut, DiskWrite, DiskRead, HasDisk);
}

public sealed record RoomPool(string Name, ulong Size, ulong Used);

/// <summary>What the host answered: a fault, or what the operation gives.</summary>
public sealed record RoomAnswer
{
    public string? Fault { get; init; }
    public bool IsTransient { get; init; }
    public ushort Cpu { get; init; }
    public ulong Memory { get; init; }
    public IReadOnlyList<RoomPool> Pools { get; init; } = [];
    public IReadOnlyList<RoomState> States { get; init; } = [];
}

[JsonSerializable(typeof(RoomCall))]
[JsonSerializable(typeof(RoomAnswer))]
public sealed partial class RoomJson : JsonSerializerContext;
