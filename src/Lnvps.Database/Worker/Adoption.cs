using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Worker;

/// <summary>Markers of VMs that the check against their hosts corrects.</summary>
public static class Adoption
{
    /// <summary>Marks VMs from before the markers as completely made; nothing changes for those that have begun or completed anything meanwhile.</summary>
    public static async Task AdoptVms(this Session session, IReadOnlyCollection<VmId> vms, Moment now, CancellationToken stop)
    {
        foreach (var vm in vms)
            await session.Execute(session.Dialect.InsertOrKeep("vm_progress", "vm_id", "@vm", "vm_id"), new { vm }, stop);
        await session.Execute("UPDATE vm_progress SET provisioned_at = @now WHERE vm_id IN @ids AND provisioned_at IS NULL AND unfinished = 0",
            new { now, ids = vms.Select(vm => vm.Value).ToList() }, stop);
    }

    /// <summary>The machine is nowhere: it counts as not made, and whatever begins it again finds its MAC and addresses in place.</summary>
    public static async Task MarkVmLost(this Session session, VmId vm, CancellationToken stop)
    {
        await session.Execute(session.Dialect.InsertOrKeep("vm_progress", "vm_id", "@vm", "vm_id"), new { vm }, stop);
        await session.Execute("UPDATE vm_progress SET provisioned_at = NULL, unfinished = 1, stopped_by_expiry = 0 WHERE vm_id = @vm", new { vm }, stop);
    }
}
