using System.Globalization;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;
using Lnvps.Database.Subscriptions;

namespace Lnvps.Platform.Subscriptions;

using static Lnvps.Platform.Notifications.Notifications;

/// <summary>What customers and operators are told of a subscription, each message once per subscription, event and expiry.</summary>
static class SubscriptionMessages
{
    public static Task ExpiringSoon(Session session, SubscriptionRow row, Instant now, CancellationToken stop) =>
        Queue(session, row.UserId, Key(row, "expiring-soon"), $"[Subscription{row.Id}] Expiring Soon",
            $"Subscription {row.Id} ({row.Name}) expires at {Minute(row.Expires)}. Renew it before then, or its address ranges end.", now, stop);

    public static Task Expired(Session session, SubscriptionRow row, int daysLeft, Instant now, CancellationToken stop) =>
        Queue(session, row.UserId, Key(row, "expired"), $"[Subscription{row.Id}] Expired",
            $"Subscription {row.Id} ({row.Name}) expired at {Minute(row.Expires)}. Its address ranges have ended. Renewed within {daysLeft} days, you get them back if they are still free.", now, stop);

    public static Task Ended(Session session, SubscriptionRow row, Instant now, CancellationToken stop) =>
        Queue(session, row.UserId, Key(row, "ended"), $"[Subscription{row.Id}] Ended",
            $"Subscription {row.Id} ({row.Name}) was not renewed and is closed. A payment opens it again.", now, stop);

    public static async Task NoneFree(Session session, SubscriptionRow row, IEnumerable<LineItemRow> lines, Instant now, CancellationToken stop)
    {
        var names = string.Join(", ", lines.Select(line => line.Name));
        await Queue(session, row.UserId, Key(row, "none-free"), $"[Subscription{row.Id}] Address Range Pending",
            $"Your payment for subscription {row.Id} ({row.Name}) has arrived. No address range is free at the moment for: {names}. You get one as soon as there is; we have been told.", now, stop);
        await QueueForOperators(session, Key(row, "none-free"), $"No address range for subscription {row.Id}",
            $"Subscription {row.Id} of user {row.UserId} is paid, but nothing can be allocated for: {names}. It is tried again with every check.", now, stop);
    }

    public static Task SetupPaidTwice(Session session, SubscriptionPaymentRow payment, Instant now, CancellationToken stop) =>
        QueueForOperators(session, $"double-setup/{payment.Id}", $"Setup of subscription {payment.SubscriptionId} paid twice",
            $"Payment {payment.Id} of user {payment.UserId} is a second first payment of subscription {payment.SubscriptionId}. It counts as one more month; its setup fee is to be returned.", now, stop);

    static string Key(SubscriptionRow row, string what) => $"subscription:{row.Id}/{what}/{row.Expires?.UnixSeconds ?? 0}";

    static string Minute(Instant? time) => time?.ToDateTimeUtc().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture) ?? "";
}
