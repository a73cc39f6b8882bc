using System.Collections.Concurrent;
using Lnvps.Health.Alerts;
using Lnvps.Health.Checks;
using Lnvps.Health.Metrics;
using Microsoft.Extensions.Logging;

namespace Lnvps.Health.Monitoring;

/// <summary>Runs all checks, again and again (health.md section 1.3).</summary>
sealed partial class HealthMonitor(IReadOnlyList<ICheck> checks, AlertDesk alerts, HealthMetrics metrics, TimeProvider time, ILogger<HealthMonitor> logger)
{
    const int MostAtOnce = 8;

    /// <summary>Cycle after cycle. One that takes longer than the interval is followed by the next at once; none is made up for.</summary>
    /// <exception cref="OperationCanceledException">Always, when <paramref name="stop"/> says so.</exception>
    public async Task Run(TimeSpan interval, CancellationToken stop)
    {
        while (true)
        {
            var started = time.GetTimestamp();
            await Cycle(stop);
            var rest = interval - time.GetElapsedTime(started);
            if (rest > TimeSpan.Zero)
                await Task.Delay(rest, time, stop);
        }
    }

    /// <summary>Every check once; returns when operators were told too. In the order of the configuration.</summary>
    public async Task<IReadOnlyList<CheckRun>> Cycle(CancellationToken stop)
    {
        var runs = new CheckRun[checks.Count];
        // E-mails hold up no checks.
        var told = new ConcurrentBag<Task>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = stop };
        await Parallel.ForAsync(0, checks.Count, options, async (place, stopping) =>
        {
            var run = await Run(checks[place], stopping);
            runs[place] = run;
            metrics.Record(run);
            told.Add(alerts.Handle(run, stop));
        });
        await Task.WhenAll(told);
        return runs;
    }

    async Task<CheckRun> Run(ICheck check, CancellationToken stop)
    {
        var started = time.GetTimestamp();
        var result = await Guarded(check, stop);
        return new CheckRun(check, result, time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0, time.GetElapsedTime(started));
    }

    async Task<CheckResult> Guarded(ICheck check, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(check.Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            return await check.Run(either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            return CheckResult.Error($"not done within {check.Limit.TotalSeconds} s");
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            // One broken check must not end the others.
            LogThrown(logger, check.Name, error);
            return CheckResult.Error($"{error.GetType().Name}: {error.Message}");
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Name} threw")]
    static partial void LogThrown(ILogger logger, string name, Exception error);
}
