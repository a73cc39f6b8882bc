using Lnvps.Platform.NostrDomains;
using Lnvps.Platform.Subscriptions;
using Lnvps.Platform.Wallets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Worker;

/// <summary>
/// Runs the rounds of this process, each in a loop of its own on the real clock: VM checks, host checks, what hosts report of themselves, subscriptions, customers' domains, upgrades that wait for room. The
/// repairs come first. No failure ends a loop: the next round is the retry. Any number of workers may share a database.
/// </summary>
public sealed partial class Worker(
    Shop shop, Repairs repairs, CheckVms vms, CheckHosts hosts, PatchHosts resources, RenewFromWallets wallets, CheckSubscriptions subscriptions,
    CheckNostrDomains domains, WaitingUpgrades upgrades, ForgetWorkflows forget, ILogger<Worker> log)
    : BackgroundService
{
    readonly WorkerSignal _renewals = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Once("repairs", repairs.Run, stoppingToken);
        await Task.WhenAll(
            Repeat("VM check", CheckVms.Every, CheckLives, null, stoppingToken),
            Repeat("renewals from wallets", RenewFromWallets.Every, wallets.Round, _renewals, stoppingToken),
            Repeat("host check", CheckHosts.Every, hosts.Start, null, stoppingToken),
            Repeat("host resources", PatchHosts.Every, resources.Round, null, stoppingToken),
            Repeat("subscriptions", CheckSubscriptions.Every, subscriptions.Round, null, stoppingToken),
            Repeat("Nostr domains", CheckNostrDomains.Every, domains.Round, null, stoppingToken),
            shop.Settings.ReadOnly ? Task.CompletedTask : Repeat("waiting upgrades", WaitingUpgrades.Every, upgrades.Round, null, stoppingToken),
            Repeat("old workflows", ForgetWorkflows.Every, forget.Round, null, stoppingToken));
        await Task.WhenAll(hosts.UnderWay);
    }

    async Task CheckLives(CancellationToken stop)
    {
        var round = await vms.Round(stop);
        if (round.RenewalsAsked > 0)
            _renewals.Set();
        // What has expired just now is stopped now, not half a minute later.
        if (round.Expired > 0)
            await hosts.Start(stop);
    }

    /// <summary>At once, then whenever the period is over or the signal is set.</summary>
    async Task Repeat(string name, TimeSpan period, Func<CancellationToken, Task> round, WorkerSignal? wake, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(period, shop.Time);
        Task<bool>? tick = null;
        while (!stop.IsCancellationRequested)
        {
            var woken = wake?.Next;
            await Once(name, round, stop);
            try
            {
                tick ??= timer.WaitForNextTickAsync(stop).AsTask();
                await Task.WhenAny(woken is null ? [tick] : [tick, woken]);
                if (tick.IsCompleted)
                {
                    await tick;
                    tick = null;
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    async Task Once(string name, Func<CancellationToken, Task> work, CancellationToken stop)
    {
        var began = shop.Time.GetTimestamp();
        try
        {
            await work(stop);
            shop.Metrics.RoundEnded(name, shop.Time.GetElapsedTime(began), shop.Time.GetUtcNow());
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The program stops.
        }
        catch (Exception error)
        {
            shop.Metrics.RoundEnded(name, shop.Time.GetElapsedTime(began), now: null);
            LogFailed(log, error, name);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A round of the worker failed: {Name}")]
    static partial void LogFailed(ILogger logger, Exception error, string name);
}
