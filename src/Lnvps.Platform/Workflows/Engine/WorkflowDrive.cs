using System.Data.Common;
using System.Text.Json;
using Lnvps.Core.Time;
using Lnvps.Core.Workflows;
using Lnvps.Database.Sessions;
using Lnvps.Database.Workflows;
using Lnvps.Platform.Telemetry;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Workflows.Engine;

/// <summary>
/// Takes one leased workflow as far as it goes: step by step to its end, to a pause, or to the loss of the lease. What a step did and what follows from it are
/// recorded in one transaction; a process that dies in between leaves the step to be repeated by the next holder.
/// </summary>
sealed class WorkflowDrive(EngineParts parts, WorkflowDefinition definition, WorkflowRow row, Lease lease)
{
    readonly Dictionary<string, string> _results = [];
    WorkflowState _state = row.State == WorkflowState.Waiting ? WorkflowState.Running : row.State;
    uint _step = row.Step;
    uint _attempts = row.Attempts;
    Moment _stepStarted = row.StepStarted ?? parts.Time.Moment();
    bool _undoFailed = row.UndoFailed;
    WorkflowState _end = WorkflowState.Succeeded;
    Failure? _cause = row.ErrorCode is null ? null : new Failure(false, row.ErrorCode, row.ErrorText ?? "", row.ErrorDetail ?? "");

    enum Next { Step, Nothing }

    StepDefinition Step => definition.Steps[(int)_step];

    bool IsUndoing => _state == WorkflowState.Undoing;

    static string DeedName(bool undo) => undo ? "undo" : "do";

    Moment Until => parts.Time.Moment().Plus(parts.Options.Lease);

    Run Run => RunTelling(_ => { });

    Run RunTelling(Action<int> progress) => new(row.Id, row.Kind, row.Subject, row.AskedBy, row.Input, _results, progress);

    /// <summary>Returns when there is nothing more to do for now.</summary>
    public async Task Go(CancellationToken stop)
    {
        await using var keeper = new LeaseKeeper(parts.Db, lease, parts.Options.Lease, parts.Time);
        using var held = CancellationTokenSource.CreateLinkedTokenSource(stop, keeper.Lost);
        try
        {
            if (_step > 0 || _state == WorkflowState.Undoing)
                await LoadResults(held.Token);
            var next = Next.Step;
            if (_state == WorkflowState.Running && await parts.Db.Read(session => IsInterrupted(session, held.Token), held.Token))
                next = await Turn(Failure.GaveWay, parts.Time.Moment(), held.Token);
            while (next == Next.Step)
                next = await Advance(held.Token);
        }
        catch (LeaseLostException)
        {
            parts.Log.LogWarning("Workflow {Id} ({Kind} of {Subject}) was taken over by another worker", row.Id, row.Kind, row.Subject);
        }
        catch (OperationCanceledException) when (held.IsCancellationRequested)
        {
            if (!keeper.Lost.IsCancellationRequested)
                await GiveBack();
        }
    }

    async Task<Next> Advance(CancellationToken stop)
    {
        var undo = IsUndoing;
        var began = parts.Time.Moment();
        Failure failure;
        try
        {
            var done = await Work(undo ? Step.Undo! : Step.Do, stop);
            if (done.Again is null)
            {
                var step = Step;
                var next = undo ? await RecordUndo(done, began, stop) : await Record(done, began, stop);
                Count(step, undo, StepOutcome.Done, began);
                return next;
            }
            if (parts.Time.Moment().Since(_stepStarted) < Step.Patience)
                return await Pause(_attempts, done.Again.Value, stop);
            failure = Failure.TimedOut($"'{Step.Name}' was not done within {Step.Patience}") with { IsTransient = false };
        }
        catch (Exception error) when (error is not (LeaseLostException or RecordException) && !stop.IsCancellationRequested)
        {
            failure = Failure.Of(error, parts.Db.Dialect);
            parts.Log.Log(failure.IsTransient ? LogLevel.Warning : LogLevel.Error, error,
                "Workflow {Id} ({Kind} of {Subject}): {Deed} '{Step}' failed, attempt {Attempt}",
                row.Id, row.Kind, row.Subject, undo ? "taking back" : "step", Step.Name, _attempts + 1);
        }
        return await Fail(failure, began, stop);
    }

    async Task<Done> Work(StepFunction work, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(Step.Limit, parts.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        await using var progress = new ProgressKeeper(parts, row, lease, Step.Name);
        using var span = Tracing.Step(row.Kind, Step.Name, DeedName(IsUndoing), row.Id.Value, row.Subject.ToString(), _attempts + 1, row.Trace);
        try
        {
            return await work(RunTelling(progress.Report), both.Token);
        }
        catch (OperationCanceledException late) when (limit.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            span.Fail(late);
            throw new TimeoutException($"No end of '{Step.Name}' within {Step.Limit}", late);
        }
        catch (Exception error)
        {
            span.Fail(error);
            throw;
        }
    }

    /// <summary>Records a step that is done and goes to the next, or to the end.</summary>
    async Task<Next> Record(Done done, Moment began, CancellationToken stop)
    {
        var step = Step;
        var (last, interrupted, result) = await Write(async session =>
        {
            // Rows of the business are locked before the workflow's, as in the transactions that ask for workflows.
            var (result, ends) = await done.Apply(session, stop);
            var json = Json(result);
            var now = parts.Time.Moment();
            var last = ends || _step + 1 == definition.Steps.Count;
            if (last)
                Hold(await session.EndWorkflow(lease, _state, _step, WorkflowState.Succeeded, _step, null, null, null, now, stop));
            else
                Hold(await session.MoveWorkflow(lease, _state, _step, _step + 1, undoFailed: false, now, Until, stop));
            await session.AppendWorkflowStep(Attempt(step, began, now, StepOutcome.Done, json, null), stop);
            if (definition.StepDone is { } hook)
                await hook(Run, step, session, stop);
            return (last, !last && await IsInterrupted(session, stop), json);
        }, stop);
        if (last)
            return End();
        if (result is not null)
            _results[step.Name] = result;
        (_step, _attempts, _stepStarted) = (_step + 1, 0, parts.Time.Moment());
        return interrupted ? await Turn(Failure.GaveWay, parts.Time.Moment(), stop) : Next.Step;
    }

    async Task<Next> RecordUndo(Done done, Moment began, CancellationToken stop)
    {
        var next = UndoAtOrBelow((int)_step - 1);
        await Write(async session =>
        {
            await done.Apply(session, stop);
            var now = parts.Time.Moment();
            if (next is { } below)
                Hold(await session.MoveWorkflow(lease, _state, _step, below, undoFailed: false, now, Until, stop));
            await session.AppendWorkflowStep(Attempt(Step, began, now, StepOutcome.Done, null, null), stop);
            if (next is null)
                await EndFailed(session, _cause!, stop);
            return true;
        }, stop);
        return next is { } to ? GoTo(to) : End();
    }

    /// <summary>A step, or taking it back, failed: once more later, or for good.</summary>
    async Task<Next> Fail(Failure failure, Moment began, CancellationToken stop)
    {
        if (failure.IsTransient && Step.Retry.DelayBefore(_attempts, parts.Options.Jitter()) is { } delay)
        {
            await parts.Db.Write(async session =>
            {
                Hold(await session.PauseWorkflow(lease, _state, _step, _attempts + 1, parts.Time.Moment().Plus(delay), stop));
                await session.AppendWorkflowStep(Attempt(Step, began, parts.Time.Moment(), StepOutcome.Retried, null, failure.Detail), stop);
            }, stop);
            Count(Step, IsUndoing, StepOutcome.Retried, began);
            return Next.Nothing;
        }
        var (step, undo) = (Step, IsUndoing);
        var next = undo ? await UndoFailed(failure, began, stop) : await Turn(failure, began, stop);
        Count(step, undo, StepOutcome.Failed, began);
        return next;
    }

    /// <summary>
    /// Turns round: parks the workflow behind the point of no return (and just ends it there when it gives way to other work), else takes back from this step on, or ends where nothing is
    /// to be taken back.
    /// </summary>
    async Task<Next> Turn(Failure failure, Moment began, CancellationToken stop)
    {
        var next = _step >= definition.NoReturnFrom ? null : UndoAtOrBelow((int)_step);
        _cause = failure;
        await parts.Db.Write(async session =>
        {
            var now = parts.Time.Moment();
            if (next is { } back)
                Hold(await session.TurnWorkflow(lease, _step, back, failure.Code, failure.Text, failure.Detail, now, Until, stop));
            if (failure.Code != Failure.Interrupted)
                await session.AppendWorkflowStep(Attempt(Step, began, now, StepOutcome.Failed, null, failure.Detail), stop);
            if (next is null)
                await EndFailed(session, failure, stop);
        }, stop);
        _state = WorkflowState.Undoing;
        return next is { } to ? GoTo(to) : End();
    }

    /// <summary>Taking back failed for good: that is told to operators, and the step before is taken back all the same.</summary>
    async Task<Next> UndoFailed(Failure failure, Moment began, CancellationToken stop)
    {
        var next = UndoAtOrBelow((int)_step - 1);
        await parts.Db.Write(async session =>
        {
            var now = parts.Time.Moment();
            Hold(await session.MoveWorkflow(lease, _state, _step, next ?? _step, undoFailed: true, now, Until, stop));
            await session.AppendWorkflowStep(Attempt(Step, began, now, StepOutcome.Failed, null, failure.Detail), stop);
            if (next is null)
                await EndFailed(session, _cause!, stop, undoFailed: true);
        }, stop);
        _undoFailed = true;
        return next is { } to ? GoTo(to) : End();
    }

    /// <summary>
    /// Writes the record of work that succeeded. When the database goes away meanwhile, nobody knows whether it was written: the lease runs out, and the next
    /// holder finds either.
    /// </summary>
    async Task<T> Write<T>(Func<Session, Task<T>> record, CancellationToken stop)
    {
        try
        {
            return await parts.Db.Write(record, stop);
        }
        catch (DbException error) when (parts.Db.Dialect.IsTransient(error) || parts.Db.Dialect.IsOutcomeUnknown(error))
        {
            throw new RecordException(error);
        }
    }

    async Task EndFailed(Session session, Failure cause, CancellationToken stop, bool undoFailed = false)
    {
        var refused = cause.IsRefusal && _step == 0;
        var goesOnHere = !refused && _state != WorkflowState.Undoing && _step >= definition.NoReturnFrom;
        // What gives way is not parked: the work that took precedence removes all that this made or, when it then lets it live, opens this again where it was.
        var parked = goesOnHere && cause.Code != Failure.Interrupted;
        _end = parked || undoFailed || _undoFailed ? WorkflowState.Failed : WorkflowState.Undone;
        Hold(await session.EndWorkflow(lease, _state, _step, _end, goesOnHere ? _step : 0,
            cause.Code, cause.Text, cause.Detail, parts.Time.Moment(), stop));
        if (cause.Code == Failure.Interrupted && !undoFailed && !_undoFailed)
            return;
        if (cause.Code != Failure.Interrupted && definition.Failed is { } hook)
            await hook(Run, cause, session, stop);
        if (refused && !undoFailed && !_undoFailed)
            return;
        await WorkflowAlerts.Failed(session, row, definition.FailureTitle?.Invoke(Run) ?? $"{row.Kind} of {row.Subject} failed", cause, parked, undoFailed || _undoFailed, parts, stop);
    }

    async Task<Next> Pause(uint attempts, TimeSpan delay, CancellationToken stop)
    {
        await parts.Db.Write(async session =>
            Hold(await session.PauseWorkflow(lease, _state, _step, attempts, parts.Time.Moment().Plus(delay), stop)), stop);
        return Next.Nothing;
    }

    /// <summary>The program stops: another, or the same when it is back, goes on at once instead of waiting for the lease's end.</summary>
    async Task GiveBack()
    {
        try
        {
            await parts.Db.Write(session => session.PauseWorkflow(lease, _state, _step, _attempts, parts.Time.Moment(), CancellationToken.None), CancellationToken.None);
        }
        catch (DbException error)
        {
            parts.Log.LogWarning(error, "Workflow {Id}: its lease could not be given back and will run out", row.Id);
        }
    }

    async Task LoadResults(CancellationToken stop)
    {
        foreach (var done in await parts.Db.Read(session => session.ListWorkflowSteps([row.Id], stop), stop))
        {
            if (done is { TakenBack: false, Outcome: StepOutcome.Done, Result: { } result } && done.Step <= _step)
                _results[done.Name] = result;
        }
    }

    static string? Json(object? result) => result is null ? null : JsonSerializer.Serialize(result, WorkflowJson.Options);

    async Task<bool> IsInterrupted(Session session, CancellationToken stop) =>
        parts.IsInterruptible(row.Kind) && (await session.ListWaitingKinds(row.Subject, stop)).Exists(kind => parts.Interrupts(kind, row.Kind));

    uint? UndoAtOrBelow(int from)
    {
        for (var i = from; i >= 0; i--)
        {
            if (definition.Steps[i].Undo is not null)
                return (uint)i;
        }
        return null;
    }

    Next GoTo(uint step)
    {
        (_step, _attempts, _stepStarted) = (step, 0, parts.Time.Moment());
        return Next.Step;
    }

    void Count(StepDefinition step, bool undo, StepOutcome outcome, Moment began) =>
        parts.Options.Metrics.StepEnded(row.Kind, step.Name, DeedName(undo), outcome.ToString().ToLowerInvariant(), parts.Time.Moment().Since(began));

    Next End()
    {
        parts.Options.Metrics.WorkflowEnded(row.Kind, _end.ToString().ToLowerInvariant());
        parts.Signal.Ended(row.Id);
        return Next.Nothing;
    }

    WorkflowStepRow Attempt(StepDefinition step, Moment began, Moment ended, StepOutcome outcome, string? result, string? error) => new()
    {
        WorkflowId = row.Id,
        Step = _step,
        Name = step.Name,
        TakenBack = _state == WorkflowState.Undoing,
        Started = began,
        Finished = ended,
        Outcome = outcome,
        Result = result,
        Error = error,
    };

    static void Hold(bool held)
    {
        if (!held)
            throw new LeaseLostException();
    }

    sealed class LeaseLostException : Exception;

    sealed class RecordException(Exception cause) : Exception("The database went away while a step was recorded", cause);
}
