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

    /// <summary>One round; returns how many payments it completed.</summary>
    public async Task<int> Sweep(CancellationToken stop)
    {
        var since = shop.Clock.Now.Plus(-Back);
        var unpaid = await shop.Db.Read(session => session.ListUnpaidOrders(PaymentMethod.Revolut, since, stop), stop);
        var completed = 0;
        foreach (var payment in unpaid)
        {
            try
            {
                if (await settlement.LookUp(payment, stop))
                    completed++;
            }
            catch (Exception error) when (!stop.IsCancellationRequested)
            {
                // One order that cannot be looked up must not hide the others; the next round asks again.
                LogFailed(log, error, payment.Id);
            }
        }
        return completed;
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "The order of payment {Payment} could not be looked up")]
    static partial void LogFailed(ILogger logger, Exception error, PaymentId payment);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Open card payments could not be swept")]
    static partial void LogRoundFailed(ILogger logger, Exception error);
}
