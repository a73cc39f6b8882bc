using Lnvps.Core.Network;
using Lnvps.Core.Sizes;
using Lnvps.Database.Hosts;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Simulated;
using Lnvps.Platform.Worker;
using Lnvps.Testing.Databases;
using Microsoft.Extensions.Logging.Abstractions;
using static Lnvps.Platform.Tests.Worker.WorkerRig;

namespace Lnvps.Platform.Tests.Worker;

public sealed class HostResourcesTests
{
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task What_hosts_report_is_stored_where_it_differs_disabled_ones_too(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        await rig.Execute("UPDATE vm_host SET cpu = 8, memory = 1024, enabled = 0 WHERE id = 1");
        await rig.Execute("UPDATE vm_host_disk SET size = 5, enabled = 0 WHERE id = 1");
        await rig.Execute("INSERT INTO vm_host_disk (id, host_id, name, size, kind, interface, enabled) VALUES (9, 1, 'elsewhere', 7, 1, 2, 1)");
        var patch = new PatchHosts(rig.Shop, rig.Calls, NullLogger<PatchHosts>.Instance);

        Assert.Equal(2, await patch.Round(CancellationToken.None));
        Assert.Equal(0, await patch.Round(CancellationToken.None));

        var (host, disks) = await rig.Db.Read(async session => (await session.FindHost(Alpha, CancellationToken.None), await session.ListDisks(CancellationToken.None)), CancellationToken.None);
        Assert.Equal((64UL, Bytes.FromGib(256), false), (host!.Cpu, host.Memory, host.Enabled));
        Assert.Equal([Bytes.FromGib(4096), Bytes.FromGib(4096), new Bytes(7)], disks.Select(disk => disk.Size));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_host_that_fails_keeps_its_numbers_and_does_not_fail_the_others(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        await rig.Execute("UPDATE vm_host SET cpu = 8");
        rig.World.SetReachable("alpha", false);
        var patch = new PatchHosts(rig.Shop, rig.Calls, NullLogger<PatchHosts>.Instance);
        Assert.Equal(1, await patch.Round(CancellationToken.None));
        var hosts = await rig.Db.Read(session => session.ListHosts(CancellationToken.None), CancellationToken.None);
        Assert.Equal([8UL, 64UL], hosts.Select(host => host.Cpu));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task The_filters_of_active_machines_are_those_of_their_live_addresses_whatever_they_were(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var (lost, spoofing, silent, expired, elsewhere) = (await rig.Built(), await rig.Built(), await rig.Built(), await rig.Built(expires: -1), await rig.Built(host: Beta));
        var unmade = await rig.Vm();
        await rig.Give(unmade);
        var stranger = new MachineAddress(System.Net.IPAddress.Parse("10.0.9.9"), 16, System.Net.IPAddress.Parse("10.0.0.1"), Slaac: false);
        foreach (var (vm, addresses) in new[] { (lost, (MachineAddress[])[]), (spoofing, [stranger]), (silent, [stranger]), (expired, [stranger]) })
            await rig.World.Host("alpha").PatchFirewall(new NetworkCard(vm, MacAddress.Unassigned, addresses), CancellationToken.None);
        await rig.World.Host("beta").PatchFirewall(new NetworkCard(elsewhere, MacAddress.Unassigned, [stranger]), CancellationToken.None);
        rig.World.Faults.Add(HostOperation.PatchFirewall, new HostFault(FaultMoment.Before, FaultAnswer.Transient), vm: silent);
        var patch = new PatchHosts(rig.Shop, rig.Calls, NullLogger<PatchHosts>.Instance);

        await patch.Round(CancellationToken.None);
        Assert.Equal([$"10.0.1.{lost.Value + 1}"], rig.World.AllowedAddresses("alpha", lost));
        Assert.Equal([$"10.0.1.{spoofing.Value + 1}"], rig.World.AllowedAddresses("alpha", spoofing));
        Assert.Equal([$"10.0.1.{elsewhere.Value + 1}"], rig.World.AllowedAddresses("beta", elsewhere));
        Assert.Equal(["10.0.9.9"], rig.World.AllowedAddresses("alpha", expired));
        Assert.Equal(["10.0.9.9"], rig.World.AllowedAddresses("alpha", silent));
        Assert.Null(rig.World.AllowedAddresses("alpha", unmade));

        await patch.Round(CancellationToken.None);
        Assert.Equal([$"10.0.1.{silent.Value + 1}"], rig.World.AllowedAddresses("alpha", silent));
    }

    [Fact]
    public async Task An_address_that_changes_while_filters_are_set_is_in_its_filter()
    {
        await using var rig = await WorkerRig.Create(DatabaseKind.Sqlite);
        var vm = await rig.Built();
        var asked = 0;
        // Another process changes the address just before the host hears of the old one.
        rig.World.Faults.Choose = call =>
        {
            if (call.Operation == HostOperation.PatchFirewall && ++asked == 1)
                rig.Execute("UPDATE vm_ip_assignment SET ip = '10.0.7.7'").GetAwaiter().GetResult();
            return null;
        };
        await new PatchHosts(rig.Shop, rig.Calls, NullLogger<PatchHosts>.Instance).Round(CancellationToken.None);
        Assert.Equal(["10.0.7.7"], rig.World.AllowedAddresses("alpha", vm));
        Assert.Equal(2, asked);
    }
}
