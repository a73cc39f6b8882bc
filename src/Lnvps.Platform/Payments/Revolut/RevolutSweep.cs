using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Database.Payments;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Payments.Revolut;

/// <summary>Asks for the order of every unpaid card payment, at start and every 5 minutes: messages get lost (billing.md section 14).</summary>
public sealed partial class RevolutSweep(Shop shop, RevolutSettlement settlement, ILogger<RevolutSweep> log) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromMinutes(5);

    /// <summary>Older ones are not asked for any more.</summary>
    static readonly TimeSpan Back = TimeSpan.FromDays(7);

    const int Page = 200;

    /// <summary>After so many in a row something is wrong with all of them, and each may have taken its whole time-out.</summary>
    const int MostFailures = 5;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, shop.Time);
        try
        {
            do
                await Safely(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The program stops.
        }
    }

    /// <summary>
    /// One round, page by page; returns how many payments it completed. Ends early when one order after the other cannot be looked up: the next round begins anew.
    /// </summary>
    public async Task<int> Sweep(CancellationToken stop)
    {
        var (completed, failedInARow) = (0, 0);
        var last = new ProviderOrderRow { Created = shop.Clock.Now.Plus(-Back) };
        while (true)
        {
            var after = last;
            var page = await shop.Db.Read(session => session.ListUnpaidOrders(PaymentMethod.Revolut, after, Page, stop), stop);
            foreach (var payment in page)
            {
                try
                {
                    if (await settlement.LookUp(payment, stop))
                        completed++;
                    failedInARow = 0;
                }
                catch (Exception error) when (!stop.IsCancellationRequested)
                {
                    // One order that cannot be looked up must not hide the others.
                    LogFailed(log, payment.Id, error.Message);
                    if (++failedInARow == MostFailures)
                        return completed;
                }
            }
            if (page.Count < Page)
                return completed;
            last = page[^1];
        }
    }

    async Task Safely(CancellationToken stop)
    {
        try
        {
            await Sweep(stop);
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            LogRoundFailed(log, error);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The order of payment {Payment} could not be looked up: {Reason}")]
    static partial void LogFailed(ILogger logger, PaymentId payment, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Open card payments could not be swept")]
    static partial void LogRoundFailed(ILogger logger, Exception error);
}
