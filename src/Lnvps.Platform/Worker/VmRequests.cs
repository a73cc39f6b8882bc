using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Core.Workflows;
using Lnvps.Database.Sessions;
using Lnvps.Database.Vms;
using Lnvps.Database.Worker;
using Lnvps.Database.Workflows;
using Lnvps.Platform.Workflows;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Worker;

/// <summary>
/// What the worker asks to be done with VMs. Each is asked for inside the caller's transaction, under the VM's lock, and not again while it is open; what failed
/// for good rests before it is asked for again.
/// </summary>
public sealed class VmRequests(WorkflowStore store, VmWorkflows workflows)
{
    internal Task Create(Session session, VmId vm, CancellationToken stop) =>
        store.EnqueueOnce(session, workflows.Create, Subject.Of(vm), new CreateVmInput(), askedBy: null, stop);

    internal Task Delete(Session session, VmFactsRow vm, DeletionCause cause, CancellationToken stop) =>
        store.EnqueueOnce(session, workflows.Delete, Subject.Of(vm.Id), new DeleteVmInput(cause, vm.Expires), askedBy: null, stop);

    internal Task<bool> StopForExpiry(Session session, VmId vm, LifeRules rules, CancellationToken stop) =>
        AfterRest(session, workflows.Stop, vm, new VmPowerInput(PowerCause.Expiry, By: null), rules.RealNow.Plus(-LifeRules.PauseAfterFailure), stop);

    internal Task<bool> StartAfterRenewal(Session session, VmId vm, LifeRules rules, CancellationToken stop) =>
        AfterRest(session, workflows.Start, vm, new VmPowerInput(PowerCause.Expiry, By: null), rules.RealNow.Plus(-LifeRules.PauseAfterFailure), stop);

    /// <summary>Has what a host still has of a deleted VM removed.</summary>
    internal async Task<bool> RemoveLeftover(Session session, VmFactsRow vm, HostId host, LifeRules rules, CancellationToken stop)
    {
        // The deletion looks on the VM's own host and on the one of this marker.
        if (host != vm.HostId)
            await session.BeginVmWork(vm.Id, UnfinishedWork.Deleting, host, stop);
        return await AfterRest(session, workflows.Delete, vm.Id, new DeleteVmInput(DeletionCause.Leftover, vm.Expires), rules.RealNow.Plus(-LifeRules.PauseAfterDeletion), stop);
    }

    /// <summary>Takes up a deletion that was given up, at the step that failed.</summary>
    internal async Task<bool> ResumeDeletion(Session session, VmFactsRow vm, LifeRules rules, CancellationToken stop)
    {
        if (await session.FindLastFailed(Subject.Of(vm.Id), DeleteVm.Kind, stop) is not { } last)
        {
            // Nobody knows any more why it was to be deleted; it was decided all the same.
            await Delete(session, vm, LifeRules.TimesOf(vm).IsExpired(rules.Now) ? DeletionCause.GraceOver : DeletionCause.Operator, stop);
            return true;
        }
        return last.Finished <= rules.RealNow.Plus(-LifeRules.PauseAfterFailure) && await store.Restart(session, last.Id, stop);
    }

    async Task<bool> AfterRest<TInput>(Session session, Workflow<TInput> workflow, VmId vm, TInput input, Moment failedBefore, CancellationToken stop) where TInput : notnull
    {
        if (await session.FindLastFailed(Subject.Of(vm), workflow.Kind, stop) is { } last && last.Finished > failedBefore)
            return false;
        await store.EnqueueOnce(session, workflow, Subject.Of(vm), input, askedBy: null, stop);
        return true;
    }
}
