using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Workflows;

/// <summary>What starting, stopping and restarting share.</summary>
static class PowerRules
{
    /// <summary>Why a VM must not be made to run now; null when it may.</summary>
    public static WorkflowFailure? MustNotRun(VmRecord record, Instant now) => record switch
    {
        { Vm.Deleted: true } => new WorkflowFailure("deleted", "The VM is deleted"),
        _ when !record.Times.IsActive(now) => new WorkflowFailure("not-active", "The VM is not paid for"),
        { Progress.Unfinished: UnfinishedWork.Reinstalling or UnfinishedWork.Deleting } => new WorkflowFailure("not-ready", "The VM is not ready for this"),
        _ => null,
    };

    /// <summary>The history row as the one who acted appears in it.</summary>
    public static VmHistoryEntry Entry(VmHistoryEntry entry, VmPowerInput input) => input.Cause switch
    {
        PowerCause.Operator => entry.ByAdmin(input.By),
        PowerCause.Expiry => entry with { InitiatedBy = null },
        _ => entry,
    };
}
