using System.Globalization;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;
using Lnvps.Database.Worker;

namespace Lnvps.Platform.Worker;

using static Lnvps.Platform.Notifications.Notifications;

/// <summary>What the worker tells customers and operators (provisioning.md section 18.3). Queued in the transaction of what is told.</summary>
static class Notices
{
    public static Task ExpiringSoon(Session session, VmFactsRow vm, Instant now, CancellationToken stop) =>
        Queue(session, vm.UserId, ExpiringSoonKey(vm.Id, vm.Expires), $"[VM{vm.Id}] Expiring Soon",
            $"VM {vm.Id} expires in {Span(vm.Expires.SecondsSince(now))}, at {Minute(vm.Expires)}. Renew it before then, or it will be stopped.", now, stop);

    /// <summary>One notice of this kind for a VM and one value of its expiry, whatever it says.</summary>
    public static string ExpiringSoonKey(VmId vm, Instant expires) => $"expiring-soon/vm:{vm}/{expires.UnixSeconds}";

    public static Task Expired(Session session, VmFactsRow vm, LifeRules rules, CancellationToken stop)
    {
        var daysLeft = LifeRules.TimesOf(vm).DaysUntilDeletion(rules.Now, rules.DeleteAfterDays);
        // Whose grace was over before anybody could tell it has another day (VmCheck.LateNoticeWait).
        if (rules.DeleteAfterDays > 0)
            daysLeft = Math.Max(1, daysLeft);
        return Queue(session, vm.UserId, $"expired/vm:{vm.Id}/{vm.Expires.UnixSeconds}", $"[VM{vm.Id}] Expired",
            $"VM {vm.Id} expired at {Minute(vm.Expires)} and is stopped. {Deletion(daysLeft)}", rules.Now, stop);
    }

    /// <summary>Tells operators, at most once in an hour of the real clock for one cause.</summary>
    /// <param name="cause">Names the cause and what it is about; at most 130 characters.</param>
    public static Task Alert(Session session, string cause, string title, string message, Shop shop, CancellationToken stop) =>
        QueueForOperators(session, $"{cause}/{shop.Time.GetUtcNow().ToString("yyyy-MM-dd'T'HH", CultureInfo.InvariantCulture)}", title, message, shop.Clock.Now, stop);

    /// <summary>Tells operators of trouble with one VM, at most once in an hour for one cause.</summary>
    public static Task CheckFailed(Session session, VmId vm, string cause, string message, Shop shop, CancellationToken stop) =>
        Alert(session, $"check/vm:{vm}/{cause}", $"VM {vm} Check Failed", message, shop, stop);

    static string Deletion(int daysLeft) => daysLeft switch
    {
        <= 0 => "It will be deleted with all its data at any moment unless it is renewed.",
        1 => "It will be deleted with all its data within 1 day unless it is renewed.",
        _ => $"It will be deleted with all its data in {daysLeft} days unless it is renewed.",
    };

    /// <summary>In minutes up to two hours, then in whole hours.</summary>
    public static string Span(long seconds) => seconds switch
    {
        <= 60 => "1 minute",
        < 7200 => $"{(seconds + 59) / 60} minutes",
        _ => $"{seconds / 3600} hours",
    };

    public static string Minute(Instant time) => time.ToDateTimeUtc().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
