using System.Data.Common;
using Lnvps.Database.Sessions;
using Lnvps.Database.Workflows;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Workflows.Engine;

/// <summary>
/// Writes how far a long step is, for whoever looks at the workflow from anywhere, and tells the log now and then. At most once a second and never for a step
/// that is shorter.
/// </summary>
sealed class ProgressKeeper(EngineParts parts, WorkflowRow row, Lease lease, string step) : IAsyncDisposable
{
    const int LogEvery = 10;

    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    readonly CancellationTokenSource _end = new();
    readonly Lock _gate = new();
    Task _work = Task.CompletedTask;
    int? _percent;

    /// <summary>May be called from any thread, as often as one likes.</summary>
    public void Report(int percent)
    {
        lock (_gate)
        {
            if (_percent is null)
                _work = Keep(_end.Token);
            _percent = Math.Clamp(percent, 0, 100);
        }
    }

    async Task Keep(CancellationToken end)
    {
        int? written = null;
        var logged = 0;
        try
        {
            while (true)
            {
                await Task.Delay(Pause, parts.Time, end);
                int percent;
                lock (_gate)
                    percent = _percent!.Value;
                if (percent == written)
                    continue;
                await Write(percent, end);
                written = percent;
                if (Math.Abs(percent - logged) < LogEvery)
                    continue;
                parts.Log.LogInformation("Workflow {Id} ({Kind} of {Subject}): '{Step}' is at {Percent} %", row.Id, row.Kind, row.Subject, step, percent);
                logged = percent;
            }
        }
        catch (OperationCanceledException)
        {
            // The step is over.
        }
    }

    async Task Write(int percent, CancellationToken end)
    {
        try
        {
            await parts.Db.Write(session => session.SetStepPercent(lease, (uint)percent, end), end);
        }
        catch (DbException error)
        {
            parts.Log.LogDebug(error, "The progress of workflow {Id} could not be written", row.Id);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _work;
        _end.Dispose();
    }
}
