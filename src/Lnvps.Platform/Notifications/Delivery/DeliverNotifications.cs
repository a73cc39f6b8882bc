using System.Data.Common;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Time;
using Lnvps.Database.Notifications;
using Lnvps.Database.Sessions;
using Lnvps.Database.Users;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Notifications.Delivery;

/// <summary>
/// Empties the outbox (provisioning.md section 18.2): shares each message out to the channels that its recipients want, then delivers. A delivery is taken up by
/// moving the time at which it is due, so that two workers never send one, and one that dies while sending has it tried again later. Channels do not wait
/// for each other.
/// </summary>
public sealed partial class DeliverNotifications(Shop shop, IReadOnlyList<INoticeChannel> channels, ILogger<DeliverNotifications> log) : BackgroundService
{
    /// <summary>How often the outbox is looked at.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    /// <summary>Messages that nobody could send for so long are not sent any more: they would only confuse.</summary>
    static readonly TimeSpan s_stale = TimeSpan.FromDays(7);

    /// <summary>For how long a delivery is taken up; longer than any channel tries.</summary>
    static readonly TimeSpan s_held = TimeSpan.FromMinutes(5);

    /// <summary>Pauses after failed attempts; when they are used up, the delivery is given up.</summary>
    static readonly TimeSpan[] s_pauses =
    [
        TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10), TimeSpan.FromHours(1), TimeSpan.FromHours(6), TimeSpan.FromHours(12),
    ];

    const int Page = 200, AtOnce = 4;

    /// <summary>Shares out and delivers everything that is due now.</summary>
    public async Task Round(CancellationToken stop)
    {
        foreach (var message in await shop.Db.Read(session => session.ListUndispatched(Page, stop), stop))
            await shop.Db.Write(session => ShareOut(session, message, stop), stop);
        var due = await shop.Db.Read(session => session.ListDueDeliveries(shop.Time.Moment(), Page, stop), stop);
        // A channel that hangs must not hold up the others.
        await Task.WhenAll(due.GroupBy(delivery => delivery.Channel).Select(group =>
            Parallel.ForEachAsync(group, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop }, async (delivery, each) => await Attempt(delivery, each))));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, shop.Time);
        try
        {
            do
            {
                try
                {
                    await Round(stoppingToken);
                }
                catch (Exception error) when (!stoppingToken.IsCancellationRequested)
                {
                    LogRoundFailed(log, error);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The program stops.
        }
    }

    async Task ShareOut(Session session, NotificationRow message, CancellationToken stop)
    {
        var now = shop.Clock.Now;
        if (!await session.MarkDispatched(message.Id, now, stop) || message.Created.Plus(s_stale) < now)
            return;
        IReadOnlyList<UserId> recipients = message.UserId is { } one ? [one] : await Operators(session, stop);
        if (recipients.Count == 0)
            LogNoOperators(log, message.Title);
        foreach (var recipient in recipients)
        {
            if (await session.FindUser(recipient, stop) is not { } user)
                continue;
            foreach (var channel in channels.Where(channel => channel.Wants(user)))
                await session.InsertDelivery(message.Id, recipient, channel.Kind, shop.Time.Moment(), stop);
        }
    }

    async Task<IReadOnlyList<UserId>> Operators(Session session, CancellationToken stop)
    {
        var operators = await session.ListOperators(shop.Clock.Now, stop);
        if (shop.Settings.Smtp?.Admin is { } admin && !operators.Contains(new UserId(admin)))
            operators.Add(new UserId(admin));
        return operators;
    }

    async Task Attempt(DeliveryRow delivery, CancellationToken stop)
    {
        var held = shop.Time.Moment().Plus(s_held);
        try
        {
            if (await shop.Db.Write(session => session.TakeDelivery(delivery, held, stop), stop))
            {
                var (state, next) = await Deliver(delivery, stop);
                // Whatever happens now, what was sent is recorded.
                await shop.Db.Write(session => session.EndAttempt(delivery.Id, held, state, next, shop.Time.Moment(), CancellationToken.None), CancellationToken.None);
            }
        }
        catch (DbException error)
        {
            LogNotRecorded(log, error, delivery.Id);
        }
    }

    async Task<(DeliveryState State, Moment? Next)> Deliver(DeliveryRow delivery, CancellationToken stop)
    {
        var channel = channels.FirstOrDefault(channel => channel.Kind == delivery.Channel);
        var user = await shop.Db.Read(session => session.FindUser(delivery.UserId, stop), stop);
        // Neither configuration nor wish is forever.
        if (channel is null || user is null || !channel.Wants(user))
            return (DeliveryState.GivenUp, null);
        try
        {
            await channel.Deliver(user, delivery, stop);
            return (DeliveryState.Sent, null);
        }
        catch (OutsideFault fault) when (!fault.IsTransient || delivery.Attempts >= s_pauses.Length)
        {
            LogGivenUp(log, delivery.Id, delivery.Channel, fault.Message);
            return (DeliveryState.GivenUp, null);
        }
        catch (OutsideFault fault)
        {
            var pause = s_pauses[delivery.Attempts];
            LogFailed(log, delivery.Id, delivery.Channel, fault.Message, pause.TotalSeconds);
            return (DeliveryState.Waiting, shop.Time.Moment().Plus(pause));
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A round of the outbox failed")]
    static partial void LogRoundFailed(ILogger logger, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "There is no operator to be told: {Title}")]
    static partial void LogNoOperators(ILogger logger, string title);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Notification {Delivery} was not delivered by {Channel}: {Reason}; it is tried again in {Seconds} s")]
    static partial void LogFailed(ILogger logger, uint delivery, NotificationChannel channel, string reason, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "Notification {Delivery} is given up on {Channel}: {Reason}")]
    static partial void LogGivenUp(ILogger logger, uint delivery, NotificationChannel channel, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "How notification {Delivery} went could not be recorded; it may be sent again")]
    static partial void LogNotRecorded(ILogger logger, Exception error, uint delivery);
}
