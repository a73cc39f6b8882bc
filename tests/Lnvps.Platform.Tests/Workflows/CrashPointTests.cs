using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Vms;
using Lnvps.Core.Workflows;
using Lnvps.Database.Addresses;
using Lnvps.Database.Vms;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Simulated;
using Lnvps.Platform.Workflows;
using Lnvps.Platform.Workflows.Engine;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Vms;
using Lnvps.Testing.Workflows;

namespace Lnvps.Platform.Tests.Workflows;

/// <summary>
/// What is found after a crash (provisioning.md section 21.2), whoever left it: an earlier attempt of this program, killed at that point, or another program. The
/// deletion's D1–D3 and the re-install's R1–R3 are with their workflows.
/// </summary>
public sealed class CrashPointTests
{
    static readonly string[] Complete = ["host-1/disk", "host-1/domain", "host-1/filter", "host-1/seed"];

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task S1_reserved_addresses_without_mac_are_used(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind);
        var vm = await shop.NewVm();
        var found = await shop.Db.Write(session => session.InsertAssignment(vm, shop.Ipv4, "10.7.0.77", default), default);
        await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
        var live = await shop.Live(vm);
        Assert.Equal((found, "10.7.0.77"), (live[0].Id, live[0].Ip));
        Assert.Equal(2, live.Count);
        Assert.False((await shop.Row(vm)).MacAddress.IsUnassigned);
    }

    [Fact]
    public async Task S1_addresses_found_stay_when_the_making_fails()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm();
        var found = await shop.Db.Write(session => session.InsertAssignment(vm, shop.Ipv4, "10.7.0.77", default), default);
        shop.World.Faults.Add(HostOperation.Define, new HostFault(FaultMoment.Midway, FaultAnswer.Fatal));
        await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
        Assert.Equal(found, Assert.Single(await shop.Live(vm)).Id);
        Assert.True((await shop.Row(vm)).MacAddress.IsUnassigned);
        Assert.Empty(shop.World.Inventory());
    }

    [Fact]
    public async Task S3_a_stored_mac_is_kept()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm();
        var mac = MacAddress.Parse("bc:24:11:4e:8f:d1");
        await shop.Db.Write(async session =>
        {
            await session.InsertAssignment(vm, shop.Ipv4, "10.7.0.77", default);
            await session.SetVmMac(vm, mac, default);
        }, default);
        await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
        Assert.Equal(mac, (await shop.Row(vm)).MacAddress);
        Assert.Equal("fd00:7::be24:11ff:fe4e:8fd1", (await shop.Live(vm))[1].Ip);
    }

    [Fact]
    public async Task S4_a_shell_without_disk_is_completed_and_not_taken_for_a_finished_vm()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        var host = shop.World.Host("host-1");
        await host.Stop(vm, default);
        await host.DeleteDisk(vm, default);
        await shop.Db.Write(session => session.ClearVmProgress(vm, default), default);
        await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
        Assert.Equal(Complete, shop.Objects(vm));
        Assert.Equal(MachinePower.Running, (await host.GetState(vm, default))!.Power);
        Assert.NotNull((await shop.Progress(vm)).ProvisionedAt);
    }

    // After each step: the process is killed; during it: half of the host's work is done and the answer never comes.
    [Theory]
    [InlineData("S5 importing", HostOperation.ImportDisk, FaultMoment.Midway)]
    [InlineData("S6 imported", HostOperation.ImportDisk, FaultMoment.After)]
    [InlineData("S7 filter but no machine", HostOperation.Define, FaultMoment.Midway)]
    [InlineData("S7 defined", HostOperation.Define, FaultMoment.After)]
    [InlineData("S8 started", HostOperation.Start, FaultMoment.After)]
    [InlineData("S12 all done but the record", HostOperation.GetState, FaultMoment.After)]
    public async Task S5_to_S12_the_next_process_completes_what_one_left_that_died_in_the_middle(string point, HostOperation operation, FaultMoment moment)
    {
        Assert.NotEmpty(point);
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm();
        var id = await shop.Rig.Ask(shop.Workflows.Create, Subject.Of(vm), new CreateVmInput());
        var life = new MortalDialect(shop.Db.Dialect);
        var db = new Database.Sessions.Db(life, shop.Db.Cipher, TimeProvider.System);
        var skip = operation == HostOperation.GetState ? 2 : 0; // The third look is the one that sees it running.
        shop.World.Faults.Choose = call =>
        {
            if (call.Operation != operation || skip-- > 0)
                return null;
            life.Kill();
            shop.World.Faults.Choose = null;
            return new HostFault(moment, FaultAnswer.Fatal);
        };
        await using (var dying = shop.Rig.Engine(new VmWorkflows(shop.BenchOn(db)).All, db))
        {
            await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => dying.RunRound(default));
        }
        Assert.True((await shop.Rig.Find(id)).IsOpen);

        shop.Rig.OutliveLeases();
        await shop.RunToEnd();
        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(id)).State);
        Assert.Equal(Complete, shop.Objects(vm));
        Assert.Equal((shop.Image, Core.Sizes.Bytes.FromGib(10)), shop.World.DiskOf("host-1", vm));
        Assert.Equal(2, (await shop.Live(vm)).Count);
        Assert.Equal((await shop.Live(vm)).Select(a => a.Ip).Order(StringComparer.Ordinal), shop.World.AllowedAddresses("host-1", vm));
        Assert.Single(await shop.History(vm), h => h.ActionType == VmHistoryAction.Started);
        Assert.Single(await shop.Messages(toCustomer: true));
    }

    [Fact]
    public async Task S12_asking_again_after_all_is_done_tells_nobody_twice()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
        Assert.Single(await shop.History(vm));
        Assert.Single(await shop.Messages(toCustomer: true));
        Assert.Single(await shop.Messages(toCustomer: false));
    }

    [Fact]
    public async Task S14_of_two_workers_exactly_one_goes_on_after_a_crash()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm();
        var id = await shop.Rig.Ask(shop.Workflows.Create, Subject.Of(vm), new CreateVmInput());
        var life = new MortalDialect(shop.Db.Dialect);
        var db = new Database.Sessions.Db(life, shop.Db.Cipher, TimeProvider.System);
        shop.World.Faults.Choose = call =>
        {
            if (call.Operation == HostOperation.ImportDisk)
                life.Kill();
            return null;
        };
        await using (var dying = shop.Rig.Engine(new VmWorkflows(shop.BenchOn(db)).All, db))
            await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => dying.RunRound(default));
        shop.World.Faults.Clear();
        var imports = shop.World.Calls(HostOperation.ImportDisk);

        await using var one = shop.Rig.Engine(shop.Workflows.All);
        await using var other = shop.Rig.Engine(shop.Workflows.All);
        Assert.Equal(0, await one.RunRound(default)); // The lease of the dead one still holds.
        shop.Rig.OutliveLeases();
        var taken = await Task.WhenAll(one.RunRound(default), other.RunRound(default));
        Assert.Equal(1, taken.Sum());
        Assert.Equal(imports + 1, shop.World.Calls(HostOperation.ImportDisk));
        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(id)).State);
    }
}
