using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Sizes;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Core.Workflows;
using Lnvps.Database.Addresses;
using Lnvps.Database.Vms;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Simulated;
using Lnvps.Platform.Workflows;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Vms;

namespace Lnvps.Platform.Tests.Workflows;

public sealed class CreateVmTests
{
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Makes_the_machine_with_its_addresses_and_tells_owner_and_operators(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind);
        var vm = await shop.NewVm();
        var id = await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());

        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(id)).State);
        Assert.Equal(["host-1/disk", "host-1/domain", "host-1/filter", "host-1/seed"], shop.Objects(vm));
        Assert.Equal((shop.Image, Bytes.FromGib(10)), shop.World.DiskOf("host-1", vm));
        Assert.Equal(MachinePower.Running, (await shop.World.Host("host-1").GetState(vm, default))!.Power);

        var row = await shop.Row(vm);
        Assert.StartsWith("52:54:00:", row.MacAddress.ToString(), StringComparison.Ordinal);
        var live = (await shop.Live(vm)).Select(a => a.Ip).ToList();
        Assert.Equal(2, live.Count);
        Assert.Equal("10.7.0.2", live[0]);
        Assert.StartsWith("fd00:7::5054:ff:fe", live[1], StringComparison.Ordinal);
        Assert.Equal(live.Order(StringComparer.Ordinal), shop.World.AllowedAddresses("host-1", vm));

        var progress = await shop.Progress(vm);
        Assert.NotNull(progress.ProvisionedAt);
        Assert.Equal((UnfinishedWork.None, null, 0u, "tell the customer"), (progress.Unfinished, progress.OnHost, progress.Attempts, progress.LastStep));
        var history = Assert.Single(await shop.History(vm));
        Assert.Equal((VmHistoryAction.Started, null, shop.Now, $"VM {vm} was started"), (history.ActionType, history.InitiatedByUser, history.Timestamp, history.Description));
        var message = Assert.Single(await shop.Messages(toCustomer: true));
        Assert.Equal($"[VM{vm}] Created", message.Title);
        Assert.Equal($"VM {vm} was created.\nImage: Debian 12\nCPU: 1\nRAM: 1 GB\nDisk: 10 GB\nIP: 10.7.0.2\nIP: {live[1]}", message.Message);
        Assert.EndsWith("Owner: npub1v0lxxxxutpvrelsksy8cdhgfux9l6a42hsj2qzquu2zk7vc9qnkszrqj49", Assert.Single(await shop.Messages(toCustomer: false)).Message, StringComparison.Ordinal);
        Assert.NotNull(shop.Bench.States.Find(vm));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Of_more_paid_machines_than_there_is_room_for_the_one_ordered_first_is_made(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind, ipv4: "10.7.0.0/30", gateway: "10.7.0.1/30");
        var (first, second) = (await shop.NewVm(), await shop.NewVm());

        await shop.Run(shop.Workflows.Create, second, new CreateVmInput());
        await shop.Run(shop.Workflows.Create, first, new CreateVmInput());

        Assert.NotNull((await shop.Progress(first)).ProvisionedAt);
        Assert.Null((await shop.Progress(second)).ProvisionedAt);
        Assert.Empty(shop.Objects(second));
    }

    [Fact]
    public async Task Steps_are_recorded_with_their_times()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm();
        await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
        var report = Assert.Single(await shop.Db.Read(s => shop.Rig.Store.Reports(s, Subject.Of(vm), 10, default), default));
        Assert.Equal(
            ["choose a host", "look at the host", "reserve addresses", "fetch the image", "import disk", "define machine", "start", "wait until it runs", "tell the customer"],
            report.Steps.Select(step => step.Name));
        Assert.All(report.Steps, step => Assert.True(step.Finished >= step.Started));
    }

    [Theory]
    [InlineData("expired")]
    [InlineData("unpaid")]
    [InlineData("deleted")]
    [InlineData("being deleted")]
    [InlineData("made")]
    public async Task Leaves_a_vm_alone_that_needs_no_making(string condition)
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm(paid: condition != "unpaid");
        await shop.Db.Write(session => condition switch
        {
            "expired" => session.SetVmExpires(vm, shop.Now, default),
            "deleted" => session.MarkVmDeleted(vm, default),
            "being deleted" => session.BeginVmWork(vm, UnfinishedWork.Deleting, null, default),
            "made" => session.MarkVmProvisioned(vm, new Moment(1), default),
            _ => Task.CompletedTask,
        }, default);
        var id = await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(id)).State);
        Assert.Empty(shop.World.Inventory());
        Assert.Empty(await shop.Live(vm));
        Assert.True((await shop.Row(vm)).MacAddress.IsUnassigned);
        Assert.Empty(await shop.History(vm));
        Assert.Equal(0, shop.World.Calls(HostOperation.GetState));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Changes_nothing_about_a_complete_machine_from_before_progress_was_kept(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind);
        var vm = await shop.NewRunningVm();
        await shop.Db.Write(session => session.ClearVmProgress(vm, default), default);
        var (row, live, imports) = (await shop.Row(vm), await shop.Live(vm), shop.World.Calls(HostOperation.ImportDisk));
        await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
        Assert.Equal(row, await shop.Row(vm));
        Assert.Equal(live, await shop.Live(vm));
        Assert.Equal(imports, shop.World.Calls(HostOperation.ImportDisk));
        Assert.NotNull((await shop.Progress(vm)).ProvisionedAt);
        Assert.Single(await shop.History(vm));
    }

    [Fact]
    public async Task Does_not_touch_a_machine_with_a_disk_that_it_cannot_explain()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        await shop.Db.Write(async session =>
        {
            await session.ClearVmProgress(vm, default);
            await session.SetVmMac(vm, MacAddress.Unassigned, default);
        }, default);
        var id = await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
        Assert.Equal("exists", (await shop.Rig.Find(id)).ErrorCode);
        Assert.Equal(4, shop.Objects(vm).Count);
        Assert.Equal(2, (await shop.Live(vm)).Count);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Moves_to_another_host_when_its_own_no_longer_takes_it(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind, hosts: 2);
        var vm = await shop.NewVm();
        await shop.Db.Write(session => session.Execute("UPDATE vm_host SET enabled = 0 WHERE id = @id", new { id = shop.Hosts[0] }), default);
        await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
        Assert.Equal((shop.Hosts[1], shop.Disks[1]), ((await shop.Row(vm)).HostId, (await shop.Row(vm)).DiskId));
        Assert.Contains("host-2/domain", shop.Objects(vm));
        Assert.DoesNotContain("host-1/domain", shop.Objects(vm));
    }

    [Fact]
    public async Task After_a_failure_on_another_host_the_row_is_as_it_was()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite, hosts: 2);
        var vm = await shop.NewVm();
        var before = await shop.Row(vm);
        await shop.Db.Write(session => session.Execute("UPDATE vm_host SET enabled = 0 WHERE id = @id", new { id = shop.Hosts[0] }), default);
        shop.World.Faults.Add(HostOperation.Define, new HostFault(FaultMoment.Midway, FaultAnswer.Fatal));
        await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
        Assert.Equal(before, await shop.Row(vm));
        Assert.Empty(shop.World.Inventory());
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Without_room_it_stays_pending_tells_operators_once_and_waits_longer_each_time(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind, hostCpu: 1);
        await shop.NewVm();
        var vm = await shop.NewVm();
        var before = await shop.Row(vm);
        foreach (var minutes in new[] { 1, 2, 5, 15, 60, 60 })
        {
            var id = await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
            Assert.Equal((WorkflowState.Undone, "no-room"), ((await shop.Rig.Find(id)).State, (await shop.Rig.Find(id)).ErrorCode));
            Assert.Equal(shop.Time.Moment().Plus(TimeSpan.FromMinutes(minutes)), (await shop.Progress(vm)).NextAttempt);
        }
        Assert.Equal(before, await shop.Row(vm));
        Assert.Single(await shop.Messages(toCustomer: false));
        Assert.Empty(await shop.Messages(toCustomer: true));
        Assert.Empty(shop.World.Inventory());
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Without_an_ipv4_address_it_fails_and_leaves_nothing(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind, ipv4: "10.7.0.0/30");
        var (first, second) = (await shop.NewVm(), await shop.NewVm());
        // Room is promised to both; what the second would have had is taken by hand.
        await shop.Run(shop.Workflows.Create, first, new CreateVmInput());
        var id = await shop.Run(shop.Workflows.Create, second, new CreateVmInput());
        Assert.Equal(WorkflowState.Undone, (await shop.Rig.Find(id)).State);
        Assert.Empty(shop.Objects(second));
        Assert.Empty(await shop.Live(second));
        Assert.True((await shop.Row(second)).MacAddress.IsUnassigned);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Many_at_once_get_different_addresses_and_macs(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind);
        var vms = new List<VmId>();
        for (var i = 0; i < 40; i++)
        {
            vms.Add(await shop.NewVm());
            await shop.Rig.Ask(shop.Workflows.Create, Subject.Of(vms[^1]), new CreateVmInput());
        }
        await using var one = shop.Rig.Engine(new VmWorkflows(shop.BenchOn(shop.Db)).All);
        await using var other = shop.Rig.Engine(new VmWorkflows(shop.BenchOn(shop.Db)).All);
        await Task.WhenAll(shop.Rig.RunToEnd(one), shop.Rig.RunToEnd(other));
        await shop.Rig.RunToEnd(one);

        var addresses = new List<string>();
        foreach (var vm in vms)
        {
            Assert.Equal(2, (await shop.Live(vm)).Count);
            addresses.AddRange((await shop.Live(vm)).Select(a => a.Ip));
            Assert.Equal(4, shop.Objects(vm).Count);
        }
        Assert.Equal(80, addresses.Distinct().Count());
        Assert.Contains("10.7.0.41", addresses); // sequential: no gaps
        Assert.Empty(shop.World.Clashes());
        Assert.Equal(160, shop.World.Inventory().Count);
    }

    [Fact]
    public async Task A_vm_without_size_fails_and_is_not_repeated()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm();
        await shop.Db.Write(session => session.Execute("UPDATE vm SET template_id = NULL WHERE id = @vm", new { vm }), default);
        var id = await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
        Assert.Equal((WorkflowState.Undone, "no-template"), ((await shop.Rig.Find(id)).State, (await shop.Rig.Find(id)).ErrorCode));
    }

    [Fact]
    public async Task A_host_of_an_unconfigured_kind_is_a_fatal_error()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm();
        await shop.Db.Write(session => session.Execute("UPDATE vm_host SET kind = 0"), default);
        var id = await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
        var row = await shop.Rig.Find(id);
        Assert.Equal(WorkflowState.Undone, row.State);
        Assert.StartsWith("Unknown host configuration", row.ErrorDetail, StringComparison.Ordinal);
        Assert.Single(await shop.Rig.Steps(id), step => step.Outcome == StepOutcome.Failed);
    }

    [Fact]
    public async Task A_deletion_asked_for_meanwhile_interrupts_the_making()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm();
        shop.World.Faults.Add(HostOperation.Start, new HostFault(FaultMoment.Before, FaultAnswer.Transient), times: 2);
        var create = await shop.Rig.Ask(shop.Workflows.Create, Subject.Of(vm), new CreateVmInput());
        await using var engine = shop.Rig.Engine(shop.Workflows.All);
        await engine.RunRound(default);
        var delete = await shop.Rig.Ask(shop.Workflows.Delete, Subject.Of(vm), new DeleteVmInput(DeletionCause.Operator, (await shop.Row(vm)).Expires, "mistake"));
        await engine.RunRound(default);
        Assert.Equal((WorkflowState.Undone, "interrupted"), ((await shop.Rig.Find(create)).State, (await shop.Rig.Find(create)).ErrorCode));
        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(delete)).State);
        Assert.True((await shop.Row(vm)).Deleted);
        Assert.Empty(shop.World.Inventory());
        Assert.Empty(await shop.Live(vm));
    }
}
