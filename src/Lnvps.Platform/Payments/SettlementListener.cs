using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Payments;
using Lnvps.Lightning.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Payments;

/// <summary>
/// Notices that invoices were paid: by the node's stream, and by a sweep that looks up every open invoice at start, after each reconnect and every ten
/// minutes (billing.md section 13). Whoever comes first completes the payment; the others change nothing. Any number of processes may listen.
/// </summary>
public sealed partial class SettlementListener(Shop shop, CompletePayment complete, ILogger<SettlementListener> log) : BackgroundService
{
    static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(10);

    /// <summary>Older unpaid invoices have lapsed long ago and are not asked for any more.</summary>
    static readonly TimeSpan SweepBack = TimeSpan.FromDays(30);

    const int Page = 200;

    /// <summary>After so many invoices that the node cannot tell about, something is wrong with all of them.</summary>
    const int MostUnknown = 5;

    const int ResumeSample = 20;

    TaskCompletionSource _connecting = NewSignal();

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Listen(stoppingToken), SweepRegularly(stoppingToken));

    async Task Listen(CancellationToken stop)
    {
        try
        {
            await new SettlementStream(shop.Node, shop.Time).Run(
                ResumePoint,
                connecting: () =>
                {
                    shop.Metrics.StreamOpened();
                    Interlocked.Exchange(ref _connecting, NewSignal()).TrySetResult();
                },
                settled: (settlement, token) => CompleteOne(settlement.PaymentHash, settlement.SettleIndex, settlement.SettledAt, token),
                lost: (error, pause) =>
                {
                    shop.Metrics.StreamLost();
                    LogStreamLost(log, error, pause.TotalSeconds);
                },
                stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The program stops.
        }
    }

    async Task SweepRegularly(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(SweepEvery, shop.Time);
        Task<bool>? tick = null;
        try
        {
            while (true)
            {
                var connecting = Volatile.Read(ref _connecting).Task;
                await SweepSafely(stop);
                tick ??= timer.WaitForNextTickAsync(stop).AsTask();
                if (await Task.WhenAny(tick, connecting) == tick)
                {
                    await tick;
                    tick = null;
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The program stops.
        }
    }

    async Task SweepSafely(CancellationToken stop)
    {
        try
        {
            await Sweep(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The program stops.
        }
        catch (Exception error)
        {
            LogSweepFailed(log, error);
        }
    }

    /// <summary>
    /// Looks up every unpaid invoice of the last 30 days and completes those that are settled; returns how many it completed. Ends early when the node cannot be
    /// reached: the next sweep begins anew.
    /// </summary>
    public async Task<int> Sweep(CancellationToken stop)
    {
        var (completed, unknown) = (0, 0);
        var last = new UnpaidLightningRow { Created = shop.Clock.Now.Plus(-SweepBack) };
        while (true)
        {
            var after = last;
            var page = await shop.Db.Read(session => session.ListUnpaidLightning(after, Page, stop), stop);
            foreach (var payment in page)
            {
                try
                {
                    if (await shop.Node.LookUp(payment.Id.Bytes, stop) is { State: InvoiceState.Settled } settled
                        && await CompleteOne(payment.Id.Bytes, settleIndex: null, settled.SettledAt, stop))
                        completed++;
                }
                catch (Exception error) when (!stop.IsCancellationRequested)
                {
                    // One invoice that cannot be looked up must not hide the others.
                    LogLookUpFailed(log, payment.Id, error.Message);
                    if (error is OutsideFault { IsTransient: true } || ++unknown == MostUnknown)
                        return completed;
                }
            }
            if (page.Count < Page)
                return completed;
            last = page[^1];
        }
    }

    async Task<bool> CompleteOne(Bytes32 hash, ulong? settleIndex, DateTimeOffset? settledAt, CancellationToken stop)
    {
        try
        {
            if (await complete.Settle(new PaymentId(hash), settleIndex, stop) != Completion.Completed)
                return false;
            if (settledAt is { } at)
                shop.Metrics.Settled(shop.Time.GetUtcNow() - at);
            return true;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // The stream goes on; the sweep tries this payment again.
            LogNotCompleted(log, error, hash);
            return false;
        }
    }

    /// <summary>The stored cursor, else the largest settle index among the most recent paid Lightning payments, else 0.</summary>
    async Task<ulong> ResumePoint(CancellationToken stop)
    {
        var stored = await shop.Db.Read(session => SettledCursor.Read(session, stop), stop);
        if (stored > 0)
            return stored;
        var largest = 0UL;
        foreach (var payment in await shop.Db.Read(session => session.ListRecentlyPaidLightning(ResumeSample, stop), stop))
            largest = Math.Max(largest, (await shop.Node.LookUp(payment.Bytes, stop)).SettleIndex);
        return largest;
    }

    static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The node's stream of settled invoices ended; reconnecting in {Seconds} s")]
    static partial void LogStreamLost(ILogger logger, Exception error, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Open invoices could not be swept")]
    static partial void LogSweepFailed(ILogger logger, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Invoice {Payment} could not be looked up: {Reason}")]
    static partial void LogLookUpFailed(ILogger logger, PaymentId payment, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Payment {Hash} is settled but could not be completed; the sweep will try again")]
    static partial void LogNotCompleted(ILogger logger, Exception error, Bytes32 hash);
}
