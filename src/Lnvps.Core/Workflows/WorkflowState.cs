namespace Lnvps.Core.Workflows;

/// <summary>How far a workflow is; stored as ordinal.</summary>
public enum WorkflowState : ushort
{
    /// <summary>Asked for; waits its turn on its subject.</summary>
    Waiting = 0,
    /// <summary>Its steps run, or one waits to be tried again.</summary>
    Running = 1,
    /// <summary>A step failed; what was done is taken back, last step first.</summary>
    Undoing = 2,
    /// <summary>All steps done.</summary>
    Succeeded = 3,
    /// <summary>Given up with something left to do: behind the point of no return, or taking back failed too. Can be restarted.</summary>
    Failed = 4,
    /// <summary>A step failed and everything done before was taken back. Can be restarted.</summary>
    Undone = 5,
}

/// <summary>How one attempt at a step ended; stored as ordinal.</summary>
public enum StepOutcome : ushort
{
    Done = 0,
    /// <summary>Failed for a passing reason; tried again later.</summary>
    Retried = 1,
    /// <summary>Failed for good.</summary>
    Failed = 2,
}

/// <summary>What a workflow works on: at most one workflow runs on a subject at a time.</summary>
/// <param name="Kind">Kind of thing, such as <c>vm</c>; at most 20 characters.</param>
public readonly record struct Subject(string Kind, uint Id)
{
    public static Subject Of(Identity.VmId vm) => new("vm", vm.Value);

    /// <summary>Text that is unique per subject: <c>vm:42</c>.</summary>
    public override string ToString() => $"{Kind}:{Id}";
}
