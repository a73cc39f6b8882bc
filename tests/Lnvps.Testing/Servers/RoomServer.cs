using System.Text.Json;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Randomness;
using Lnvps.Core.Sizes;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Simulated;
using Lnvps.Testing.Http;
using Microsoft.AspNetCore.Http;

namespace Lnvps.Testing.Servers;

/// <summary>A call that changed, or tried to change, one machine.</summary>
/// <param name="Caller">Number of the calling process.</param>
/// <param name="Overlaps">Another such call on the machine was under way when it began.</param>
public sealed record RoomEntry(long Number, uint Vm, HostOperation Operation, int Caller, bool Overlaps, string? Fault);

/// <summary>
/// Simulated hosts that processes reach over HTTP, as hypervisors are: they outlive whoever calls them, and finish what they began when the caller has died. Every
/// change of a machine is logged, with whether another was under way.
/// </summary>
public sealed class RoomServer : IAsyncDisposable
{
    readonly LoopbackServer _server;
    readonly Lock _gate = new();
    readonly Dictionary<uint, int> _underWay = [];
    readonly List<RoomEntry> _log = [];
    long _calls;

    RoomServer(LoopbackServer server, SimulatedWorld world) => (_server, World) = (server, world);

    public SimulatedWorld World { get; }

    /// <summary>Value of <c>provisioner.simulated.url</c>.</summary>
    public Uri Address => _server.Address;

    /// <summary>Everything so far, in the order in which the calls began.</summary>
    public IReadOnlyList<RoomEntry> Log
    {
        get
        {
            lock (_gate)
                return [.. _log.OrderBy(entry => entry.Number)];
        }
    }

    /// <param name="latency">How long calls take at least.</param>
    public static async Task<RoomServer> Start(Func<HostOperation, TimeSpan> latency)
    {
        var world = new SimulatedWorld(TimeProvider.System, new SecureRandomness());
        world.Faults.Latency = call => latency(call.Operation);
        RoomServer? room = null;
        var server = await LoopbackServer.Start(context => room!.Answer(context));
        return room = new RoomServer(server, world);
    }

    async Task Answer(HttpContext context)
    {
        var call = await JsonSerializer.DeserializeAsync(context.Request.Body, RoomJson.Default.RoomCall, context.RequestAborted);
        var answer = await Run(call!);
        await LoopbackServer.Json(context, 200, JsonSerializer.Serialize(answer, RoomJson.Default.RoomAnswer));
    }

    async Task<RoomAnswer> Run(RoomCall call)
    {
        if (call.Vm is not { } vm || call.Operation == HostOperation.GetState)
            return await Do(call);
        bool overlaps;
        long number;
        lock (_gate)
        {
            // Setting a filter neither disturbs nor is disturbed.
            overlaps = _underWay.GetValueOrDefault(vm) > 0;
            if (call.Operation != HostOperation.PatchFirewall)
                _underWay[vm] = _underWay.GetValueOrDefault(vm) + 1;
            number = ++_calls;
        }
        var answer = await Do(call);
        lock (_gate)
        {
            if (call.Operation != HostOperation.PatchFirewall)
                _underWay[vm]--;
            _log.Add(new RoomEntry(number, vm, call.Operation, call.Caller, overlaps, answer.Fault));
        }
        return answer;
    }

    async Task<RoomAnswer> Do(RoomCall call)
    {
        try
        {
            return await Do(World.Host(call.Host), call, new VmId(call.Vm ?? 0));
        }
        catch (OutsideFault fault)
        {
            return new RoomAnswer { Fault = fault.Message, IsTransient = fault.IsTransient };
        }
    }

    // Nobody's death stops a host.
    static async Task<RoomAnswer> Do(SimulatedHost host, RoomCall call, VmId vm)
    {
        var stop = CancellationToken.None;
        switch (call.Operation)
        {
            case HostOperation.GetInfo:
                var info = await host.GetInfo(stop);
                return new RoomAnswer
                {
                    Cpu = info.Cpu,
                    Memory = info.Memory.Value,
                    Pools = [.. info.Pools.Select(pool => new RoomPool(pool.Name, pool.Size.Value, pool.Used.Value))],
                };
            case HostOperation.GetState:
                return new RoomAnswer { States = await host.GetState(vm, stop) is { } state ? [RoomState.Of(vm, state)] : [] };
            case HostOperation.GetAllStates:
                return new RoomAnswer { States = [.. (await host.GetAllStates(stop)).Select(pair => RoomState.Of(pair.Key, pair.Value))] };
            default:
                await Change(host, call, vm, stop);
                return new RoomAnswer();
        }
    }

    static Task Change(SimulatedHost host, RoomCall call, VmId vm, CancellationToken stop) => call.Operation switch
    {
        HostOperation.EnsureImage => host.EnsureImage(new OsImage(new ImageId(call.Image!.Id), call.Image.Url, null, null), null, stop),
        HostOperation.ImportDisk => host.ImportDisk(call.Machine!.MachineOf(vm), stop),
        HostOperation.DeleteDisk => host.DeleteDisk(vm, stop),
        HostOperation.Define => host.Define(call.Machine!.MachineOf(vm), stop),
        HostOperation.PatchFirewall => host.PatchFirewall(call.Machine!.CardOf(vm), stop),
        HostOperation.Start => host.Start(vm, stop),
        HostOperation.Stop => host.Stop(vm, stop),
        HostOperation.Reset => host.Reset(vm, stop),
        HostOperation.Delete => host.Delete(vm, stop),
        HostOperation.ResizeDisk => host.ResizeDisk(vm, new Bytes(call.Size!.Value), stop),
        _ => throw OutsideFault.Fatal($"{call.Operation} has no wire form"),
    };

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
