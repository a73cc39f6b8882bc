using System.Text.Json;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Core.Workflows;
using Lnvps.Database.Sessions;
using Lnvps.Database.Workflows;
using Lnvps.Platform.Telemetry;

namespace Lnvps.Platform.Workflows.Engine;

/// <summary>Asks for workflows and tells how far they are. Works in every program that shares the database, also where no engine runs.</summary>
public sealed class WorkflowStore(WorkflowSignal signal, TimeProvider time)
{
    static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>Most by which the clock of the process that asked and that of the one that gave way may differ.</summary>
    static readonly TimeSpan ClocksDiffer = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Asks for a workflow inside the caller's transaction: it runs once that is committed, after the subject's earlier workflows. The engine of this
    /// process begins at once.
    /// </summary>
    public async Task<WorkflowId> Enqueue<TInput>(
        Session session, Workflow<TInput> workflow, Subject subject, TInput input, UserId? askedBy, CancellationToken stop) where TInput : notnull
    {
        var now = time.Moment();
        if (workflow.Interrupts.Count > 0)
            await session.HastenWorkflows(subject, now, stop);
        var id = await session.InsertWorkflow(new WorkflowRow
        {
            Kind = workflow.Kind,
            SubjectKind = subject.Kind,
            SubjectId = subject.Id,
            Input = JsonSerializer.Serialize(input, WorkflowJson.Options),
            Deadline = now.Plus(workflow.Deadline),
            AskedBy = askedBy,
            Created = now,
            Trace = Tracing.Present,
        }, stop);
        session.AfterCommit(signal.Set);
        return id;
    }

    /// <summary>
    /// As <see cref="Enqueue{TInput}"/>, unless a workflow of this kind waits for its turn on the subject: then its id. One that has begun does not count, as it may
    /// have looked before the caller's transaction changed what it looks at; the one that waits is kept from beginning until that is committed.
    /// </summary>
    public async Task<WorkflowId> EnqueueOnce<TInput>(
        Session session, Workflow<TInput> workflow, Subject subject, TInput input, UserId? askedBy, CancellationToken stop) where TInput : notnull =>
        await session.LockWaitingWorkflow(subject, workflow.Kind, stop) ?? await Enqueue(session, workflow, subject, input, askedBy, stop);

    /// <summary>Starts a failed or undone workflow again: behind the point of no return at the step where it ended, others from the beginning. False for any other.</summary>
    public async Task<bool> Restart(Session session, WorkflowId id, CancellationToken stop)
    {
        if (await session.FindWorkflow(id, stop) is not { } row)
            return false;
        var now = time.Moment();
        var reopened = await session.ReopenWorkflow(id, now, now.Plus(row.Deadline.Since(row.Created)), stop);
        session.AfterCommit(signal.Set);
        return reopened;
    }

    /// <summary>
    /// Starts again what gave way to a workflow that then found nothing to do, oldest first: behind its point of no return where it was, else from the beginning. It goes
    /// on once the caller's transaction is committed and that workflow has ended.
    /// </summary>
    public async Task RestartInterrupted(Session session, WorkflowId by, CancellationToken stop)
    {
        if (await session.FindWorkflow(by, stop) is not { } row)
            return;
        foreach (var id in await session.ListInterruptedWorkflows(row.Subject, Failure.Interrupted, by, row.Created.Plus(-ClocksDiffer), stop))
            await Restart(session, id, stop);
    }

    /// <summary>Lets a workflow of the subject that waits for its next attempt try now, for example because its host answers again.</summary>
    public async Task Hasten(Session session, Subject subject, CancellationToken stop)
    {
        await session.HastenWorkflows(subject, time.Moment(), stop);
        session.AfterCommit(signal.Set);
    }

    /// <summary>The newest workflows of a subject with every attempt at their steps, newest first, in two queries.</summary>
    public async Task<IReadOnlyList<WorkflowReport>> Reports(Session session, Subject subject, int limit, CancellationToken stop)
    {
        return await Reports(session, await session.ListWorkflows(subject, limit, stop), stop);
    }

    /// <summary>Some workflows with every attempt at their steps, in two queries; unknown ones are left out.</summary>
    public async Task<IReadOnlyList<WorkflowReport>> Reports(Session session, IReadOnlyCollection<WorkflowId> workflows, CancellationToken stop) =>
        workflows.Count == 0 ? [] : await Reports(session, await session.ListWorkflows(workflows, stop), stop);

    static async Task<IReadOnlyList<WorkflowReport>> Reports(Session session, List<WorkflowRow> rows, CancellationToken stop)
    {
        if (rows.Count == 0)
            return [];
        var steps = (await session.ListWorkflowSteps([.. rows.Select(row => row.Id)], stop)).ToLookup(step => step.WorkflowId);
        return [.. rows.Select(row => new WorkflowReport(row, [.. steps[row.Id]]))];
    }

    /// <summary>Waits until a workflow has ended, wherever it runs; null when it has not within <paramref name="patience"/>.</summary>
    public async Task<WorkflowRow?> WaitForEnd(Db db, WorkflowId id, TimeSpan patience, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        try
        {
            while (true)
            {
                var end = signal.EndOf(id);
                var row = await db.Read(session => session.FindWorkflow(id, stop), stop);
                if (row is null or { IsOpen: false })
                    return row;
                var left = patience - time.GetElapsedTime(began);
                if (left <= TimeSpan.Zero)
                    return null;
                try
                {
                    await end.WaitAsync(left < LookAgain ? left : LookAgain, time, stop);
                }
                catch (TimeoutException)
                {
                    // It may run in another process, whose signals do not reach here.
                }
            }
        }
        finally
        {
            signal.Forget(id);
        }
    }
}

/// <summary>A workflow and every attempt at its steps.</summary>
public sealed record WorkflowReport(WorkflowRow Workflow, IReadOnlyList<WorkflowStepRow> Steps);
