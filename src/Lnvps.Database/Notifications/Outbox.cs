using System.Data.Common;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Notifications;

/// <summary>A row of <c>notification</c>: a message, to be shared out to the channels of its recipients (<see cref="Deliveries"/>).</summary>
public sealed record NotificationRow
{
    public uint Id { get; init; }
    /// <summary>Recipient; null = every operator.</summary>
    public UserId? UserId { get; init; }
    /// <summary>What it is about, once and for all: a second message with the same key is not queued.</summary>
    public string EventKey { get; init; } = "";
    public string Title { get; init; } = "";
    public string Message { get; init; } = "";
    public Instant Created { get; init; }
}

/// <summary>Queries of the notification outbox.</summary>
public static class Outbox
{
    internal const string Columns = "id, user_id, event_key, title, message, created";

    /// <summary>Queues a message in the transaction of what it tells. False when one with this key was queued before.</summary>
    public static async Task<bool> QueueNotification(this Session session, NotificationRow row, CancellationToken stop)
    {
        try
        {
            await session.Execute(
                "INSERT INTO notification (user_id, event_key, title, message, created) VALUES (@UserId, @EventKey, @Title, @Message, @Created)", row, stop);
            return true;
        }
        catch (DbException error) when (session.Dialect.IsDuplicateKey(error))
        {
            return false;
        }
    }

    /// <summary>A customer's messages (null: the operators'), oldest first.</summary>
    public static Task<List<NotificationRow>> ListNotifications(this Session session, UserId? user, CancellationToken stop) =>
        user is null
            ? session.List<NotificationRow>($"SELECT {Columns} FROM notification WHERE user_id IS NULL ORDER BY id", null, stop)
            : session.List<NotificationRow>($"SELECT {Columns} FROM notification WHERE user_id = @user ORDER BY id", new { user }, stop);
}
