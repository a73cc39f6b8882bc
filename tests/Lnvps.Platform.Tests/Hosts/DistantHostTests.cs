using System.Net;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Randomness;
using Lnvps.Core.Sizes;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Http;
using Lnvps.Hosting.Simulated;
using Lnvps.Testing.Servers;

namespace Lnvps.Platform.Tests.Hosts;

/// <summary>A simulated host in another process is the same host.</summary>
public sealed class DistantHostTests : IAsyncLifetime, IDisposable
{
    static readonly VmId Vm = new(7);

    readonly HttpClient _http = OutgoingHttp.ForCalls();
    RoomServer _room = null!;
    DistantHost _host = null!;

    public async Task InitializeAsync()
    {
        _room = await RoomServer.Start(_ => TimeSpan.FromMilliseconds(50));
        _host = new DistantHost(_http, _room.Address, "host1", new SecureRandomness());
    }

    [Fact]
    public async Task A_machine_lives_its_life()
    {
        var machine = Machine();
        await _host.EnsureImage(machine.Image, null, default);
        await _host.ImportDisk(machine, default);
        await _host.Define(machine, default);
        Assert.Equal(((ushort)2, Bytes.FromGib(1)), _room.World.SizeOf("host1", Vm)!.Value);
        Assert.Equal(["10.0.0.2", "fd00::2"], _room.World.AllowedAddresses("host1", Vm));
        await _host.Start(Vm, default);
        Assert.Equal(MachinePower.Running, (await _host.GetState(Vm, default))!.Power);
        await _host.Reset(Vm, default);
        await _host.PatchFirewall(machine.Card with { Addresses = [] }, default);
        Assert.Empty(_room.World.AllowedAddresses("host1", Vm)!);
        await _host.Stop(Vm, default);
        Assert.Equal(MachinePower.Stopped, Assert.Single(await _host.GetAllStates(default)).Value.Power);
        await _host.ResizeDisk(Vm, Bytes.FromGib(20), default);
        Assert.Equal((new ImageId(3), Bytes.FromGib(20)), _room.World.DiskOf("host1", Vm)!.Value);
        var info = await _host.GetInfo(default);
        Assert.Equal((HostShape.Roomy.Cpu, HostShape.Roomy.Memory, Bytes.FromGib(20)), (info.Cpu, info.Memory, Assert.Single(info.Pools).Used));
        await _host.DeleteDisk(Vm, default);
        await _host.Delete(Vm, default);
        Assert.Empty(_room.World.Inventory());
        Assert.Null(await _host.GetState(Vm, default));
    }

    [Fact]
    public async Task Refusals_and_silence_are_what_they_were()
    {
        Assert.False((await Assert.ThrowsAsync<OutsideFault>(() => _host.Start(Vm, default))).IsTransient);
        _room.World.SetReachable("host1", reachable: false);
        Assert.True((await Assert.ThrowsAsync<OutsideFault>(() => _host.Start(Vm, default))).IsTransient);
        await _room.DisposeAsync();
        Assert.True((await Assert.ThrowsAsync<OutsideFault>(() => _host.Start(Vm, default))).IsTransient);
    }

    [Fact]
    public async Task Two_at_a_time_on_one_machine_are_seen()
    {
        await _host.EnsureImage(Machine().Image, null, default);
        await _host.Define(Machine(), default);
        await _host.Stop(Vm, default);
        Assert.DoesNotContain(_room.Log, entry => entry.Overlaps);

        await Task.WhenAll(_host.Stop(Vm, default), _host.Stop(Vm, default));

        Assert.Single(_room.Log, entry => entry.Overlaps);
        Assert.All(_room.Log, entry => Assert.Equal(Environment.ProcessId, entry.Caller));
    }

    Machine Machine() => new(Vm, "default", DiskKind.Ssd, DiskInterface.Pcie, 2, Bytes.FromGib(1), Bytes.FromGib(10), _host.GenerateMac(), null,
        [
            new MachineAddress(IPAddress.Parse("10.0.0.2"), 24, IPAddress.Parse("10.0.0.1"), Slaac: false),
            new MachineAddress(IPAddress.Parse("fd00::2"), 64, IPAddress.Parse("fd00::1"), Slaac: true),
        ],
        new OsImage(new ImageId(3), new Uri("https://images.example.com/i.qcow2"), null, null), "ssh-ed25519 AAAA");

    public Task DisposeAsync() => _room.DisposeAsync().AsTask();

    public void Dispose() => _http.Dispose();
}
