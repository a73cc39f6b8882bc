using System.Net;
using System.Text;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Randomness;
using Lnvps.Core.Sizes;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Simulated;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Hosting.Tests.Simulated;

/// <summary>The simulated host is as strict as LibVirt: what passes here must not fail there for a reason that could be simulated.</summary>
public sealed class SimulatedHostTests
{
    static readonly VmId Vm = new(5);

    readonly FakeTimeProvider _time = new();
    readonly SimulatedWorld _world;
    readonly SimulatedHost _host;

    public SimulatedHostTests()
    {
        _world = new SimulatedWorld(_time, new SeededRandomness(1));
        _host = _world.Host("a");
    }

    static Machine Some(VmId? vm = null) => new(
        vm ?? Vm, "default", DiskKind.Ssd, DiskInterface.Pcie, 2, Bytes.FromGib(2), Bytes.FromGib(20), MacAddress.Parse("52:54:00:00:00:05"), null,
        [new MachineAddress(IPAddress.Parse("10.0.0.5"), 24, IPAddress.Parse("10.0.0.1"), Slaac: false)],
        new OsImage(new ImageId(1), new Uri("http://127.0.0.1/a.qcow2"), null, null), "ssh-ed25519 AAAA");

    async Task Make(Machine? machine = null)
    {
        machine ??= Some();
        await _host.EnsureImage(machine.Image, null, default);
        await _host.ImportDisk(machine, default);
        await _host.Define(machine, default);
        await _host.Start(machine.Vm, default);
    }

    [Fact]
    public async Task A_machine_lives_from_import_to_deletion()
    {
        Assert.Null(await _host.GetState(Vm, default));
        await Make();
        _time.Advance(TimeSpan.FromMinutes(1));
        var state = await _host.GetState(Vm, default);
        Assert.Equal((MachinePower.Running, 60UL, true), (state!.Power, state.UptimeSeconds, state.HasDisk));
        Assert.Equal(Vm, Assert.Single(await _host.GetAllStates(default)).Key);
        Assert.Equal(["a/disk/vm-5-disk0", "a/domain/VM5", "a/filter/lnvps-vm-5", "a/seed/vm-5-seed.iso"], _world.Inventory().Select(o => o.ToString()));
        Assert.Equal(Bytes.FromGib(20), (await _host.GetInfo(default)).Pools[0].Used);
        await _host.Stop(Vm, default);
        await _host.Stop(Vm, default);
        Assert.Equal(MachinePower.Stopped, (await _host.GetState(Vm, default))!.Power);
        await _host.Reset(Vm, default);
        Assert.Equal(MachinePower.Running, (await _host.GetState(Vm, default))!.Power);
        await _host.Delete(Vm, default);
        await _host.Delete(Vm, default);
        Assert.Empty(_world.Inventory());
    }

    [Fact]
    public async Task Refuses_what_a_hypervisor_refuses()
    {
        await Fatal(() => _host.Start(Vm, default));
        await Fatal(() => _host.Stop(Vm, default));
        await Fatal(() => _host.Reset(Vm, default));
        await Fatal(() => _host.ImportDisk(Some(), default)); // no image
        await _host.EnsureImage(Some().Image, null, default);
        await Fatal(() => _host.ImportDisk(Some() with { DiskSize = Bytes.FromGib(1) }, default));
        await Fatal(() => _host.ImportDisk(Some() with { Pool = "none" }, default));
        await Fatal(() => _host.ImportDisk(Some() with { DiskSize = Bytes.FromGib(5000) }, default));
        await Fatal(() => _host.Define(Some() with { Mac = MacAddress.Unassigned }, default));
        await Fatal(() => _host.Define(Some() with { Mac = MacAddress.Parse("53:54:00:00:00:05") }, default));
        await Fatal(() => _host.Define(Some() with { SshKey = "" }, default));
        await Fatal(() => _host.Define(Some() with { Cpu = 0 }, default));
        await _host.Define(Some(), default);
        await Fatal(() => _host.Start(Vm, default)); // no disk
        Assert.False((await _host.GetState(Vm, default))!.HasDisk);
        await Make();
        await Fatal(() => _host.ImportDisk(Some(), default)); // it runs
        await Fatal(() => _host.DeleteDisk(Vm, default));
        await Fatal(() => _host.ResizeDisk(Vm, Bytes.FromGib(19), default));
        await _host.ResizeDisk(Vm, Bytes.FromGib(20), default);
    }

    [Fact]
    public async Task Leaves_foreign_machines_alone()
    {
        _world.AddForeign("a", "VM5");
        Assert.Null(await _host.GetState(Vm, default));
        Assert.Empty(await _host.GetAllStates(default));
        await Fatal(() => _host.Define(Some(), default));
        await Fatal(() => _host.Delete(Vm, default));
        await Fatal(() => _host.Start(Vm, default));
        Assert.Empty(_world.Inventory());
    }

    [Theory]
    [InlineData(FaultMoment.Before, 0)]
    [InlineData(FaultMoment.Midway, 1)]
    [InlineData(FaultMoment.After, 1)]
    public async Task Fails_as_planned(FaultMoment moment, int disks)
    {
        await _host.EnsureImage(Some().Image, null, default);
        _world.Faults.Add(HostOperation.ImportDisk, new HostFault(moment, FaultAnswer.Transient), skip: 0);
        var error = await Assert.ThrowsAsync<OutsideFault>(() => _host.ImportDisk(Some(), default));
        Assert.True(error.IsTransient);
        Assert.Equal(disks, _world.Inventory().Count);
        Assert.Equal(moment == FaultMoment.After, _world.DiskOf("a", Vm) is not null);
        await _host.Define(Some(), default);
        if (moment == FaultMoment.Midway)
            await Fatal(() => _host.Start(Vm, default)); // half an image
        await Make();
        Assert.Equal(2, _world.Calls(HostOperation.ImportDisk));
    }

    [Fact]
    public async Task Is_silent_slow_or_away_as_planned()
    {
        _world.Faults.Add(HostOperation.GetInfo, new HostFault(FaultMoment.Before, FaultAnswer.Silence));
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _host.GetInfo(patience.Token));

        _world.Faults.Latency = _ => TimeSpan.FromSeconds(3);
        var slow = _host.GetInfo(default);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(slow.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await slow;
        _world.Faults.Clear();

        await Make();
        _world.SetReachable("a", false);
        Assert.True((await Assert.ThrowsAsync<OutsideFault>(() => _host.GetState(Vm, default))).IsTransient);
        _world.SetReachable("a", true);
        Assert.Equal(MachinePower.Running, (await _host.GetState(Vm, default))!.Power);
    }

    [Fact]
    public async Task Two_machines_with_one_address_are_noticed()
    {
        await Make();
        await Make(Some(new VmId(6)) with { Mac = MacAddress.Parse("52:54:00:00:00:06") });
        Assert.Equal(["10.0.0.5"], _world.Clashes());
    }

    [Fact]
    public async Task Redefining_replaces_the_filter_and_does_not_stop_the_machine()
    {
        await Make();
        await _host.Define(Some() with { Addresses = [new MachineAddress(IPAddress.Parse("10.0.0.9"), 24, IPAddress.Parse("10.0.0.1"), Slaac: false)] }, default);
        Assert.Equal(["10.0.0.9"], _world.AllowedAddresses("a", Vm));
        Assert.Equal(MachinePower.Running, (await _host.GetState(Vm, default))!.Power);
    }

    [Fact]
    public async Task The_filter_alone_can_be_set_for_a_machine_that_exists()
    {
        await Fatal(() => _host.PatchFirewall(Some().Card, default));
        Assert.Empty(_world.Inventory());
        await Make();
        await _host.PatchFirewall(Some().Card with { Addresses = [] }, default);
        Assert.Empty(_world.AllowedAddresses("a", Vm)!);
    }

    [Fact]
    public async Task The_console_greets_and_echoes()
    {
        await Make();
        await using var console = await _host.OpenConsole(Vm, default);
        await console.WriteAsync("ls\r"u8.ToArray());
        var buffer = new byte[100];
        var read = await console.ReadAtLeastAsync(buffer, 14);
        Assert.Equal("VM5 login: ls\r", Encoding.UTF8.GetString(buffer, 0, read));
        await _host.Stop(Vm, default);
        await Fatal(() => _host.OpenConsole(Vm, default));
    }

    [Fact]
    public async Task A_world_with_a_file_is_found_again_by_the_next_process()
    {
        var folder = Directory.CreateTempSubdirectory("lnvps-world-");
        try
        {
            var file = Path.Combine(folder.FullName, "world.json");
            var before = new SimulatedWorld(_time, new SeededRandomness(1), file);
            var host = before.Host("a", new HostShape(4, Bytes.FromGib(8), [new PoolShape("default", Bytes.FromGib(100))]));
            await host.EnsureImage(Some().Image, null, default);
            await host.ImportDisk(Some(), default);
            await host.Define(Some(), default);
            await host.Start(Vm, default);

            var after = new SimulatedWorld(_time, new SeededRandomness(1), file);
            Assert.Equal(before.Inventory(), after.Inventory());
            Assert.Equal(MachinePower.Running, (await after.Host("a").GetState(Vm, default))!.Power);
            Assert.Equal(4, (await after.Host("a").GetInfo(default)).Cpu);
            Assert.Equal(["10.0.0.5"], after.AllowedAddresses("a", Vm));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Macs_have_the_prefix_of_libvirt_and_differ()
    {
        var macs = Enumerable.Range(0, 100).Select(_ => _host.GenerateMac()).ToList();
        Assert.All(macs, mac => Assert.StartsWith("52:54:00:", mac.ToString(), StringComparison.Ordinal));
        Assert.Equal(100, macs.Distinct().Count());
    }

    static async Task Fatal(Func<Task> call) => Assert.False((await Assert.ThrowsAsync<OutsideFault>(call)).IsTransient);
}
