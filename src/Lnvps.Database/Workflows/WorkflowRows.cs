using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Core.Workflows;

namespace Lnvps.Database.Workflows;

/// <summary>A row of <c>workflow</c>: one piece of slow work, from being asked for to its end.</summary>
public sealed record WorkflowRow
{
    public WorkflowId Id { get; init; }
    public string Kind { get; init; } = "";
    public string SubjectKind { get; init; } = "";
    public uint SubjectId { get; init; }
    /// <summary>W3C trace parent of what asked for it; null when nobody traces.</summary>
    public string? Trace { get; init; }
    /// <summary>What was asked for, as JSON.</summary>
    public string Input { get; init; } = "";
    public WorkflowState State { get; init; }
    /// <summary>Index of the step to run next or, while undoing, to take back next.</summary>
    public uint Step { get; init; }
    /// <summary>Failed attempts at this step so far.</summary>
    public uint Attempts { get; init; }
    /// <summary>When somebody must look at it next: its next attempt or, while it is worked on, the end of the lease. Null = ended.</summary>
    public Moment? Due { get; init; }
    /// <summary>Counts the leases; whoever holds an older one may write no more.</summary>
    public uint LeaseNo { get; init; }
    public string? LeaseOwner { get; init; }
    public Moment Deadline { get; init; }
    /// <summary>Taking back failed for at least one step.</summary>
    public bool UndoFailed { get; init; }
    /// <summary>Short name of the cause, for programs.</summary>
    public string? ErrorCode { get; init; }
    /// <summary>The cause as customers may read it.</summary>
    public string? ErrorText { get; init; }
    /// <summary>The cause in full, for operators only.</summary>
    public string? ErrorDetail { get; init; }
    /// <summary>Who asked; null = the system.</summary>
    public UserId? AskedBy { get; init; }
    public Moment Created { get; init; }
    public Moment? Started { get; init; }
    public Moment? StepStarted { get; init; }
    /// <summary>How far the present step is, 0 to 100; null while it does not say.</summary>
    public uint? StepPercent { get; init; }
    public Moment? Finished { get; init; }

    public Subject Subject => new(SubjectKind, SubjectId);

    public bool IsOpen => Due is not null;
}

/// <summary>A row of <c>workflow_step</c>: one attempt at one step, or at taking it back.</summary>
public sealed record WorkflowStepRow
{
    public WorkflowId WorkflowId { get; init; }
    /// <summary>Index of the step.</summary>
    public uint Step { get; init; }
    public string Name { get; init; } = "";
    /// <summary>The step was taken back, not done.</summary>
    public bool TakenBack { get; init; }
    public Moment Started { get; init; }
    public Moment Finished { get; init; }
    public StepOutcome Outcome { get; init; }
    /// <summary>What the step gained, as JSON; null = nothing.</summary>
    public string? Result { get; init; }
    /// <summary>For operators.</summary>
    public string? Error { get; init; }
}

/// <summary>The right of one worker to work on a workflow until it runs out.</summary>
public readonly record struct Lease(WorkflowId Id, uint No, string Owner);
