using Lnvps.Api.Http.Contracts;
using Lnvps.Core.Time;
using Lnvps.Core.Workflows;
using Lnvps.Database.Workflows;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Api.Actions;

/// <summary>
/// Slow work on a VM: what it is, how far it is, and its steps with times. <see cref="Error"/> is a clean text and <see cref="ErrorCode"/> its short name, null
/// unless it failed; <see cref="Percent"/> is null once it failed or is being taken back.
/// </summary>
sealed record ActionView(
    string Id, string Kind, uint VmId,
    [property: Words("waiting", "running", "undoing", "succeeded", "failed", "undone")] string State, uint? Percent, Instant Created, Instant? Finished, string? Error, string? ErrorCode, List<ActionStepView> Steps);

/// <summary>
/// A step that was tried, or is being done: then <see cref="Finished"/> is null, the outcome "running" and <see cref="Percent"/> how far it is, if it says so.
/// </summary>
sealed record ActionStepView(string Name, Instant Started, Instant? Finished, long Milliseconds, [property: Words("running", "done", "retried", "failed")] string Outcome, uint? Percent);

/// <summary>How far an action is; an event of its stream.</summary>
sealed record ActionProgressView(uint? Percent, string? Step, uint? StepPercent);

/// <summary>Turns workflows into what a customer sees of them.</summary>
sealed class ActionViewing(WorkflowEngine engine, TimeProvider time)
{
    public ActionView Of(WorkflowReport report)
    {
        var row = report.Workflow;
        var failed = row.State is WorkflowState.Failed or WorkflowState.Undone;
        return new ActionView(row.Id.ToString(), row.Kind, row.SubjectId, row.State.ToString().ToLowerInvariant(), engine.Percent(row), Wire(row.Created),
            row.Finished is { } end ? Wire(end) : null, failed ? row.ErrorText : null, failed ? row.ErrorCode : null,
            [.. report.Steps.Where(step => !step.TakenBack).Select(Tried), .. Present(row)]);
    }

    public ActionProgressView ProgressOf(WorkflowRow row) => new(engine.Percent(row), engine.PresentStep(row), row.StepPercent);

    static ActionStepView Tried(WorkflowStepRow step) => new(
        step.Name, Wire(step.Started), Wire(step.Finished), (long)step.Finished.Since(step.Started).TotalMilliseconds, step.Outcome.ToString().ToLowerInvariant(), null);

    IEnumerable<ActionStepView> Present(WorkflowRow row)
    {
        if (engine.PresentStep(row) is { } name && row.StepStarted is { } started)
            yield return new ActionStepView(name, Wire(started), null, (long)time.Moment().Since(started).TotalMilliseconds, "running", row.StepPercent);
    }

    static Instant Wire(Moment moment) => new(moment.UnixMilliseconds / 1000);
}
