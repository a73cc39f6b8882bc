using System.Text.Json;
using Lnvps.Core.Payments;
using Lnvps.Core.Sizes;
using Lnvps.Core.Vms;
using Lnvps.Core.Workflows;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Simulated;
using Lnvps.Platform.Workflows;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Vms;

namespace Lnvps.Platform.Tests.Workflows;

public sealed class UpgradeVmTests
{
    static readonly UpgradeWish Larger = new(2, Bytes.FromGib(4), Bytes.FromGib(20));

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_standard_vm_becomes_a_custom_one_and_runs_in_its_new_size(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind);
        var vm = await shop.NewRunningVm();
        var before = await shop.Row(vm);
        var imports = shop.World.Calls(HostOperation.ImportDisk);
        var id = await shop.Upgrade(vm, Larger);

        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(id)).State);
        var row = await shop.Row(vm);
        Assert.Null(row.TemplateId);
        Assert.Equal((2, Bytes.FromGib(4), Bytes.FromGib(20)), await shop.SizeOf(vm));
        Assert.Equal(before with { TemplateId = null, CustomTemplateId = row.CustomTemplateId }, row);
        Assert.Equal(((ushort)2, Bytes.FromGib(4)), shop.World.SizeOf(VmShop.FirstHost, vm));
        Assert.Equal((shop.Image, Bytes.FromGib(20)), shop.World.DiskOf(VmShop.FirstHost, vm));
        Assert.Equal(MachinePower.Running, (await shop.World.Host(VmShop.FirstHost).GetState(vm, default))!.Power);
        Assert.Equal(imports, shop.World.Calls(HostOperation.ImportDisk));

        var history = (await shop.History(vm))[0];
        Assert.Equal((VmHistoryAction.ConfigurationChanged, null), (history.ActionType, history.InitiatedByUser));
        var metadata = JsonDocument.Parse(history.Metadata!).RootElement;
        Assert.Equal("standard_to_custom_conversion", metadata.GetProperty("upgrade_type").GetString());
        Assert.Equal(shop.Template.Value, metadata.GetProperty("converted_from_template_id").GetUInt32());
        Assert.Equal(row.CustomTemplateId!.Value.Value, metadata.GetProperty("new_custom_template_id").GetUInt32());
        Assert.Equal(2, metadata.GetProperty("changes").GetProperty("cpu").GetInt32());
        Assert.Contains($"\"template_id\":{shop.Template}", history.PreviousState, StringComparison.Ordinal);
        Assert.Contains("\"template_id\":null", history.NewState, StringComparison.Ordinal);
        var told = Assert.Single(await shop.Messages(toCustomer: true), message => message.Title == $"[VM{vm}] Upgrade Complete");
        Assert.Contains("RAM: 4 GB", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_custom_vm_keeps_its_template_row_and_what_it_has_more_of()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        await shop.Upgrade(vm, Larger);
        var size = (await shop.Row(vm)).CustomTemplateId;
        await shop.Upgrade(vm, new UpgradeWish(1, Bytes.FromGib(8), Disk: null), payment: "p2");

        Assert.Equal(size, (await shop.Row(vm)).CustomTemplateId);
        Assert.Equal((2, Bytes.FromGib(8), Bytes.FromGib(20)), await shop.SizeOf(vm));
        Assert.Equal(((ushort)2, Bytes.FromGib(8)), shop.World.SizeOf(VmShop.FirstHost, vm));
        var metadata = JsonDocument.Parse((await shop.History(vm))[0].Metadata!).RootElement;
        Assert.Equal("custom_template_update", metadata.GetProperty("upgrade_type").GetString());
        Assert.Equal(Bytes.FromGib(4).Value, metadata.GetProperty("old_specs").GetProperty("memory").GetUInt64());
        Assert.Equal(Bytes.FromGib(8).Value, metadata.GetProperty("new_specs").GetProperty("memory").GetUInt64());
        Assert.Equal(2, (await shop.Messages(toCustomer: true)).Count(message => message.Title == $"[VM{vm}] Upgrade Complete"));
    }

    [Fact]
    public async Task Only_what_grows_is_asked_of_the_machine()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        await shop.Upgrade(vm, Larger);
        Assert.Equal(new UpgradeVmInput("p2", Cpu: null, Bytes.FromGib(8).Value, Disk: null), await shop.SellLarger(vm, Larger with { Memory = Bytes.FromGib(8) }, "p2"));
        Assert.Null(await shop.SellLarger(vm, Larger with { Cpu = 1 }, "p3"));
        Assert.Equal((2, Bytes.FromGib(8), Bytes.FromGib(20)), await shop.SizeOf(vm));
    }

    [Fact]
    public async Task What_was_paid_is_sold_although_no_pricing_is_on_sale_any_more()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        await shop.Db.Write(session => session.Execute("UPDATE vm_custom_pricing SET enabled = 0"), default);
        await shop.Upgrade(vm, Larger);
        Assert.Equal(((ushort)2, Bytes.FromGib(4)), shop.World.SizeOf(VmShop.FirstHost, vm));
        Assert.Equal(2, (await shop.SizeOf(vm)).Cpu);
    }

    [Fact]
    public async Task A_vm_that_is_off_grows_and_stays_off()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        await shop.Run(shop.Workflows.Stop, vm, new VmPowerInput(PowerCause.Owner, shop.Customer));
        await shop.Upgrade(vm, Larger);

        Assert.Equal(((ushort)2, Bytes.FromGib(4)), shop.World.SizeOf(VmShop.FirstHost, vm));
        Assert.Equal(MachinePower.Stopped, (await shop.World.Host(VmShop.FirstHost).GetState(vm, default))!.Power);
    }

    [Fact]
    public async Task A_vm_that_was_never_made_is_made_in_its_new_size()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm();
        await shop.Upgrade(vm, Larger);
        Assert.Empty(shop.World.Inventory());
        await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
        Assert.Equal((shop.Image, Bytes.FromGib(20)), shop.World.DiskOf(VmShop.FirstHost, vm));
        Assert.Equal(((ushort)2, Bytes.FromGib(4)), shop.World.SizeOf(VmShop.FirstHost, vm));
    }

    [Fact]
    public async Task A_vm_that_expires_meanwhile_is_not_started_and_comes_up_with_its_renewal()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        shop.World.Faults.Add(HostOperation.ResizeDisk, new HostFault(FaultMoment.Before, FaultAnswer.Transient));
        await shop.SetExpires(vm, shop.Now.PlusSeconds(1));
        var id = await shop.Rig.Ask(shop.Workflows.Upgrade, Subject.Of(vm), (await shop.SellLarger(vm, Larger))!);
        await shop.RunToEnd();

        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(id)).State);
        Assert.Equal(MachinePower.Stopped, (await shop.World.Host(VmShop.FirstHost).GetState(vm, default))!.Power);
        Assert.True((await shop.Progress(vm)).StoppedByExpiry);
    }

    [Theory]
    [InlineData(HostOperation.Stop)]
    [InlineData(HostOperation.ResizeDisk)]
    [InlineData(HostOperation.Define)]
    public async Task Given_up_it_is_parked_the_size_stays_owed_the_machine_runs_and_operators_are_told(HostOperation operation)
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        shop.World.Faults.Add(operation, new HostFault(FaultMoment.Before, FaultAnswer.Fatal));
        var id = await shop.Upgrade(vm, Larger);

        Assert.Equal(WorkflowState.Failed, (await shop.Rig.Find(id)).State);
        Assert.Equal((2, Bytes.FromGib(4), Bytes.FromGib(20)), await shop.SizeOf(vm));
        Assert.Equal(MachinePower.Running, (await shop.World.Host(VmShop.FirstHost).GetState(vm, default))!.Power);
        Assert.Single(await shop.Messages(toCustomer: false), message => message.Title == $"VM {vm} Upgrade Failed");
        Assert.DoesNotContain(await shop.Messages(toCustomer: true), message => message.Title.Contains("Upgrade", StringComparison.Ordinal));

        Assert.True(await shop.Rig.Restart(id));
        await shop.RunToEnd();
        Assert.Equal(((ushort)2, Bytes.FromGib(4)), shop.World.SizeOf(VmShop.FirstHost, vm));
        Assert.Equal((shop.Image, Bytes.FromGib(20)), shop.World.DiskOf(VmShop.FirstHost, vm));
        Assert.Equal(MachinePower.Running, (await shop.World.Host(VmShop.FirstHost).GetState(vm, default))!.Power);
        Assert.Single(await shop.Messages(toCustomer: true), message => message.Title == $"[VM{vm}] Upgrade Complete");
    }

    [Fact]
    public async Task Without_room_on_the_host_the_size_stays_owed_the_machine_stays_as_it_is_and_operators_are_told()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite, hostCpu: 2);
        var vm = await shop.NewRunningVm();
        await shop.NewRunningVm();
        var id = await shop.Upgrade(vm, Larger);

        Assert.Equal((WorkflowState.Failed, "no-room"), ((await shop.Rig.Find(id)).State, (await shop.Rig.Find(id)).ErrorCode));
        Assert.Equal((2, Bytes.FromGib(4), Bytes.FromGib(20)), await shop.SizeOf(vm));
        Assert.Equal(((ushort)1, Bytes.FromGib(1)), shop.World.SizeOf(VmShop.FirstHost, vm));
        Assert.Equal(MachinePower.Running, (await shop.World.Host(VmShop.FirstHost).GetState(vm, default))!.Power);
        Assert.Single(await shop.Messages(toCustomer: false), message => message.Title == $"VM {vm} Upgrade Failed");

        await shop.Db.Write(session => session.Execute("UPDATE vm_host SET cpu = 3"), default);
        Assert.True(await shop.Rig.Restart(id));
        await shop.RunToEnd();
        Assert.Equal(((ushort)2, Bytes.FromGib(4)), shop.World.SizeOf(VmShop.FirstHost, vm));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task What_gave_way_to_a_deletion_that_then_declines_goes_on(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind);
        var vm = await shop.NewRunningVm();
        var seen = (await shop.Row(vm)).Expires;
        shop.World.Faults.Add(HostOperation.ResizeDisk, new HostFault(FaultMoment.Before, FaultAnswer.Transient));
        var id = await shop.Rig.Ask(shop.Workflows.Upgrade, Subject.Of(vm), (await shop.SellLarger(vm, Larger))!);
        await using var engine = shop.Rig.Engine(shop.Workflows.All);
        await engine.RunRound(default);
        Assert.Equal(MachinePower.Stopped, (await shop.World.Host(VmShop.FirstHost).GetState(vm, default))!.Power);
        var delete = await shop.Rig.Ask(shop.Workflows.Delete, Subject.Of(vm), new DeleteVmInput(DeletionCause.Operator, seen));
        await shop.SetExpires(vm, seen.PlusSeconds(86_400));
        await shop.Rig.RunToEnd(engine);

        Assert.Equal((WorkflowState.Succeeded, WorkflowState.Succeeded), ((await shop.Rig.Find(delete)).State, (await shop.Rig.Find(id)).State));
        Assert.Single(await shop.Rig.Steps(id), step => step.Name == "stop");
        Assert.Equal(0, shop.World.Calls(HostOperation.Delete));
        Assert.Equal(((ushort)2, Bytes.FromGib(4)), shop.World.SizeOf(VmShop.FirstHost, vm));
        Assert.Equal((shop.Image, Bytes.FromGib(20)), shop.World.DiskOf(VmShop.FirstHost, vm));
        Assert.Equal(MachinePower.Running, (await shop.World.Host(VmShop.FirstHost).GetState(vm, default))!.Power);
        Assert.Single(await shop.Messages(toCustomer: true), message => message.Title == $"[VM{vm}] Upgrade Complete");
    }

    [Fact]
    public async Task A_deleted_vm_is_not_touched_and_operators_learn_which_money_to_return()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        await shop.Run(shop.Workflows.Delete, vm, new DeleteVmInput(DeletionCause.Operator, (await shop.Row(vm)).Expires));
        var id = await shop.Upgrade(vm, Larger);

        Assert.Equal("deleted", (await shop.Rig.Find(id)).ErrorCode);
        Assert.Contains(await shop.Messages(toCustomer: false), message => message.Message.Contains("p1", StringComparison.Ordinal));
        Assert.Empty(shop.World.Inventory());
    }
}
