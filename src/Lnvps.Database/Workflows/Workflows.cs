using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Core.Workflows;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Workflows;

/// <summary>
/// Queries of workflows: asking for them, leasing them by conditional updates, and reading them. What a lease holder writes is in
/// <see cref="WorkflowProgress"/>.
/// </summary>
public static class Workflows
{
    const string Columns = """
        w.id, w.kind, w.subject_kind, w.subject_id, w.input, w.state, w.step, w.attempts, w.due, w.lease_no, w.lease_owner, w.deadline, w.undo_failed,
        w.error_code, w.error_text, w.error_detail, w.asked_by, w.created, w.started, w.step_started, w.step_percent, w.finished, w.trace
        """;

    const string StepColumns = "workflow_id, step, name, taken_back, started, finished, outcome, result, error";

    /// <summary>Asks for a workflow; of the row only kind, subject, input, deadline, asker, creation and trace are read.</summary>
    public static async Task<WorkflowId> InsertWorkflow(this Session session, WorkflowRow row, CancellationToken stop) =>
        new(await session.Insert("""
            INSERT INTO workflow (kind, subject_kind, subject_id, input, state, step, attempts, due, lease_no, deadline, alert_at, undo_failed, asked_by, created, trace)
            VALUES (@Kind, @SubjectKind, @SubjectId, @Input, 0, 0, 0, @Created, 0, @Deadline, @Deadline, 0, @AskedBy, @Created, @Trace)
            """, row, stop));

    public static Task<WorkflowRow?> FindWorkflow(this Session session, WorkflowId id, CancellationToken stop) =>
        session.Find<WorkflowRow>($"SELECT {Columns} FROM workflow w WHERE w.id = @id", new { id }, stop);

    /// <summary>
    /// Workflows to work on now, longest due first: next attempts, lapsed leases, and new ones that are first in the queue of their subject.
    /// The cost follows the number of due ones.
    /// </summary>
    public static Task<List<WorkflowRow>> ListDueWorkflows(this Session session, IReadOnlyCollection<string> kinds, Moment now, int limit, CancellationToken stop) =>
        session.List<WorkflowRow>($"""
            SELECT {Columns} FROM workflow w
            WHERE w.due <= @now AND w.kind IN @kinds AND (w.state <> 0 OR NOT EXISTS (
                SELECT 1 FROM workflow e
                WHERE e.subject_kind = w.subject_kind AND e.subject_id = w.subject_id AND e.due IS NOT NULL AND e.id < w.id))
            ORDER BY w.due, w.id LIMIT @limit
            """, new { now, kinds, limit }, stop);

    /// <summary>The earliest moment after now at which some workflow falls due; null = none is open.</summary>
    public static Task<Moment?> NextDueWorkflow(this Session session, Moment now, CancellationToken stop) =>
        session.Find<Moment?>("SELECT due FROM workflow WHERE due > @now ORDER BY due LIMIT 1", new { now }, stop);

    /// <summary>
    /// Takes the lease of a due workflow, unless another worker was faster (false). A unique key refuses a second running workflow of the subject:
    /// the caller treats that error as "not now".
    /// </summary>
    public static async Task<bool> LeaseWorkflow(this Session session, WorkflowRow seen, string owner, Moment now, Moment until, CancellationToken stop) =>
        await session.Execute("""
            UPDATE workflow SET state = CASE WHEN state = 0 THEN 1 ELSE state END, running_on = @subject, lease_no = lease_no + 1, lease_owner = @owner,
                due = @until, started = COALESCE(started, @now), step_started = COALESCE(step_started, @now), step_percent = NULL
            WHERE id = @Id AND lease_no = @LeaseNo AND due <= @now
            """, new { seen.Id, seen.LeaseNo, subject = seen.Subject.ToString(), owner, now, until }, stop) > 0;

    /// <summary>Open workflows of a subject in the order in which they run.</summary>
    public static Task<List<WorkflowRow>> ListOpenWorkflows(this Session session, Subject subject, CancellationToken stop) =>
        session.List<WorkflowRow>($"""
            SELECT {Columns} FROM workflow w WHERE w.subject_kind = @Kind AND w.subject_id = @Id AND w.due IS NOT NULL ORDER BY w.id
            """, new { subject.Kind, subject.Id }, stop);

    /// <summary>The first workflow of a kind that waits for its turn on a subject; nobody begins it before the transaction ends.</summary>
    public static Task<WorkflowId?> LockWaitingWorkflow(this Session session, Subject subject, string kind, CancellationToken stop) =>
        session.Find<WorkflowId?>($"""
            SELECT id FROM workflow WHERE subject_kind = @subjectKind AND subject_id = @id AND kind = @kind AND state = 0 AND due IS NOT NULL
            ORDER BY id LIMIT 1{session.Dialect.ForUpdate}
            """, new { subjectKind = subject.Kind, id = subject.Id, kind }, stop);

    /// <summary>Kinds of the workflows that wait for their turn on a subject.</summary>
    public static Task<List<string>> ListWaitingKinds(this Session session, Subject subject, CancellationToken stop) =>
        session.List<string>("""
            SELECT kind FROM workflow WHERE subject_kind = @Kind AND subject_id = @Id AND due IS NOT NULL AND state = 0 ORDER BY id
            """, new { subject.Kind, subject.Id }, stop);

    /// <summary>The newest workflows of a subject, newest first.</summary>
    public static Task<List<WorkflowRow>> ListWorkflows(this Session session, Subject subject, int limit, CancellationToken stop) =>
        session.List<WorkflowRow>($"""
            SELECT {Columns} FROM workflow w WHERE w.subject_kind = @Kind AND w.subject_id = @Id ORDER BY w.id DESC LIMIT @limit
            """, new { subject.Kind, subject.Id, limit }, stop);

    public static Task<List<WorkflowRow>> ListWorkflows(this Session session, IReadOnlyCollection<WorkflowId> workflows, CancellationToken stop) =>
        session.List<WorkflowRow>($"SELECT {Columns} FROM workflow w WHERE w.id IN @ids ORDER BY w.id", new { ids = workflows.Select(w => w.Value).ToList() }, stop);

    /// <summary>Ended workflows that were given up with something left to do, newest first.</summary>
    public static Task<List<WorkflowRow>> ListParkedWorkflows(this Session session, int limit, CancellationToken stop) =>
        session.List<WorkflowRow>($"SELECT {Columns} FROM workflow w WHERE w.state = 4 ORDER BY w.id DESC LIMIT @limit", new { limit }, stop);

    /// <summary>
    /// Ended workflows of a subject that stopped short because of another one, in the order in which they were asked for: asked for before that one, and ended with
    /// this code not before a moment.
    /// </summary>
    public static Task<List<WorkflowId>> ListInterruptedWorkflows(
        this Session session, Subject subject, string code, WorkflowId by, Moment since, CancellationToken stop) =>
        session.List<WorkflowId>("""
            SELECT id FROM workflow
            WHERE subject_kind = @subjectKind AND subject_id = @subjectId AND id < @by AND due IS NULL AND state IN (4, 5) AND error_code = @code AND finished >= @since
            ORDER BY id
            """, new { subjectKind = subject.Kind, subjectId = subject.Id, code, by, since }, stop);

    /// <summary>The attempts of some workflows in the order in which they were made.</summary>
    public static Task<List<WorkflowStepRow>> ListWorkflowSteps(this Session session, IReadOnlyCollection<WorkflowId> workflows, CancellationToken stop) =>
        session.List<WorkflowStepRow>($"SELECT {StepColumns} FROM workflow_step WHERE workflow_id IN @ids ORDER BY id",
            new { ids = workflows.Select(w => w.Value).ToList() }, stop);

    /// <summary>Lets a subject's workflow that waits for its next attempt be looked at now.</summary>
    public static Task HastenWorkflows(this Session session, Subject subject, Moment now, CancellationToken stop) =>
        session.Execute("""
            UPDATE workflow SET due = @now WHERE subject_kind = @Kind AND subject_id = @Id AND due > @now AND lease_owner IS NULL
            """, new { subject.Kind, subject.Id, now }, stop);

    /// <summary>Opens an ended workflow again; it goes on at its recorded step when its turn comes. False unless it had failed or been undone.</summary>
    public static async Task<bool> ReopenWorkflow(this Session session, WorkflowId id, Moment now, Moment deadline, CancellationToken stop) =>
        await session.Execute("""
            UPDATE workflow SET state = 0, attempts = 0, due = @now, deadline = @deadline, alert_at = @deadline, undo_failed = 0, step_started = NULL, finished = NULL,
                error_code = NULL, error_text = NULL, error_detail = NULL
            WHERE id = @id AND state IN (4, 5)
            """, new { id, now, deadline }, stop) > 0;

    /// <summary>
    /// Removes workflows that succeeded or were taken back before a moment, oldest first, with their steps; returns how many. Looks at no more of them than the limit:
    /// they end nearly in the order of their ids.
    /// </summary>
    public static async Task<int> DeleteEndedWorkflows(this Session session, Moment before, int limit, CancellationToken stop)
    {
        var ids = await session.List<WorkflowId>("""
            SELECT e.id FROM (SELECT id, finished FROM workflow WHERE state IN (3, 5) AND due IS NULL ORDER BY id LIMIT @limit) e WHERE e.finished < @before
            """, new { before, limit }, stop);
        // Their steps go with them.
        return ids.Count == 0 ? 0 : await session.Execute("DELETE FROM workflow WHERE id IN @ids", new { ids = ids.Select(id => id.Value).ToList() }, stop);
    }

    /// <summary>Open workflows past their deadline of which no operator was told.</summary>
    public static Task<List<WorkflowRow>> ListOverdueWorkflows(this Session session, Moment now, CancellationToken stop) =>
        session.List<WorkflowRow>($"SELECT {Columns} FROM workflow w WHERE w.alert_at <= @now ORDER BY w.alert_at LIMIT 100", new { now }, stop);

    /// <summary>Remembers that an operator was told; false when another worker did it.</summary>
    public static async Task<bool> MarkOverdueTold(this Session session, WorkflowId id, CancellationToken stop) =>
        await session.Execute("UPDATE workflow SET alert_at = NULL WHERE id = @id AND alert_at IS NOT NULL", new { id }, stop) > 0;
}
