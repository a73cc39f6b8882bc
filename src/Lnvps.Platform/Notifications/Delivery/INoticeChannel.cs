using Lnvps.Core.Outcomes;
using Lnvps.Database.Notifications;
using Lnvps.Database.Users;

namespace Lnvps.Platform.Notifications.Delivery;

/// <summary>A way on which messages reach people.</summary>
public interface INoticeChannel
{
    NotificationChannel Kind { get; }

    /// <summary>Whether this user wants messages this way, and can have them.</summary>
    bool Wants(UserRow user);

    /// <summary>Returns once the message is handed over.</summary>
    /// <exception cref="OutsideFault">It was not; fatal: it never can be.</exception>
    Task Deliver(UserRow user, DeliveryRow delivery, CancellationToken stop);
}
