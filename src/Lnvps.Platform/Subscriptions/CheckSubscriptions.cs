using Lnvps.Core.Identity;
using Lnvps.Core.Pricing;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;
using Lnvps.Database.Subscriptions;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Subscriptions;

/// <summary>
/// The worker's round over subscriptions (billing.md section 19): notice before expiry, end of the ranges at expiry, closing after the grace, and another try at what could not
/// be allocated. Each is judged under its row's lock, and repeats change and tell nothing.
/// </summary>
public sealed partial class CheckSubscriptions(Shop shop, ILogger<CheckSubscriptions> log)
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    const int Page = 1000;

    /// <summary>Does everything that is due now; returns how many subscriptions were looked at.</summary>
    public async Task<int> Round(CancellationToken stop)
    {
        var now = shop.Clock.Now;
        var due = await shop.Db.Read(session => session.ListSubscriptionsExpiringBefore(now.Plus(BillingInterval.Month.LeadTime), Page, stop), stop);
        var without = await shop.Db.Read(session => session.ListSubscriptionsWithoutRange(now, Page, stop), stop);
        foreach (var row in due)
            await Isolated(row.Id, session => Age(session, row.Id, stop), stop);
        foreach (var id in without)
            await Isolated(id, session => Allocate(session, id, stop), stop);
        return due.Count + without.Count;
    }

    async Task Age(Session session, SubscriptionId id, CancellationToken stop)
    {
        var now = shop.Clock.Now;
        if (await session.LockSubscription(id, stop) is not { IsActive: true, Expires: { } expires } row)
            return;
        if (expires > now)
        {
            if (expires.SecondsSince(now) < BillingInterval.Month.LeadTime.TotalSeconds)
                await SubscriptionMessages.ExpiringSoon(session, row, now, stop);
            return;
        }
        await session.EndAllocations(id, now, stop);
        await SubscriptionMessages.Expired(session, row, shop.Settings.DeleteAfterDays, now, stop);
        if (now.SecondsSince(expires) < shop.Settings.DeleteAfterDays * 86_400L)
            return;
        await session.EndSubscription(id, stop);
        await SubscriptionMessages.Ended(session, row, now, stop);
    }

    async Task Allocate(Session session, SubscriptionId id, CancellationToken stop)
    {
        var now = shop.Clock.Now;
        if (await session.LockSubscription(id, stop) is not { IsActive: true } row || !(row.Expires > now))
            return;
        var without = await AllocateRanges.For(session, id, now, stop);
        if (without.Count > 0)
            await SubscriptionMessages.NoneFree(session, row, without, now, stop);
    }

    /// <summary>The trouble of one subscription is not the trouble of the others; the next round tries again.</summary>
    async Task Isolated(SubscriptionId id, Func<Session, Task> work, CancellationToken stop)
    {
        try
        {
            await shop.Db.Write(work, stop);
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            LogFailed(log, error, id);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The check of subscription {Subscription} failed")]
    static partial void LogFailed(ILogger logger, Exception error, SubscriptionId subscription);
}
