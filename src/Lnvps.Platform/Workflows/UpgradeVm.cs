using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Core.Sizes;
using Lnvps.Core.Vms;
using Lnvps.Core.Workflows;
using Lnvps.Database.Hosts;
using Lnvps.Database.Sessions;
using Lnvps.Database.Vms;
using Lnvps.Hosting.Hosts;
using Lnvps.Platform.Notifications;
using Lnvps.Platform.Vms;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Workflows;

/// <summary>What has grown.</summary>
/// <param name="Payment">Id of the payment, in hex.</param>
/// <param name="Cpu">New total of cores; null = as it was.</param>
/// <param name="Memory">New total in bytes.</param>
/// <param name="Disk">New total in bytes.</param>
public sealed record UpgradeVmInput(string Payment, ushort? Cpu, ulong? Memory, ulong? Disk)
{
    public static UpgradeVmInput Of(PaymentId payment, UpgradeWish growth) => new(payment.ToString(), growth.Cpu, growth.Memory?.Value, growth.Disk?.Value);

    internal UpgradeWish Wish => new(Cpu, Memory is { } memory ? new Bytes(memory) : null, Disk is { } disk ? new Bytes(disk) : null);
}

/// <summary>
/// Gives a machine the size that its VM is sold in since an upgrade was paid (billing.md section 16, provisioning.md section 9.4). That size is what the customer is
/// entitled to and is never taken back, so the work on the host goes on until it is done. When that is given up, or the host has no room, the workflow is
/// parked, operators are told, and a machine that was stopped for it runs again. Every step that needs the machine to be off stops it itself.
/// </summary>
/// <param name="start">For a machine that ran before an upgrade that failed.</param>
public sealed class UpgradeVm(Workbench bench, Workflow<VmPowerInput> start)
{
    public const string Kind = "upgrade-vm";

    /// <summary>Parked with this code, it is tried again when there is room.</summary>
    public const string NoRoom = "no-room";

    const string Looking = "look at the machine";

    static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    public Workflow<UpgradeVmInput> Definition => Workflow.For<UpgradeVmInput>(Kind, deadline: TimeSpan.FromMinutes(30))
        .NoReturn()
        .Retrying(RetryPolicy.Stubborn)
        .Step("find room", FindRoom)
        .Step(Looking, LookAtMachine)
        .Step("stop", StopMachine)
        .Step("resize disk", ResizeDisk)
        .Step("define machine", DefineMachine)
        .Step("start", StartMachine, patience: TimeSpan.FromMinutes(2))
        .Step("tell the owner", Finish)
        .AfterEachStep((run, step, session, stop) => session.SetVmStep(run.Vm, step.Name, stop))
        .WhenFailed(StartAgain)
        .AlertingAs(run => $"VM {run.Vm} Upgrade Failed");

    sealed record Seen(bool Exists, bool WasRunning);

    async Task<Done> FindRoom(Run<UpgradeVmInput> run, CancellationToken stop)
    {
        var record = await bench.Load(run.Vm, stop);
        return Done.Decide(async (session, token) =>
        {
            if (await session.LockVm(run.Vm, token) is not { Deleted: false })
                throw new WorkflowFailure("deleted", "The VM is deleted", $"VM {run.Vm} is deleted; return the money of upgrade payment {run.Input.Payment}");
            await session.LockHosts(record.Vm.RegionId, token);
            var vm = await session.FindVmDetails(run.Vm, token) ?? throw new WorkflowFailure("no-vm", "The VM does not exist");
            // One that is still to be made looks for a host with room then.
            if (!record.IsBegun)
                return Done.Nothing;
            if (!await bench.Rooms.HasRoomToGrow(session, vm, run.Input.Wish, bench.Clock.Now, token))
                throw new WorkflowFailure(NoRoom, "The VM's host has no room for the new size", $"Host {vm.HostId} cannot take VM {run.Vm} in its new size");
            await bench.KeepProvisioned(session, record, token);
            await LetGrow(session, vm, run.Input.Wish, token);
            return Done.Nothing;
        });
    }

    /// <summary>The machine may have what this upgrade raises; what another one raises that has no room stays as it is.</summary>
    static async Task LetGrow(Session session, VmDetailsRow vm, UpgradeWish growth, CancellationToken stop)
    {
        if (await session.FindMachineSize(vm.Id, stop) is not { } present)
            return;
        var sold = VmPrice.SpecOf(vm);
        var grown = growth.Raise(sold with { Cpu = present.Cpu, Memory = present.Memory, Disk = present.DiskSize });
        if (grown == sold)
            await session.RemoveMachineSize(vm.Id, stop);
        else
            await session.SetMachineSize(present with { Cpu = grown.Cpu, Memory = grown.Memory, DiskSize = grown.Disk }, stop);
    }

    async Task<Done> LookAtMachine(Run<UpgradeVmInput> run, CancellationToken stop)
    {
        var record = await bench.Load(run.Vm, stop);
        if (!record.IsProvisioned)
            return Done.With(new Seen(Exists: false, WasRunning: false)); // It is made in the new size.
        var state = await bench.Observe(record, stop) ?? throw new WorkflowFailure("missing", "The VM was not found on its host", $"VM {run.Vm} is not on its host");
        return Done.With(new Seen(Exists: true, state.Power == MachinePower.Running));
    }

    async Task<Done> StopMachine(Run<UpgradeVmInput> run, CancellationToken stop)
    {
        await TurnOff(run, stop);
        return Done.Nothing;
    }

    async Task<Done> ResizeDisk(Run<UpgradeVmInput> run, CancellationToken stop)
    {
        if (run.Input.Disk is null || await TurnOff(run, stop) is not { } record)
            return Done.Nothing;
        await bench.HostOf(record).ResizeDisk(run.Vm, record.Size.Disk, stop);
        return Done.Nothing;
    }

    async Task<Done> DefineMachine(Run<UpgradeVmInput> run, CancellationToken stop)
    {
        if (run.Input is { Cpu: null, Memory: null } || await TurnOff(run, stop) is not { } record)
            return Done.Nothing;
        await bench.HostOf(record).Define(record.ToMachine(), stop);
        return Done.Nothing;
    }

    /// <summary>Makes sure that the machine is off; null when there is none on a host. A restarted workflow may find it running again.</summary>
    async Task<VmRecord?> TurnOff(Run<UpgradeVmInput> run, CancellationToken stop)
    {
        if (run.Result<Seen>(Looking) is not { Exists: true })
            return null;
        var record = await bench.Load(run.Vm, stop);
        if (record.Vm.Deleted)
            throw new WorkflowFailure("deleted", "The VM is deleted");
        await bench.HostOf(record).Stop(run.Vm, stop);
        return record;
    }

    async Task<Done> StartMachine(Run<UpgradeVmInput> run, CancellationToken stop)
    {
        if (run.Result<Seen>(Looking) is not { Exists: true, WasRunning: true })
            return Done.Nothing;
        var record = await bench.Load(run.Vm, stop);
        if (!record.Times.IsActive(bench.Clock.Now))
            return Done.By((session, token) => session.SetStoppedByExpiry(run.Vm, true, token));
        await bench.HostOf(record).Start(run.Vm, stop);
        return await bench.Observe(record, stop) is { Power: MachinePower.Running } ? Done.Nothing : Done.NotYet(LookAgain);
    }

    async Task<Done> Finish(Run<UpgradeVmInput> run, CancellationToken stop)
    {
        var record = await bench.Load(run.Vm, stop);
        return Done.By((session, token) => VmMessages.Upgraded(session, record.Vm, run.Input.Payment, bench.Clock.Now, token));
    }

    Task StartAgain(Run<UpgradeVmInput> run, Failure failure, Session session, CancellationToken stop) =>
        run.Result<Seen>(Looking) is { Exists: true, WasRunning: true }
            ? bench.Asking.EnqueueOnce(session, start, Subject.Of(run.Vm), new VmPowerInput(PowerCause.Upgrade, By: null), askedBy: null, stop)
            : Task.CompletedTask;
}
