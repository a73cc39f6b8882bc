using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Workflows;

/// <summary>What starting, stopping, restarting and re-installing share.</summary>
static class PowerRules
{
    /// <summary>Error codes of workflows that came too late, by which those who wait for them tell why.</summary>
    public const string DeletedCode = "deleted", NotActiveCode = "not-active", NotReadyCode = "not-ready";

    public static WorkflowFailure Deleted => new(DeletedCode, "The VM is deleted") { IsRefusal = true };

    public static WorkflowFailure NotActive => new(NotActiveCode, "The VM is not paid for") { IsRefusal = true };

    public static WorkflowFailure NotReady => new(NotReadyCode, "The VM is not ready for this") { IsRefusal = true };

    /// <summary>Why a VM must not be made to run now; null when it may.</summary>
    public static WorkflowFailure? MustNotRun(VmRecord record, Instant now) => record switch
    {
        { Vm.Deleted: true } => Deleted,
        _ when !record.Times.IsActive(now) => NotActive,
        { Progress.Unfinished: UnfinishedWork.Reinstalling or UnfinishedWork.Deleting } => NotReady,
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
