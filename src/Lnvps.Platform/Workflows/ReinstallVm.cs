using Lnvps.Core.Identity;
using Lnvps.Core.Vms;
using Lnvps.Core.Workflows;
using Lnvps.Database.Vms;
using Lnvps.Hosting.Hosts;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Workflows;

/// <param name="By">Who wants it.</param>
/// <param name="Image">Another image; null = the present one.</param>
public sealed record ReinstallVmInput(UserId By, ImageId? Image = null);

/// <summary>
/// Gives a VM a fresh disk; what the guest had is lost, its addresses, MAC and size stay (provisioning.md section 9.3). The image is fetched before the machine is
/// stopped. Once the old disk goes there is no way back, only on.
/// </summary>
public sealed class ReinstallVm(Workbench bench)
{
    public const string Kind = "reinstall-vm";

    const string NotingWish = "note the image";
    const string Looking = "look at the machine";

    static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    public Workflow<ReinstallVmInput> Definition => Workflow.For<ReinstallVmInput>(Kind, deadline: TimeSpan.FromMinutes(15))
        .Step(NotingWish, NoteImage, undo: RestoreImage)
        .Step("fetch the image", FetchImage, limit: TimeSpan.FromMinutes(40))
        .Step(Looking, LookAtMachine)
        .Step("stop", StopMachine, undo: StartAgain)
        .NoReturn()
        .Retrying(RetryPolicy.Stubborn)
        .Step("remove disk", RemoveDisk)
        .Step("import disk", ImportDisk, limit: TimeSpan.FromMinutes(40))
        .Step("define machine", DefineMachine)
        .Step("start", StartMachine)
        .Step("wait until it runs", WaitUntilRunning, patience: TimeSpan.FromMinutes(2))
        .Step("write history", Finish)
        .AfterEachStep((run, step, session, stop) => session.SetVmStep(run.Vm, step.Name, stop));

    sealed record ImageChange(uint Before, uint After);

    sealed record Seen(bool WasRunning);

    async Task<Done> NoteImage(Run<ReinstallVmInput> run, CancellationToken stop)
    {
        var record = await bench.Load(run.Vm, stop);
        if (record.Vm.Deleted)
            throw PowerRules.Deleted;
        if (!record.Times.IsActive(bench.Clock.Now))
            throw PowerRules.NotActive;
        if (!record.IsProvisioned || record.Progress.Unfinished is not (UnfinishedWork.None or UnfinishedWork.Reinstalling))
            throw PowerRules.NotReady;
        return Done.By(async (session, token) =>
        {
            var vm = await session.LockVm(run.Vm, token) ?? throw new WorkflowFailure("no-vm", "The VM does not exist");
            await bench.KeepProvisioned(session, record, token);
            var image = run.Input.Image ?? vm.ImageId;
            if (image != vm.ImageId)
                await session.SetVmImage(run.Vm, image, token);
            return new ImageChange(vm.ImageId.Value, image.Value);
        });
    }

    Task<Done> RestoreImage(Run<ReinstallVmInput> run, CancellationToken stop) => Task.FromResult(Done.By(async (session, token) =>
    {
        if (run.Result<ImageChange>(NotingWish) is { } change)
            await session.SetVmImage(run.Vm, new ImageId(change.Before), token);
    }));

    async Task<Done> FetchImage(Run<ReinstallVmInput> run, CancellationToken stop)
    {
        var record = await bench.Load(run.Vm, stop);
        await bench.FetchImage(run, record, stop);
        return Done.Nothing;
    }

    async Task<Done> LookAtMachine(Run<ReinstallVmInput> run, CancellationToken stop)
    {
        var state = await bench.Observe(await bench.Load(run.Vm, stop), stop)
            ?? throw new WorkflowFailure("missing", "The VM was not found on its host", $"VM {run.Vm} is not on its host");
        return Done.With(new Seen(state.Power == MachinePower.Running));
    }

    async Task<Done> StopMachine(Run<ReinstallVmInput> run, CancellationToken stop)
    {
        await bench.HostOf(await bench.Load(run.Vm, stop)).Stop(run.Vm, stop);
        // From here on it may have no disk.
        return Done.By((session, token) => session.BeginVmWork(run.Vm, UnfinishedWork.Reinstalling, null, token));
    }

    async Task<Done> StartAgain(Run<ReinstallVmInput> run, CancellationToken stop)
    {
        if (run.Result<Seen>(Looking) is { WasRunning: true })
            await bench.HostOf(await bench.Load(run.Vm, stop)).Start(run.Vm, stop);
        return Done.Nothing;
    }

    async Task<Done> RemoveDisk(Run<ReinstallVmInput> run, CancellationToken stop)
    {
        await bench.HostOf(await bench.Load(run.Vm, stop)).DeleteDisk(run.Vm, stop);
        return Done.Nothing;
    }

    async Task<Done> ImportDisk(Run<ReinstallVmInput> run, CancellationToken stop)
    {
        var record = await bench.Load(run.Vm, stop);
        await bench.HostOf(record).ImportDisk(record.ToMachine(), stop);
        return Done.Nothing;
    }

    async Task<Done> DefineMachine(Run<ReinstallVmInput> run, CancellationToken stop)
    {
        var record = await bench.Load(run.Vm, stop);
        await bench.HostOf(record).Define(record.ToMachine(), stop);
        return Done.Nothing;
    }

    async Task<Done> StartMachine(Run<ReinstallVmInput> run, CancellationToken stop)
    {
        await bench.HostOf(await bench.Load(run.Vm, stop)).Start(run.Vm, stop);
        return Done.Nothing;
    }

    async Task<Done> WaitUntilRunning(Run<ReinstallVmInput> run, CancellationToken stop) =>
        await bench.Observe(await bench.Load(run.Vm, stop), stop) is { Power: MachinePower.Running, HasDisk: true } ? Done.Nothing : Done.NotYet(LookAgain);

    Task<Done> Finish(Run<ReinstallVmInput> run, CancellationToken stop)
    {
        var change = run.Result<ImageChange>(NotingWish) ?? throw new InvalidOperationException("The image was not noted");
        return Task.FromResult(Done.By(async (session, token) =>
        {
            await session.EndVmWork(run.Vm, token);
            await session.SetStoppedByExpiry(run.Vm, false, token);
            await session.AppendHistory(VmHistory.Reinstalled(run.Vm, run.Input.By, new ImageId(change.Before), new ImageId(change.After)), bench.Clock.Now, token);
        }));
    }
}
