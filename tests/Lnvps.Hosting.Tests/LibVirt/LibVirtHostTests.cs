using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Sizes;
using Lnvps.Hosting.CloudInit;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.LibVirt;

namespace Lnvps.Hosting.Tests.LibVirt;

/// <summary>The whole life of machines on a real daemon with real QEMU.</summary>
[Trait("Speed", "slow"), Trait("Needs", "libvirt")]
public sealed class LibVirtHostTests : IAsyncLifetime
{
    HostFixture _f = null!;

    public async Task InitializeAsync() => _f = await HostFixture.Start();

    public async Task DisposeAsync() => await _f.DisposeAsync();

    LibVirtHost Host => _f.Host;

    static async Task Fatal(Task call) => Assert.False((await Assert.ThrowsAsync<OutsideFault>(() => call)).IsTransient);

    async Task<string[]> Leftovers(VmId vm)
    {
        var found = new List<string>(Directory.GetFiles(_f.PoolFolder, $"vm-{vm}-*"));
        if ((await _f.Server.Virsh("list", "--all", "--name")).Split('\n').Contains(Machine.NameOf(vm)))
            found.Add("domain");
        if ((await _f.Server.Virsh("nwfilter-list")).Contains(Names.Filter(vm) + "\n", StringComparison.Ordinal))
            found.Add("filter");
        found.AddRange(Directory.GetFiles(_f.Server.Folder, $"{Machine.NameOf(vm)}[._]*", SearchOption.AllDirectories)
            .Where(f => !f.EndsWith(".log", StringComparison.Ordinal)));
        return [.. found];
    }

    [Fact]
    public async Task A_machine_lives_and_leaves_nothing_behind()
    {
        var machine = _f.NewMachine();
        Assert.Null(await Host.GetState(machine.Vm, default));

        await Host.ImportDisk(machine, default);
        await Host.Define(machine, default);
        var defined = await Host.GetState(machine.Vm, default);
        Assert.Equal((MachinePower.Stopped, true), (defined!.Power, defined.HasDisk));

        await Host.Start(machine.Vm, default);
        Assert.Equal(MachinePower.Running, (await Host.GetState(machine.Vm, default))!.Power);
        await Host.Reset(machine.Vm, default);
        Assert.Equal(MachinePower.Running, (await Host.GetState(machine.Vm, default))!.Power);
        await Host.Stop(machine.Vm, default);
        Assert.Equal(MachinePower.Stopped, (await Host.GetState(machine.Vm, default))!.Power);
        await Host.Reset(machine.Vm, default);
        Assert.Equal(MachinePower.Running, (await Host.GetState(machine.Vm, default))!.Power);

        await Host.Delete(machine.Vm, default);
        Assert.Null(await Host.GetState(machine.Vm, default));
        Assert.Empty(await Leftovers(machine.Vm));
    }

    [Fact]
    public async Task Every_call_can_be_repeated()
    {
        var machine = _f.NewMachine();
        await Twice(() => Host.EnsureImage(machine.Image, null, default));
        await Twice(() => Host.ImportDisk(machine, default));
        await Twice(() => Host.Define(machine, default));
        await Twice(() => Host.ResizeDisk(machine.Vm, Bytes.FromMib(8), default));
        await Twice(() => Host.Start(machine.Vm, default));
        await Twice(() => Host.Define(machine, default));
        await Twice(() => Host.ResizeDisk(machine.Vm, Bytes.FromMib(12), default));
        await Twice(() => Host.Reset(machine.Vm, default));
        await Twice(() => Host.Stop(machine.Vm, default));
        await Twice(() => Host.DeleteDisk(machine.Vm, default));
        Assert.False((await Host.GetState(machine.Vm, default))!.HasDisk);
        await Twice(() => Host.Delete(machine.Vm, default));
        Assert.Empty(await Leftovers(machine.Vm));

        static async Task Twice(Func<Task> call)
        {
            await call();
            await call();
        }
    }

    [Fact]
    public async Task What_does_not_exist_is_an_error_to_run_and_a_success_to_delete()
    {
        var vm = _f.NewMachine().Vm;
        await Fatal(Host.Start(vm, default));
        await Fatal(Host.Stop(vm, default));
        await Fatal(Host.Reset(vm, default));
        await Fatal(Host.ResizeDisk(vm, Bytes.FromMib(8), default));
        await Fatal(Host.OpenConsole(vm, default));
        await Host.DeleteDisk(vm, default);
        await Host.Delete(vm, default);
    }

    [Fact]
    public async Task The_disk_has_the_machines_size_and_the_images_content()
    {
        var machine = _f.NewMachine();
        await Host.ImportDisk(machine, default);
        var disk = Path.Combine(_f.PoolFolder, Names.Disk(machine.Vm));
        Assert.Contains("\"virtual-size\": 4194304", Programs.Text("qemu-img", "info", "--output=json", disk), StringComparison.Ordinal);
        Assert.Contains("\"format\": \"qcow2\"", Programs.Text("qemu-img", "info", "--output=json", disk), StringComparison.Ordinal);
        Programs.Output("qemu-img", "convert", "-O", "raw", disk, disk + ".copy");
        var copy = await File.ReadAllBytesAsync(disk + ".copy");
        File.Delete(disk + ".copy");
        Assert.Equal(await File.ReadAllBytesAsync(_f.ImagePath), copy[..(1 << 20)]);
        Assert.All(copy[(1 << 20)..], b => Assert.Equal(0, b));
    }

    [Fact]
    public async Task Importing_again_replaces_a_disk_but_never_one_in_use()
    {
        var machine = await _f.Running();
        await Fatal(Host.ImportDisk(machine, default));
        await Fatal(Host.DeleteDisk(machine.Vm, default));
        await Host.Stop(machine.Vm, default);
        var disk = Path.Combine(_f.PoolFolder, Names.Disk(machine.Vm));
        Programs.Output("qemu-io", "-f", "qcow2", "-c", "write -P 7 2M 64k", disk);
        await Host.ImportDisk(machine, default);
        Programs.Output("qemu-io", "-f", "qcow2", "-c", "read -P 0 2M 64k", disk);
        await Host.Start(machine.Vm, default);
    }

    [Fact]
    public async Task A_disk_smaller_than_its_image_is_refused_and_nothing_is_made()
    {
        var machine = _f.NewMachine() with { DiskSize = new Bytes((1 << 20) - 512) };
        await Fatal(Host.ImportDisk(machine, default));
        Assert.Empty(await Leftovers(machine.Vm));
        await Host.ImportDisk(machine with { DiskSize = new Bytes(1 << 20) }, default);
    }

    [Fact]
    public async Task A_disk_grows_while_running_and_while_stopped_and_never_shrinks()
    {
        var machine = await _f.Running();
        await Host.ResizeDisk(machine.Vm, Bytes.FromMib(6), default);
        Assert.Contains("6291456", await _f.Server.Virsh("domblkinfo", machine.Name, "vda"), StringComparison.Ordinal);
        await Fatal(Host.ResizeDisk(machine.Vm, Bytes.FromMib(5), default));
        await Host.Stop(machine.Vm, default);
        await Host.ResizeDisk(machine.Vm, Bytes.FromMib(6), default);
        await Fatal(Host.ResizeDisk(machine.Vm, Bytes.FromMib(5), default));
        await Host.ResizeDisk(machine.Vm, Bytes.FromMib(9), default);
        Assert.Contains("9437184", await _f.Server.Virsh("domblkinfo", machine.Name, "vda"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_definition_is_what_was_asked_and_follows_changes()
    {
        var machine = _f.NewMachine();
        await Fatal(Host.Define(machine, default)); // The disk comes first.
        await Host.ImportDisk(machine, default);
        await Host.Define(machine, default);
        var seed = Path.Combine(_f.PoolFolder, Names.Seed(machine.Vm));
        Assert.Equal(SeedImage.Write(machine, HostFixture.Options.Resolvers), await File.ReadAllBytesAsync(seed));
        var inode = Programs.Text("stat", "-c", "%i", seed);

        await Host.Define(machine, default);
        Assert.Equal(inode, Programs.Text("stat", "-c", "%i", seed)); // The same seed is left alone.

        var grown = machine with { Cpu = 2, Memory = Bytes.FromMib(128), SshKey = "ssh-ed25519 AAAA other" };
        await Host.Define(grown, default);
        Assert.Equal(SeedImage.Write(grown, HostFixture.Options.Resolvers), await File.ReadAllBytesAsync(seed));
        var xml = await _f.Server.Virsh("dumpxml", machine.Name);
        Assert.Contains("<vcpu placement='static'>2</vcpu>", xml, StringComparison.Ordinal);
        Assert.Contains("<memory unit='KiB'>131072</memory>", xml, StringComparison.Ordinal);
        Assert.Contains($"<uuid>{MachineIdentity.UuidOf(machine.Vm)}</uuid>", xml, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_filter_of_a_running_machine_follows_its_addresses_at_once()
    {
        var machine = await _f.Running();
        Assert.Contains("192.0.2.10", await Rules(), StringComparison.Ordinal);
        await Host.Define(machine with { Addresses = [Machines.V4 with { Address = System.Net.IPAddress.Parse("192.0.2.77") }] }, default);
        var rules = await Rules();
        Assert.Contains("192.0.2.77", rules, StringComparison.Ordinal);
        Assert.DoesNotContain("192.0.2.10", rules, StringComparison.Ordinal);
        Assert.DoesNotContain("2001:db8::10", rules, StringComparison.Ordinal);

        // Setting the filter alone does the same, whatever it was before.
        await Host.PatchFirewall(machine.Card, default);
        await Host.PatchFirewall(machine.Card, default);
        rules = await Rules();
        Assert.Contains("192.0.2.10", rules, StringComparison.Ordinal);
        Assert.DoesNotContain("192.0.2.77", rules, StringComparison.Ordinal);

        async Task<string> Rules()
        {
            var nic = (await _f.Server.Virsh("domiflist", machine.Name)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[0].Trim();
            var all = await _f.Server.InNetwork("ebtables", "-t", "nat", "-L");
            return string.Join("\n\n", all.Split("\n\n").Where(chain => chain.Contains(nic, StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task A_filter_is_set_for_a_machine_that_lost_it_and_for_none_that_does_not_exist()
    {
        var machine = _f.NewMachine();
        await Fatal(Host.PatchFirewall(machine.Card, default));
        Assert.Empty(await Leftovers(machine.Vm));

        await Host.ImportDisk(machine, default);
        await Host.Define(machine, default);
        await _f.Server.Virsh("nwfilter-undefine", Names.Filter(machine.Vm));
        await Host.PatchFirewall(machine.Card, default);
        Assert.Contains("192.0.2.10", await _f.Server.Virsh("nwfilter-dumpxml", Names.Filter(machine.Vm)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task States_of_all_machines_skip_foreign_ones()
    {
        var mine = await _f.Running();
        var off = _f.NewMachine();
        await Host.ImportDisk(off, default);
        await Host.Define(off, default);
        var strangers = new[] { "web-server", "VM0815", "VM4000000000" };
        foreach (var name in strangers)
            await DefineForeign(name);
        try
        {
            var states = await Host.GetAllStates(default);
            Assert.Equal(MachinePower.Running, states[mine.Vm].Power);
            Assert.Equal(MachinePower.Stopped, states[off.Vm].Power);
            Assert.True(states[off.Vm].HasDisk);
            Assert.DoesNotContain(new VmId(4_000_000_000), states.Keys);
            Assert.DoesNotContain(new VmId(815), states.Keys);
        }
        finally
        {
            foreach (var name in strangers)
                await _f.Server.Virsh("undefine", name);
        }
    }

    [Fact]
    public async Task A_strangers_machine_of_our_name_is_left_alone()
    {
        var vm = new VmId(4_000_000_001);
        await DefineForeign(Machine.NameOf(vm));
        try
        {
            await Fatal(Host.Delete(vm, default));
            await Fatal(Host.Start(vm, default));
            await Fatal(Host.GetState(vm, default));
            Assert.Contains(Machine.NameOf(vm), await _f.Server.Virsh("list", "--all", "--name"), StringComparison.Ordinal);
        }
        finally
        {
            await _f.Server.Virsh("undefine", Machine.NameOf(vm));
        }
    }

    async Task DefineForeign(string name)
    {
        var path = Path.Combine(_f.Server.Folder, Path.GetRandomFileName());
        await File.WriteAllTextAsync(path, $"<domain type='qemu'><name>{name}</name><memory>65536</memory><os><type>hvm</type></os></domain>");
        await _f.Server.Virsh("define", path);
    }

    [Fact]
    public async Task Deleting_spares_what_the_machine_only_borrowed()
    {
        var machine = await _f.Running();
        await Host.Stop(machine.Vm, default);
        var rescue = Path.Combine(_f.PoolFolder, "rescue.iso");
        await File.WriteAllBytesAsync(rescue, new byte[4096]);
        await _f.Server.Virsh("pool-refresh", _f.Pool);
        await _f.Server.Virsh("attach-disk", machine.Name, rescue, "sdc", "--type", "cdrom", "--mode", "readonly", "--targetbus", "scsi", "--config");
        await Host.Delete(machine.Vm, default);
        Assert.True(File.Exists(rescue));
        Assert.Empty(await Leftovers(machine.Vm));
    }

    [Fact]
    public async Task The_host_reports_its_size_and_pools()
    {
        var info = await Host.GetInfo(default);
        Assert.Equal(Environment.ProcessorCount, info.Cpu);
        Assert.InRange(info.Memory.Value, Bytes.Gib, 1UL << 50);
        var pool = Assert.Single(info.Pools, p => p.Name == _f.Pool);
        Assert.InRange(pool.Used.Value, 1UL, pool.Size.Value);
    }

    [Fact]
    public void Macs_are_unicast_and_random()
    {
        var macs = Enumerable.Range(0, 100).Select(_ => Host.GenerateMac()).ToArray();
        Assert.All(macs, mac => Assert.StartsWith("52:54:00:", mac.ToString(), StringComparison.Ordinal));
        Assert.True(macs.Distinct().Count() > 95);
    }

    [Fact]
    public async Task A_missing_pool_is_named()
    {
        var fault = await Assert.ThrowsAsync<OutsideFault>(() => Host.ImportDisk(_f.NewMachine() with { Pool = "nowhere" }, default));
        Assert.False(fault.IsTransient);
        Assert.Contains("nowhere", fault.Message, StringComparison.Ordinal);
    }
}
