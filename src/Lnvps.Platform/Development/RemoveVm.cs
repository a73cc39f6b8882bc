using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Workflows;
using Lnvps.Database.Vms;
using Lnvps.Platform.Workflows;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Development;

/// <summary>Removes a VM of a development shop at once, whatever it is paid for, as an operator would.</summary>
public sealed class RemoveVm(Shop shop, WorkflowStore store, VmWorkflows workflows)
{
    /// <summary>Asks for the deletion and returns at once; null, or 404 for a VM that is unknown or deleted, 503 in read-only mode.</summary>
    public Task<Refusal?> Ask(VmId vm, CancellationToken stop)
    {
        if (shop.Settings.ReadOnly)
            return Task.FromResult<Refusal?>(Refusal.Unavailable("No machine is removed at the moment"));
        return shop.Db.Write<Refusal?>(async session =>
        {
            if (await session.LockVm(vm, stop) is not { Deleted: false } row)
                return Refusal.NotFound("VM not found");
            await store.Enqueue(session, workflows.Delete, Subject.Of(vm), new DeleteVmInput(DeletionCause.Operator, row.Expires, "removed in development"), askedBy: null, stop);
            return null;
        }, stop);
    }
}
