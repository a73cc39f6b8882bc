using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Rates;

/// <summary>Keeps a process's rates fresh: once at start, then every 120 s, whatever the process does (billing.md section 2).</summary>
/// <param name="every">Another period: a source that processes share is looked at more often than it is asked.</param>
public sealed partial class RateRefresh(RateBook rates, TimeProvider time, ILogger<RateRefresh> log, TimeSpan? every = null) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(every ?? RateBook.RefreshEvery, time);
        try
        {
            do
                await Once(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The program stops.
        }
    }

    async Task Once(CancellationToken stop)
    {
        try
        {
            await rates.Refresh(stop);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Whatever went wrong, the next round tries again.
            LogFailed(log, error);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Refreshing the exchange rates failed")]
    static partial void LogFailed(ILogger logger, Exception error);
}
