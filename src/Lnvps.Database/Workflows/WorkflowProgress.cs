using Lnvps.Core.Time;
using Lnvps.Core.Workflows;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Workflows;

/// <summary>
/// What the holder of a lease writes. Each statement names the lease and the place it believes the workflow to be at and matches nothing when either is
/// no longer true: then the caller has lost the lease (or a commit it took for lost went through) and must stop without another word.
/// </summary>
public static class WorkflowProgress
{
    const string Held = "id = @Id AND lease_no = @No AND lease_owner = @Owner AND state = @state AND step = @step AND due IS NOT NULL";

    /// <summary>Makes the lease last longer.</summary>
    public static async Task<bool> RenewLease(this Session session, Lease lease, Moment until, CancellationToken stop) =>
        await session.Execute("UPDATE workflow SET due = @until WHERE id = @Id AND lease_no = @No AND lease_owner = @Owner AND due IS NOT NULL",
            new { lease.Id, lease.No, lease.Owner, until }, stop) > 0;

    /// <summary>Tells how far the present step is.</summary>
    public static Task SetStepPercent(this Session session, Lease lease, uint percent, CancellationToken stop) =>
        session.Execute("UPDATE workflow SET step_percent = @percent WHERE id = @Id AND lease_no = @No AND lease_owner = @Owner AND due IS NOT NULL",
            new { lease.Id, lease.No, lease.Owner, percent }, stop);

    /// <summary>Goes to another step under the same lease.</summary>
    public static async Task<bool> MoveWorkflow(
        this Session session, Lease lease, WorkflowState state, uint step, uint nextStep, bool undoFailed, Moment now, Moment until, CancellationToken stop) =>
        await session.Execute($"""
            UPDATE workflow SET step = @nextStep, attempts = 0, due = @until, step_started = @now, step_percent = NULL, undo_failed = CASE WHEN @undoFailed = 1 THEN 1 ELSE undo_failed END
            WHERE {Held}
            """, new { lease.Id, lease.No, lease.Owner, state, step, nextStep, undoFailed = undoFailed ? 1 : 0, now, until }, stop) > 0;

    /// <summary>Gives the lease back until the next attempt.</summary>
    public static async Task<bool> PauseWorkflow(
        this Session session, Lease lease, WorkflowState state, uint step, uint attempts, Moment due, CancellationToken stop) =>
        await session.Execute($"UPDATE workflow SET attempts = @attempts, due = @due, lease_owner = NULL, step_percent = NULL WHERE {Held}",
            new { lease.Id, lease.No, lease.Owner, state, step, attempts, due }, stop) > 0;

    /// <summary>Turns round: from <paramref name="nextStep"/> backwards everything is taken back.</summary>
    public static async Task<bool> TurnWorkflow(
        this Session session, Lease lease, uint step, uint nextStep, string code, string text, string detail, Moment now, Moment until, CancellationToken stop) =>
        await session.Execute($"""
            UPDATE workflow SET state = 2, step = @nextStep, attempts = 0, due = @until, step_started = @now, step_percent = NULL,
                error_code = @code, error_text = @text, error_detail = @detail
            WHERE {Held}
            """, new { lease.Id, lease.No, lease.Owner, state = WorkflowState.Running, step, nextStep, code, text, detail, now, until }, stop) > 0;

    /// <summary>Ends it. The subject is free for its next workflow.</summary>
    /// <param name="step">Where it is now; <paramref name="restartAt"/> is where it would go on if it were opened again.</param>
    public static async Task<bool> EndWorkflow(
        this Session session, Lease lease, WorkflowState state, uint step, WorkflowState end, uint restartAt, string? code, string? text, string? detail, Moment now,
        CancellationToken stop) =>
        await session.Execute($"""
            UPDATE workflow SET state = @end, step = @restartAt, attempts = 0, due = NULL, alert_at = NULL, running_on = NULL, lease_owner = NULL, finished = @now,
                step_started = NULL, step_percent = NULL, error_code = COALESCE(@code, error_code), error_text = COALESCE(@text, error_text), error_detail = COALESCE(@detail, error_detail)
            WHERE {Held}
            """, new { lease.Id, lease.No, lease.Owner, state, step, end, restartAt, code, text, detail, now }, stop) > 0;

    public static Task AppendWorkflowStep(this Session session, WorkflowStepRow row, CancellationToken stop) =>
        session.Execute("""
            INSERT INTO workflow_step (workflow_id, step, name, taken_back, started, finished, outcome, result, error)
            VALUES (@WorkflowId, @Step, @Name, @TakenBack, @Started, @Finished, @Outcome, @Result, @Error)
            """, row, stop);
}
