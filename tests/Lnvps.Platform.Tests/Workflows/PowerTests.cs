using Lnvps.Core.Identity;
using Lnvps.Core.Vms;
using Lnvps.Core.Workflows;
using Lnvps.Database.Vms;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Simulated;
using Lnvps.Platform.Workflows;
using Lnvps.Platform.Workflows.Engine;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Vms;

namespace Lnvps.Platform.Tests.Workflows;

/// <summary>Start, stop and restart (provisioning.md section 9.2).</summary>
public sealed class PowerTests
{
    static readonly VmPowerInput System = new(PowerCause.Expiry, null);

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Stop_start_and_restart_do_what_they_say_and_write_history(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind);
        var vm = await shop.NewRunningVm();
        var owner = new VmPowerInput(PowerCause.Owner, shop.Customer);
        await shop.Run(shop.Workflows.Stop, vm, owner);
        Assert.Equal(MachinePower.Stopped, await Power(shop, vm));
        Assert.Equal(MachinePower.Stopped, shop.Bench.States.Find(vm)!.State.Power);
        await shop.Run(shop.Workflows.Stop, vm, owner);
        await shop.Run(shop.Workflows.Start, vm, owner);
        Assert.Equal(MachinePower.Running, await Power(shop, vm));
        await shop.Run(shop.Workflows.Start, vm, owner);
        await shop.Run(shop.Workflows.Stop, vm, owner);
        await shop.Run(shop.Workflows.Restart, vm, owner);
        Assert.Equal(MachinePower.Running, await Power(shop, vm));
        Assert.Equal(1, shop.World.Calls(HostOperation.Reset));
        Assert.Equal(
            [VmHistoryAction.Started, VmHistoryAction.Stopped, VmHistoryAction.Stopped, VmHistoryAction.Started, VmHistoryAction.Started, VmHistoryAction.Stopped, VmHistoryAction.Restarted],
            (await shop.History(vm)).OrderBy(h => h.Id).Select(h => h.ActionType));
        Assert.All((await shop.History(vm)).OrderBy(h => h.Id).Skip(1), h => Assert.Equal(shop.Customer, h.InitiatedByUser));
    }

    [Theory]
    [InlineData("expired", "not-active")]
    [InlineData("unpaid", "not-active")]
    [InlineData("deleted", "deleted")]
    public async Task What_is_not_paid_for_is_not_started(string condition, string code)
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = condition == "unpaid" ? await shop.NewVm(paid: false) : await shop.NewRunningVm();
        if (condition == "expired")
            await shop.SetExpires(vm, shop.Now);
        if (condition == "deleted")
            await shop.Db.Write(session => session.MarkVmDeleted(vm, default), default);
        foreach (var workflow in new[] { shop.Workflows.Start, shop.Workflows.Restart })
        {
            var id = await shop.Run(workflow, vm, new VmPowerInput(PowerCause.Owner, shop.Customer));
            Assert.Equal((WorkflowState.Undone, code), ((await shop.Rig.Find(id)).State, (await shop.Rig.Find(id)).ErrorCode));
        }
        Assert.Equal(0, shop.World.Calls(HostOperation.Reset));
        Assert.DoesNotContain(await shop.Messages(toCustomer: false), message => message.EventKey.StartsWith("workflow/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_vm_that_was_never_made_is_a_success_without_a_call()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm();
        foreach (var workflow in new[] { shop.Workflows.Start, shop.Workflows.Stop, shop.Workflows.Restart })
            Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(await shop.Run(workflow, vm, new VmPowerInput(PowerCause.Owner, shop.Customer)))).State);
        Assert.Equal(0, shop.World.Calls(HostOperation.Stop) + shop.World.Calls(HostOperation.Start) + shop.World.Calls(HostOperation.Reset));
        Assert.Empty(await shop.History(vm));
    }

    [Fact]
    public async Task Expiry_stops_without_a_history_row_and_only_what_expiry_stopped_is_started_again()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        await shop.Run(shop.Workflows.Stop, vm, System);
        Assert.Equal(MachinePower.Running, await Power(shop, vm)); // It has not expired.

        var paid = (await shop.Row(vm)).Expires;
        await shop.SetExpires(vm, shop.Now);
        await shop.Run(shop.Workflows.Stop, vm, System);
        Assert.Equal(MachinePower.Stopped, await Power(shop, vm));
        Assert.True((await shop.Progress(vm)).StoppedByExpiry);
        Assert.Single(await shop.History(vm));

        await shop.SetExpires(vm, paid);
        await shop.Run(shop.Workflows.Start, vm, System);
        Assert.Equal(MachinePower.Running, await Power(shop, vm));
        Assert.False((await shop.Progress(vm)).StoppedByExpiry);
        Assert.Null((await shop.History(vm)).OrderBy(h => h.Id).Last().InitiatedByUser);

        await shop.Run(shop.Workflows.Stop, vm, new VmPowerInput(PowerCause.Owner, shop.Customer));
        await shop.Run(shop.Workflows.Start, vm, System);
        Assert.Equal(MachinePower.Stopped, await Power(shop, vm)); // Its owner wanted it off.
    }

    [Fact]
    public async Task A_vm_from_before_progress_was_kept_counts_as_made_afterwards_too()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        await shop.Db.Write(session => session.ClearVmProgress(vm, default), default);
        await shop.Run(shop.Workflows.Stop, vm, new VmPowerInput(PowerCause.Owner, shop.Customer));
        Assert.Equal(MachinePower.Stopped, await Power(shop, vm));
        Assert.NotNull((await shop.Progress(vm)).ProvisionedAt);
    }

    [Fact]
    public async Task An_operators_act_is_named_and_told()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        await shop.Run(shop.Workflows.Stop, vm, new VmPowerInput(PowerCause.Operator, shop.Customer));
        await shop.Run(shop.Workflows.Start, vm, new VmPowerInput(PowerCause.Operator, null));
        var history = (await shop.History(vm)).OrderBy(h => h.Id).Skip(1).ToList();
        Assert.Equal([$$"""{"admin_action":true,"admin_user_id":{{shop.Customer}}}""", """{"admin_action":true}"""], history.Select(h => h.Metadata));
        Assert.Contains(await shop.Messages(toCustomer: true), m => m.Title == $"[VM{vm}] Stopped by Admin");
        Assert.Contains(await shop.Messages(toCustomer: true), m => m.Title == $"[VM{vm}] Started by Admin");
    }

    static async Task<MachinePower> Power(VmShop shop, VmId vm) => (await shop.World.Host("host-1").GetState(vm, default))!.Power;
}
