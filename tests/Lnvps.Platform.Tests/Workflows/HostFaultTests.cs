using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Core.Workflows;
using Lnvps.Hosting.Simulated;
using Lnvps.Platform.Workflows;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Vms;

namespace Lnvps.Platform.Tests.Workflows;

/// <summary>A host that fails, lies, stops half-way, is silent or away, while machines are made and removed.</summary>
public sealed class HostFaultTests
{
    public static TheoryData<HostOperation, FaultMoment> Faults
    {
        get
        {
            var data = new TheoryData<HostOperation, FaultMoment>();
            foreach (var operation in new[] { HostOperation.GetState, HostOperation.EnsureImage, HostOperation.ImportDisk, HostOperation.Define, HostOperation.Start })
            {
                foreach (var moment in Enum.GetValues<FaultMoment>())
                    data.Add(operation, moment);
            }
            return data;
        }
    }

    [Theory, MemberData(nameof(Faults))]
    public async Task Passing_trouble_while_making_is_invisible_in_the_result(HostOperation operation, FaultMoment moment)
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm();
        shop.World.Faults.Add(operation, new HostFault(moment, FaultAnswer.Transient), times: 3);
        await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
        Assert.NotNull((await shop.Progress(vm)).ProvisionedAt);
        Assert.Equal(["host-1/disk", "host-1/domain", "host-1/filter", "host-1/seed"], shop.Objects(vm));
        Assert.Equal(2, (await shop.Live(vm)).Count);
        Assert.Single(await shop.History(vm));
        Assert.DoesNotContain(await shop.Messages(toCustomer: false), m => m.Title.Contains("failed", StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Faults))]
    public async Task Lasting_trouble_while_making_leaves_nothing(HostOperation operation, FaultMoment moment)
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm();
        var before = await shop.Row(vm);
        foreach (var fault in new[] { new HostFault(moment, FaultAnswer.Fatal), new HostFault(moment, FaultAnswer.Transient) })
        {
            shop.World.Faults.Add(operation, fault, times: fault.Answer == FaultAnswer.Fatal ? 1 : 4);
            var id = await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
            Assert.Equal(WorkflowState.Undone, (await shop.Rig.Find(id)).State);
            Assert.Equal(before, await shop.Row(vm));
            Assert.Empty(shop.World.Inventory());
            Assert.Empty(await shop.Live(vm));
            Assert.Equal((UnfinishedWork.None, null), ((await shop.Progress(vm)).Unfinished, (await shop.Progress(vm)).OnHost));
            shop.World.Faults.Clear();
        }
        await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
        Assert.NotNull((await shop.Progress(vm)).ProvisionedAt);
    }

    [Theory]
    [InlineData(HostOperation.ImportDisk, FaultMoment.Midway)]
    [InlineData(HostOperation.Start, FaultMoment.After)]
    public async Task A_silent_host_is_asked_again_after_the_steps_limit(HostOperation operation, FaultMoment moment)
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm();
        shop.World.Faults.Add(operation, new HostFault(moment, FaultAnswer.Silence));
        var id = await shop.Rig.Ask(shop.Workflows.Create, Subject.Of(vm), new CreateVmInput());
        await using var engine = shop.Rig.Engine(shop.Workflows.All);
        var run = shop.Rig.RunToEnd(engine);
        // Small steps, so that the lease is renewed all the while.
        while (await Task.WhenAny(run, Task.Delay(5, CancellationToken.None)) != run)
            shop.Time.Advance(TimeSpan.FromSeconds(2));
        await shop.RunToEnd();
        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(id)).State);
        Assert.Contains(await shop.Rig.Steps(id), step => step.Outcome == StepOutcome.Retried && step.Error!.StartsWith("No end of", StringComparison.Ordinal));
        Assert.Equal(4, shop.Objects(vm).Count);
    }

    [Fact]
    public async Task A_host_that_is_away_causes_no_making()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm();
        shop.World.SetReachable("host-1", false);
        var id = await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
        Assert.Equal(WorkflowState.Undone, (await shop.Rig.Find(id)).State);
        Assert.Empty(await shop.Live(vm));
    }

    [Fact]
    public async Task Addresses_stay_with_a_machine_that_could_not_be_removed_and_the_next_attempt_completes_it()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm();
        // It runs, but the answer is an error, and then the host is gone.
        shop.World.Faults.Add(HostOperation.Start, new HostFault(FaultMoment.After, FaultAnswer.Fatal));
        shop.World.Faults.Add(HostOperation.Delete, new HostFault(FaultMoment.Before, FaultAnswer.Transient), times: 100);
        var id = await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
        Assert.Equal(WorkflowState.Failed, (await shop.Rig.Find(id)).State);
        var live = await shop.Live(vm);
        Assert.Equal(2, live.Count);
        Assert.Equal(shop.Hosts[0], (await shop.Progress(vm)).OnHost);

        shop.World.Faults.Clear();
        await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
        Assert.NotNull((await shop.Progress(vm)).ProvisionedAt);
        Assert.Equal(live, await shop.Live(vm));
        Assert.Equal(4, shop.Objects(vm).Count);
    }

    [Fact]
    public async Task What_could_not_be_removed_is_removed_with_the_vm()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm();
        shop.World.Faults.Add(HostOperation.Define, new HostFault(FaultMoment.After, FaultAnswer.Fatal));
        shop.World.Faults.Add(HostOperation.Delete, new HostFault(FaultMoment.Before, FaultAnswer.Fatal), times: 2);
        await shop.Run(shop.Workflows.Create, vm, new CreateVmInput());
        Assert.NotEmpty(shop.World.Inventory());
        await shop.Run(shop.Workflows.Delete, vm, new DeleteVmInput(DeletionCause.Operator, (await shop.Row(vm)).Expires));
        Assert.Empty(shop.World.Inventory());
        Assert.Empty(await shop.Live(vm));
    }

    [Theory]
    [InlineData(FaultMoment.Before)]
    [InlineData(FaultMoment.Midway)]
    [InlineData(FaultMoment.After)]
    public async Task Removal_goes_on_for_a_day_and_releases_nothing_before_the_host_has_answered(FaultMoment moment)
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        shop.World.Faults.Add(HostOperation.Delete, new HostFault(moment, FaultAnswer.Transient), times: 9);
        var began = shop.Time.Moment();
        var id = await shop.Rig.Ask(shop.Workflows.Delete, Subject.Of(vm), new DeleteVmInput(DeletionCause.Operator, (await shop.Row(vm)).Expires));
        await using var engine = shop.Rig.Engine(shop.Workflows.All);
        await engine.RunRound(default);
        Assert.Equal(2, (await shop.Live(vm)).Count);
        Assert.False((await shop.Row(vm)).Deleted);
        await shop.Rig.RunToEnd(engine);
        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(id)).State);
        Assert.InRange(shop.Time.Moment().Since(began), TimeSpan.FromHours(20), TimeSpan.FromHours(28));
        Assert.Empty(shop.World.Inventory());
        Assert.True((await shop.Row(vm)).Deleted);
        Assert.Contains(await shop.Messages(toCustomer: false), m => m.Title == $"delete-vm of vm:{vm} is late");
    }

    [Fact]
    public async Task A_removal_that_was_given_up_can_be_restarted()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        shop.World.Faults.Add(HostOperation.Delete, new HostFault(FaultMoment.Before, FaultAnswer.Fatal));
        var id = await shop.Run(shop.Workflows.Delete, vm, new DeleteVmInput(DeletionCause.Operator, (await shop.Row(vm)).Expires));
        Assert.Equal(WorkflowState.Failed, (await shop.Rig.Find(id)).State);
        Assert.Contains(await shop.Messages(toCustomer: false), m => m.Title == $"VM {vm} Deletion Failed");
        Assert.True(await shop.Rig.Restart(id));
        await shop.RunToEnd();
        Assert.Empty(shop.World.Inventory());
        Assert.True((await shop.Row(vm)).Deleted);
    }
}
