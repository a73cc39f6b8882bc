using Lnvps.Core.Identity;
using Lnvps.Core.Vms;
using Lnvps.Core.Workflows;
using Lnvps.Database.Vms;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Simulated;
using Lnvps.Platform.Workflows;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Vms;

namespace Lnvps.Platform.Tests.Workflows;

public sealed class ReinstallVmTests
{
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Replaces_the_disk_and_keeps_addresses_mac_and_size(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind);
        var vm = await shop.NewRunningVm();
        var (row, live) = (await shop.Row(vm), await shop.Live(vm));
        var id = await shop.Run(shop.Workflows.Reinstall, vm, new ReinstallVmInput(shop.Customer, shop.OtherImage));

        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(id)).State);
        Assert.Equal((shop.OtherImage, Core.Sizes.Bytes.FromGib(10)), shop.World.DiskOf("host-1", vm));
        Assert.Equal(row with { ImageId = shop.OtherImage }, await shop.Row(vm));
        Assert.Equal(live, await shop.Live(vm));
        Assert.Equal(MachinePower.Running, (await shop.World.Host("host-1").GetState(vm, default))!.Power);
        var history = (await shop.History(vm))[0];
        Assert.Equal((VmHistoryAction.Reinstalled, shop.Customer), (history.ActionType, history.InitiatedByUser!.Value));
        Assert.Equal(($$"""{"image_id":{{shop.Image}}}""", $$"""{"image_id":{{shop.OtherImage}}}"""), (history.PreviousState, history.NewState));
        Assert.Equal(UnfinishedWork.None, (await shop.Progress(vm)).Unfinished);
        Assert.Equal(0, shop.World.Calls(HostOperation.ResizeDisk));
    }

    [Fact]
    public async Task Without_another_image_history_names_the_same_twice()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        await shop.Run(shop.Workflows.Reinstall, vm, new ReinstallVmInput(shop.Customer));
        var history = (await shop.History(vm))[0];
        Assert.Equal(history.PreviousState, history.NewState);
    }

    [Theory]
    [InlineData("expired", "not-active")]
    [InlineData("unmade", "not-ready")]
    public async Task Refuses_what_is_not_paid_for_or_not_made(string condition, string code)
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = condition == "unmade" ? await shop.NewVm() : await shop.NewRunningVm();
        if (condition == "expired")
            await shop.SetExpires(vm, shop.Now);
        var id = await shop.Run(shop.Workflows.Reinstall, vm, new ReinstallVmInput(shop.Customer));
        Assert.Equal((WorkflowState.Undone, code), ((await shop.Rig.Find(id)).State, (await shop.Rig.Find(id)).ErrorCode));
        Assert.Equal(0, shop.World.Calls(HostOperation.Stop));
        Assert.DoesNotContain(await shop.Messages(toCustomer: false), message => message.EventKey.StartsWith("workflow/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_image_that_cannot_be_fetched_costs_the_customer_nothing()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        shop.World.Faults.Add(HostOperation.EnsureImage, new HostFault(FaultMoment.Before, FaultAnswer.Fatal));
        await shop.Run(shop.Workflows.Reinstall, vm, new ReinstallVmInput(shop.Customer, shop.OtherImage));
        Assert.Equal(shop.Image, (await shop.Row(vm)).ImageId);
        Assert.Equal(0, shop.World.Calls(HostOperation.Stop));
        Assert.Equal(MachinePower.Running, (await shop.World.Host("host-1").GetState(vm, default))!.Power);
    }

    [Fact]
    public async Task R1_a_stop_that_fails_leaves_the_vm_running_unchanged()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        shop.World.Faults.Add(HostOperation.Stop, new HostFault(FaultMoment.After, FaultAnswer.Fatal));
        var id = await shop.Run(shop.Workflows.Reinstall, vm, new ReinstallVmInput(shop.Customer, shop.OtherImage));
        Assert.Equal(WorkflowState.Undone, (await shop.Rig.Find(id)).State);
        Assert.Equal((shop.Image, Core.Sizes.Bytes.FromGib(10)), shop.World.DiskOf("host-1", vm));
        Assert.Equal(shop.Image, (await shop.Row(vm)).ImageId);
        Assert.Equal(MachinePower.Running, (await shop.World.Host("host-1").GetState(vm, default))!.Power);
    }

    [Theory]
    [InlineData(HostOperation.DeleteDisk)]
    [InlineData(HostOperation.ImportDisk)]
    [InlineData(HostOperation.Define)]
    [InlineData(HostOperation.Start)]
    public async Task R2_R3_once_the_disk_goes_it_goes_on_and_the_vm_cannot_be_started_in_between(HostOperation operation)
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        shop.World.Faults.Add(operation, new HostFault(FaultMoment.Midway, FaultAnswer.Fatal));
        var id = await shop.Run(shop.Workflows.Reinstall, vm, new ReinstallVmInput(shop.Customer, shop.OtherImage));
        Assert.Equal(WorkflowState.Failed, (await shop.Rig.Find(id)).State);
        Assert.Equal(UnfinishedWork.Reinstalling, (await shop.Progress(vm)).Unfinished);
        Assert.Contains(await shop.Messages(toCustomer: false), m => m.Message.Contains("parked", StringComparison.Ordinal));
        var start = await shop.Run(shop.Workflows.Start, vm, new VmPowerInput(PowerCause.Owner, shop.Customer));
        Assert.Equal("not-ready", (await shop.Rig.Find(start)).ErrorCode);

        Assert.True(await shop.Rig.Restart(id));
        await shop.RunToEnd();
        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(id)).State);
        Assert.Equal((shop.OtherImage, Core.Sizes.Bytes.FromGib(10)), shop.World.DiskOf("host-1", vm));
        Assert.Equal(4, shop.Objects(vm).Count);
    }

    [Fact]
    public async Task A_deletion_interrupts_it_and_removes_all()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        shop.World.Faults.Add(HostOperation.ImportDisk, new HostFault(FaultMoment.Midway, FaultAnswer.Transient), times: 9);
        var id = await shop.Rig.Ask(shop.Workflows.Reinstall, Subject.Of(vm), new ReinstallVmInput(shop.Customer));
        await using var engine = shop.Rig.Engine(shop.Workflows.All);
        await engine.RunRound(default);
        await shop.Rig.Ask(shop.Workflows.Delete, Subject.Of(vm), new DeleteVmInput(DeletionCause.Operator, (await shop.Row(vm)).Expires));
        await engine.RunRound(default);
        Assert.Equal((WorkflowState.Undone, "interrupted"), ((await shop.Rig.Find(id)).State, (await shop.Rig.Find(id)).ErrorCode));
        Assert.Empty(shop.World.Inventory());
        Assert.True((await shop.Row(vm)).Deleted);
    }

    [Theory]
    [InlineData(HostOperation.EnsureImage)]
    [InlineData(HostOperation.ImportDisk)]
    public async Task A_deletion_that_interrupts_it_and_then_declines_lets_it_go_on(HostOperation operation)
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        var seen = (await shop.Row(vm)).Expires;
        shop.World.Faults.Add(operation, new HostFault(FaultMoment.Midway, FaultAnswer.Transient));
        var id = await shop.Rig.Ask(shop.Workflows.Reinstall, Subject.Of(vm), new ReinstallVmInput(shop.Customer, shop.OtherImage));
        await using var engine = shop.Rig.Engine(shop.Workflows.All);
        await engine.RunRound(default);
        await shop.Rig.Ask(shop.Workflows.Delete, Subject.Of(vm), new DeleteVmInput(DeletionCause.Operator, seen));
        await shop.SetExpires(vm, seen.PlusSeconds(86_400));
        await shop.Rig.RunToEnd(engine);

        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(id)).State);
        Assert.Equal(0, shop.World.Calls(HostOperation.Delete));
        Assert.Equal((shop.OtherImage, Core.Sizes.Bytes.FromGib(10)), shop.World.DiskOf("host-1", vm));
        Assert.Equal(shop.OtherImage, (await shop.Row(vm)).ImageId);
        Assert.Equal(MachinePower.Running, (await shop.World.Host("host-1").GetState(vm, default))!.Power);
        Assert.Equal(UnfinishedWork.None, (await shop.Progress(vm)).Unfinished);
        Assert.Equal(4, shop.Objects(vm).Count);
    }
}
