using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Core.Sizes;
using Lnvps.Core.Workflows;
using Lnvps.Hosting.Simulated;
using Lnvps.Platform.Worker;
using Lnvps.Platform.Workflows;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Vms;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lnvps.Platform.Tests.Workflows;

/// <summary>A machine whose larger size is sold but has no room yet: no other work on it takes what the host does not have.</summary>
public sealed class WaitingUpgradeTests
{
    static readonly UpgradeWish Larger = new(2, Bytes.FromGib(4), Bytes.FromGib(20));

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Configured_and_reinstalled_it_stays_as_large_as_it_is_until_there_is_room(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind, hostCpu: 2);
        var vm = await FullHost(shop);
        var before = Machine(shop, vm);
        var upgrade = await shop.Upgrade(vm, Larger);
        Assert.Equal("no-room", (await shop.Rig.Find(upgrade)).ErrorCode);

        await shop.Run(shop.Workflows.Configure, vm, new ConfigureVmInput());
        await shop.Run(shop.Workflows.Reinstall, vm, new ReinstallVmInput(shop.Customer));
        Assert.Equal(before, Machine(shop, vm));

        await Widen(shop, cpu: 3);
        Assert.True(await shop.Rig.Restart(upgrade));
        await shop.RunToEnd();
        Assert.Equal((2, Bytes.FromGib(4), Bytes.FromGib(20)), Machine(shop, vm));
        await shop.Run(shop.Workflows.Reinstall, vm, new ReinstallVmInput(shop.Customer));
        Assert.Equal((2, Bytes.FromGib(4), Bytes.FromGib(20)), Machine(shop, vm));
    }

    [Fact]
    public async Task Work_that_was_asked_for_before_the_upgrade_was_paid_does_not_make_it_larger_either()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite, hostCpu: 2);
        var vm = await FullHost(shop);
        var before = Machine(shop, vm);
        await shop.Rig.Ask(shop.Workflows.Reinstall, Subject.Of(vm), new ReinstallVmInput(shop.Customer));
        await shop.Upgrade(vm, Larger);
        Assert.Equal(before, Machine(shop, vm));
    }

    [Fact]
    public async Task A_second_upgrade_takes_only_what_was_paid_with_it()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite, hostCpu: 2);
        var vm = await FullHost(shop);
        var (cores, _, disk) = Machine(shop, vm);
        var first = await shop.Upgrade(vm, new UpgradeWish(2, Memory: null, Disk: null));
        var second = await shop.Upgrade(vm, new UpgradeWish(Cpu: null, Bytes.FromGib(4), Disk: null), "p2");

        Assert.Equal((WorkflowState.Failed, WorkflowState.Succeeded), ((await shop.Rig.Find(first)).State, (await shop.Rig.Find(second)).State));
        Assert.Equal((cores, Bytes.FromGib(4), disk), Machine(shop, vm));

        await Widen(shop, cpu: 3);
        Assert.True(await shop.Rig.Restart(first));
        await shop.RunToEnd();
        Assert.Equal((2, Bytes.FromGib(4), disk), Machine(shop, vm));
    }

    [Fact]
    public async Task Paid_while_the_machine_is_being_made_it_does_not_grow_without_room()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite, hostCpu: 2);
        await shop.NewRunningVm();
        var vm = await shop.NewVm();
        shop.World.Faults.Add(HostOperation.ImportDisk, new HostFault(FaultMoment.Before, FaultAnswer.Transient));
        await shop.Rig.Ask(shop.Workflows.Create, Subject.Of(vm), new CreateVmInput());
        await using (var engine = shop.Rig.Engine(shop.Workflows.All))
            await engine.RunRound(default);
        var upgrade = await shop.Upgrade(vm, Larger);

        Assert.Equal("no-room", (await shop.Rig.Find(upgrade)).ErrorCode);
        Assert.Equal(1, Machine(shop, vm).Cpu);

        await Widen(shop, cpu: 3);
        Assert.True(await shop.Rig.Restart(upgrade));
        await shop.RunToEnd();
        Assert.Equal((2, Bytes.FromGib(4), Bytes.FromGib(20)), Machine(shop, vm));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Where_two_are_paid_and_one_has_room_the_older_vm_grows_and_the_other_once_there_is_room(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind, hostCpu: 3);
        var first = await shop.NewRunningVm();
        var second = await shop.NewRunningVm();
        // Both are sold before either machine grows.
        var (one, other) = (await shop.SellLarger(first, Larger), await shop.SellLarger(second, Larger, "p2"));
        var late = await shop.Rig.Ask(shop.Workflows.Upgrade, Subject.Of(second), other!);
        await shop.RunToEnd();
        Assert.Equal("no-room", (await shop.Rig.Find(late)).ErrorCode);
        await shop.Run(shop.Workflows.Upgrade, first, one!);
        Assert.Equal((2, 1), (Machine(shop, first).Cpu, Machine(shop, second).Cpu));

        Assert.Equal(0, await Waiting(shop).Round(default));
        Assert.Equal(WorkflowState.Failed, (await shop.Rig.Find(late)).State);

        await Widen(shop, cpu: 4);
        Assert.Equal(1, await Waiting(shop).Round(default));
        await shop.RunToEnd();
        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(late)).State);
        Assert.Equal((2, Bytes.FromGib(4), Bytes.FromGib(20)), Machine(shop, second));
        Assert.Equal(0, await Waiting(shop).Round(default));
    }

    [Fact]
    public async Task What_waits_for_a_vm_that_is_deleted_is_not_taken_up()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite, hostCpu: 2);
        var vm = await FullHost(shop);
        await shop.Upgrade(vm, Larger);
        await shop.Run(shop.Workflows.Delete, vm, new DeleteVmInput(DeletionCause.Operator, (await shop.Row(vm)).Expires));
        await Widen(shop, cpu: 9);
        Assert.Equal(0, await Waiting(shop).Round(default));
    }

    static WaitingUpgrades Waiting(VmShop shop) => new(shop.Bench, NullLogger<WaitingUpgrades>.Instance);

    /// <summary>A machine on a host whose other core is taken.</summary>
    static async Task<VmId> FullHost(VmShop shop)
    {
        var vm = await shop.NewRunningVm();
        await shop.NewRunningVm();
        return vm;
    }

    static (int Cpu, Bytes Memory, Bytes Disk) Machine(VmShop shop, VmId vm)
    {
        var (cpu, memory) = shop.World.SizeOf(VmShop.FirstHost, vm)!.Value;
        return (cpu, memory, shop.World.DiskOf(VmShop.FirstHost, vm)!.Value.Size);
    }

    static Task Widen(VmShop shop, int cpu) => shop.Db.Write(session => session.Execute("UPDATE vm_host SET cpu = @cpu", new { cpu }), default);
}
