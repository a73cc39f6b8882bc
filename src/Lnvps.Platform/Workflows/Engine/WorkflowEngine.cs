using System.Data.Common;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Core.Workflows;
using Lnvps.Database.Sessions;
using Lnvps.Database.Workflows;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Workflows.Engine;

/// <summary>
/// Works on the workflows of a database, together with any number of other engines. It leases what is due by conditional updates, so what matters is decided by
/// the database: one holder per workflow, one running workflow per subject.
/// </summary>
public sealed class WorkflowEngine : IHostedService, IAsyncDisposable
{
    readonly EngineParts _parts;
    readonly Lock _gate = new();
    readonly HashSet<Task> _drives = [];
    readonly CancellationTokenSource _stop = new();
    Task _loop = Task.CompletedTask;

    public WorkflowEngine(
        Db db, IEnumerable<WorkflowDefinition> definitions, WorkflowSignal signal, IClock clock, TimeProvider time, EngineOptions options, ILogger<WorkflowEngine> log) =>
        _parts = new EngineParts(db, definitions.ToDictionary(definition => definition.Kind), signal, clock, time, options, log);

    /// <summary>Name of the step that a running workflow is at; null when it does not run forwards, or is of a kind this program does not know.</summary>
    public string? PresentStep(WorkflowRow row) =>
        row.State == WorkflowState.Running && _parts.Definitions.TryGetValue(row.Kind, out var definition) && row.Step < definition.Steps.Count
            ? definition.Steps[(int)row.Step].Name
            : null;

    /// <summary>How far a workflow is, 0 to 100, by its steps; null when it was not done, or is of a kind this program does not know.</summary>
    public uint? Percent(WorkflowRow row)
    {
        if (row.State == WorkflowState.Succeeded)
            return 100;
        if (row.State is not (WorkflowState.Waiting or WorkflowState.Running) || !_parts.Definitions.TryGetValue(row.Kind, out var definition) || definition.Steps.Count == 0)
            return null;
        return Math.Min(99, ((row.Step * 100) + Math.Min(100, row.StepPercent ?? 0)) / (uint)definition.Steps.Count);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _loop = Task.Run(() => Loop(_stop.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Cancels the steps under way, gives their leases back and returns when all is quiet.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _loop;
        await Task.WhenAll(Drives()).WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        _stop.Dispose();
    }

    /// <summary>Takes everything that is due now as far as it goes, and what that makes due; returns the number of leases taken. For tests and simulations.</summary>
    public async Task<int> RunRound(CancellationToken stop)
    {
        var taken = 0;
        while (true)
        {
            var begun = await Begin(stop);
            await Task.WhenAll(Drives());
            if (begun == 0)
            {
                await TellOverdue(stop);
                return taken;
            }
            taken += begun;
        }
    }

    async Task Loop(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var signal = _parts.Signal.Next;
            var wait = _parts.Options.Poll;
            // What falls due while this round looks is still to come: asked for from here on, it is never slept through.
            var seen = _parts.Time.Moment();
            try
            {
                await Begin(stop);
                await TellOverdue(stop);
                if (await _parts.Db.Read(session => session.NextDueWorkflow(seen, stop), stop) is { } next && next.Since(seen) < wait)
                    wait = next.Since(seen);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // Whatever it was, the next round is the retry: an engine that ends would leave paid machines unbuilt.
                _parts.Log.LogError(error, "A round of the workflow engine failed");
            }
            try
            {
                await signal.WaitAsync(wait, _parts.Time, stop);
            }
            catch (Exception error) when (error is TimeoutException or OperationCanceledException)
            {
                // Time to look again, or to stop.
            }
        }
    }

    /// <summary>Leases what is due, as far as there is room, and sets it going.</summary>
    async Task<int> Begin(CancellationToken stop)
    {
        var room = _parts.Options.Parallel - Drives().Length;
        if (room <= 0)
            return 0;
        var now = _parts.Time.Moment();
        var begun = 0;
        foreach (var row in await _parts.Db.Read(session => session.ListDueWorkflows([.. _parts.Definitions.Keys], now, room, stop), stop))
        {
            if (!await Take(row, stop))
                continue;
            begun++;
            var lease = new Lease(row.Id, row.LeaseNo + 1, _parts.Options.Owner);
            var drive = Task.Run(() => Drive(row, lease), CancellationToken.None);
            lock (_gate)
                _drives.Add(drive);
        }
        return begun;
    }

    async Task<bool> Take(WorkflowRow row, CancellationToken stop)
    {
        var now = _parts.Time.Moment();
        try
        {
            return await _parts.Db.Write(session => session.LeaseWorkflow(row, _parts.Options.Owner, now, now.Plus(_parts.Options.Lease), stop), stop);
        }
        catch (DbException error) when (_parts.Db.Dialect.IsDuplicateKey(error))
        {
            // Another workflow of the subject runs.
            return false;
        }
    }

    async Task Drive(WorkflowRow row, Lease lease)
    {
        try
        {
            await new WorkflowDrive(_parts, _parts.Definitions[row.Kind], row, lease).Go(_stop.Token);
        }
        catch (Exception error)
        {
            // The database failed or there is a bug; the lease runs out and the step is tried again.
            _parts.Log.LogError(error, "Workflow {Id} ({Kind} of {Subject}) was left", row.Id, row.Kind, row.Subject);
        }
        finally
        {
            // There is room, and the next workflow of the subject may have become due.
            _parts.Signal.Wake();
        }
    }

    Task[] Drives()
    {
        lock (_gate)
        {
            _drives.RemoveWhere(drive => drive.IsCompleted);
            return [.. _drives];
        }
    }

    async Task TellOverdue(CancellationToken stop)
    {
        var now = _parts.Time.Moment();
        foreach (var row in await _parts.Db.Read(session => session.ListOverdueWorkflows(now, stop), stop))
        {
            _parts.Log.LogError("Workflow {Id} ({Kind} of {Subject}) is past its deadline", row.Id, row.Kind, row.Subject);
            await _parts.Db.Write(async session =>
            {
                if (await session.MarkOverdueTold(row.Id, stop))
                    await WorkflowAlerts.Overdue(session, row, _parts, stop);
            }, stop);
        }
    }
}
