using Lnvps.Core.Workflows;
using Lnvps.Database.Addresses;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Simulated;
using Lnvps.Platform.Workflows;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Vms;

namespace Lnvps.Platform.Tests.Workflows;

public sealed class ConfigureVmTests
{
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Afterwards_the_filter_lets_exactly_the_live_addresses_through(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind);
        var vm = await shop.NewRunningVm();
        await shop.Db.Write(session => session.InsertAssignment(vm, shop.Ipv4, "10.7.0.200", default), default);
        var imports = shop.World.Calls(HostOperation.ImportDisk);
        await shop.Run(shop.Workflows.Configure, vm, new ConfigureVmInput());
        Assert.Equal((await shop.Live(vm)).Select(a => a.Ip).Order(StringComparer.Ordinal), shop.World.AllowedAddresses("host-1", vm));
        Assert.Equal(imports, shop.World.Calls(HostOperation.ImportDisk));
        Assert.Equal(MachinePower.Running, (await shop.World.Host("host-1").GetState(vm, default))!.Power);
    }

    [Fact]
    public async Task Leaves_alone_what_was_not_made()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm();
        var id = await shop.Run(shop.Workflows.Configure, vm, new ConfigureVmInput());
        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(id)).State);
        Assert.Empty(shop.World.Inventory());
    }

    [Fact]
    public async Task In_read_only_mode_only_power_and_configuration_are_worked_on_and_the_rest_waits()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var (running, wanted) = (await shop.NewRunningVm(), await shop.NewVm());
        var create = await shop.Rig.Ask(shop.Workflows.Create, Subject.Of(wanted), new CreateVmInput());
        var stop = await shop.Rig.Ask(shop.Workflows.Stop, Subject.Of(running), new VmPowerInput(PowerCause.Owner, shop.Customer));
        await using (var engine = shop.Rig.Engine(shop.Workflows.Allowed(readOnly: true)))
            await shop.Rig.RunToEnd(engine);
        Assert.Equal((WorkflowState.Waiting, WorkflowState.Succeeded), ((await shop.Rig.Find(create)).State, (await shop.Rig.Find(stop)).State));
        Assert.Empty(shop.Objects(wanted));
        await using (var engine = shop.Rig.Engine(shop.Workflows.Allowed(readOnly: false)))
            await shop.Rig.RunToEnd(engine);
        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(create)).State);
    }

    [Fact]
    public async Task The_current_step_of_an_open_workflow_has_a_name()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm();
        shop.World.Faults.Add(HostOperation.ImportDisk, new HostFault(FaultMoment.Before, FaultAnswer.Transient));
        var id = await shop.Rig.Ask(shop.Workflows.Create, Subject.Of(vm), new CreateVmInput());
        Assert.Null(shop.Workflows.CurrentStep(await shop.Rig.Find(id)));
        await using var engine = shop.Rig.Engine(shop.Workflows.All);
        await engine.RunRound(default);
        Assert.Equal("import disk", shop.Workflows.CurrentStep(await shop.Rig.Find(id)));
        await shop.Rig.RunToEnd(engine);
        Assert.Null(shop.Workflows.CurrentStep(await shop.Rig.Find(id)));
    }
}
