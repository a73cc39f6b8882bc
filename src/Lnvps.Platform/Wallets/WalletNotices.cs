using Lnvps.Core.Time;
using Lnvps.Database.Sessions;
using Lnvps.Database.Wallets;
using Lnvps.Platform.Worker;

namespace Lnvps.Platform.Wallets;

using static Lnvps.Platform.Notifications.Notifications;

/// <summary>What owners are told of automatic renewals, each once for a VM and one value of its expiry.</summary>
static class WalletNotices
{
    public static Task Renewed(Session session, WalletRenewalRow row, Instant now, CancellationToken stop) =>
        Queue(session, row.UserId, $"auto-renewed/vm:{row.VmId}/{row.Expires.UnixSeconds}", $"[VM{row.VmId}] Auto-Renewed",
            $"VM {row.VmId} was renewed from your connected wallet and keeps running until {Notices.Minute(row.VmExpires)}.", now, stop);

    public static Task NotRenewed(Session session, WalletRenewalRow row, string reason, Instant now, CancellationToken stop) =>
        Queue(session, row.UserId, Notices.ExpiringSoonKey(row.VmId, row.Expires), $"[VM{row.VmId}] Expiring Soon",
            $"VM {row.VmId} expires in {Notices.Span(row.Expires.SecondsSince(now))}, at {Notices.Minute(row.Expires)}. Its automatic renewal from your connected wallet "
            + $"failed: {reason} It is tried again every hour; to be safe, renew the VM yourself before then, or it will be stopped.", now, stop);
}
