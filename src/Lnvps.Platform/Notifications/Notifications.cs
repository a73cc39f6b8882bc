using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Notifications;
using Lnvps.Database.Sessions;

namespace Lnvps.Platform.Notifications;

/// <summary>
/// Queues messages to customers and operators, in the transaction of what they tell. Each has a key that says what it is about, such as
/// <c>created/vm:42/1771495200</c>; a second message with the same key to the same recipient is dropped, so whoever repeats work repeats no message.
/// </summary>
public static class Notifications
{
    const int LongestTitle = 200;

    /// <summary>Queues a message to a customer. False when it was queued before.</summary>
    /// <param name="key">At most 150 characters.</param>
    public static Task<bool> Queue(Session session, UserId user, string key, string title, string message, Instant now, CancellationToken stop) =>
        session.QueueNotification(new NotificationRow
        {
            UserId = user,
            EventKey = $"{key}/user:{user}",
            Title = Cut(title),
            Message = message,
            Created = now,
        }, stop);

    /// <summary>Queues a message to all operators. False when it was queued before.</summary>
    /// <param name="key">At most 150 characters.</param>
    public static Task<bool> QueueForOperators(Session session, string key, string title, string message, Instant now, CancellationToken stop) =>
        session.QueueNotification(new NotificationRow
        {
            EventKey = $"{key}/operators",
            Title = Cut(title),
            Message = message,
            Created = now,
        }, stop);

    static string Cut(string title) => title.Length <= LongestTitle ? title : title[..LongestTitle];
}
