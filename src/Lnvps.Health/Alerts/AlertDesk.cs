using System.Collections.Concurrent;
using Lnvps.Health.Checks;
using Lnvps.Health.Metrics;
using Microsoft.Extensions.Logging;

namespace Lnvps.Health.Alerts;

/// <summary>Logs every run and tells operators what they should know (health.md section 4).</summary>
/// <param name="mailbox">Null = alerts are only logged.</param>
sealed partial class AlertDesk(Mailbox? mailbox, TimeSpan cooldown, HealthMetrics metrics, TimeProvider time, ILogger<AlertDesk> logger)
{
    readonly long _origin = time.GetTimestamp();
    readonly ConcurrentDictionary<string, AlertState> _states = new(StringComparer.Ordinal);

    /// <summary>Returns when everybody was told, or could not be. Not to be called twice at a time for one check.</summary>
    public async Task Handle(CheckRun run, CancellationToken stop)
    {
        var id = run.Check.Id;
        var now = time.GetElapsedTime(_origin);
        var state = _states.GetValueOrDefault(id);
        var deed = AlertRules.Decide(state, run.Result.IsGood, now, cooldown);
        Log(run, deed);
        var told = true;
        if (deed is AlertDeed.Alert or AlertDeed.Recovery && mailbox is not null)
        {
            var (subject, body) = AlertText.Of(deed, run);
            told = await mailbox.Tell(subject, body, stop);
            metrics.CountAlert(told);
        }
        _states[id] = AlertRules.After(state, deed, now, told);
    }

    void Log(CheckRun run, AlertDeed deed)
    {
        var (name, message) = (run.Check.Name, run.Result.Message);
        switch (run.Result.State)
        {
            case CheckState.Passed:
                LogPassed(logger, name, message);
                break;
            case CheckState.Skipped:
                LogSkipped(logger, name, message);
                break;
            case CheckState.Failed:
                LogFailed(logger, name, message);
                break;
            default:
                LogError(logger, name, message);
                break;
        }
        if (deed == AlertDeed.CoolingDown)
            LogCoolingDown(logger, name);
        else if (deed == AlertDeed.Recovery)
            LogRecovered(logger, name);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Name} passed: {Message}")]
    static partial void LogPassed(ILogger logger, string name, string message);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Name} skipped: {Message}")]
    static partial void LogSkipped(ILogger logger, string name, string message);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Name} failed: {Message}")]
    static partial void LogFailed(ILogger logger, string name, string message);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Name} could not run: {Message}")]
    static partial void LogError(ILogger logger, string name, string message);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Name}: no alert, on cool-down")]
    static partial void LogCoolingDown(ILogger logger, string name);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Name} has recovered")]
    static partial void LogRecovered(ILogger logger, string name);
}
