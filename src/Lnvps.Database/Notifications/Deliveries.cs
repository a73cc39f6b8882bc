using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Notifications;

/// <summary>By which way a message goes; stored as ordinal.</summary>
public enum NotificationChannel : ushort
{
    Email = 1,
    /// <summary>A direct message over Nostr relays.</summary>
    Nip17 = 2,
}

/// <summary>How a delivery stands; stored as ordinal.</summary>
public enum DeliveryState : ushort
{
    Waiting = 0,
    Sent = 1,
    /// <summary>It can never arrive, or did not after the last attempt.</summary>
    GivenUp = 2,
}

/// <summary>A row of <c>notification_delivery</c> with its message.</summary>
public sealed record DeliveryRow
{
    public uint Id { get; init; }
    public uint NotificationId { get; init; }
    public UserId UserId { get; init; }
    public NotificationChannel Channel { get; init; }
    public DeliveryState State { get; init; }
    /// <summary>Attempts begun so far.</summary>
    public ushort Attempts { get; init; }
    /// <summary>When it is tried next, of the real clock; null = over.</summary>
    public Moment? Due { get; init; }
    public string Title { get; init; } = "";
    public string Message { get; init; } = "";
}

/// <summary>Queries of deliveries: which message goes to whom by which channel, each once.</summary>
public static class Deliveries
{
    const string Columns = "d.id, d.notification_id, d.user_id, d.channel, d.state, d.attempts, d.due, n.title, n.message";

    /// <summary>Messages that nobody has shared out yet, oldest first.</summary>
    public static Task<List<NotificationRow>> ListUndispatched(this Session session, int limit, CancellationToken stop) =>
        session.List<NotificationRow>($"SELECT {Outbox.Columns} FROM notification WHERE dispatched IS NULL ORDER BY id LIMIT @limit", new { limit }, stop);

    /// <summary>Takes a message to share it out. False: somebody else has.</summary>
    public static async Task<bool> MarkDispatched(this Session session, uint notification, Instant now, CancellationToken stop) =>
        await session.Execute("UPDATE notification SET dispatched = @now WHERE id = @notification AND dispatched IS NULL", new { notification, now }, stop) > 0;

    public static Task InsertDelivery(this Session session, uint notification, UserId user, NotificationChannel channel, Moment due, CancellationToken stop) =>
        session.Execute("""
            INSERT INTO notification_delivery (notification_id, user_id, channel, state, attempts, due) VALUES (@notification, @user, @channel, 0, 0, @due)
            """, new { notification, user, channel, due }, stop);

    /// <summary>What is to be tried now, the longest due first.</summary>
    public static Task<List<DeliveryRow>> ListDueDeliveries(this Session session, Moment now, int limit, CancellationToken stop) =>
        session.List<DeliveryRow>($"""
            SELECT {Columns} FROM notification_delivery d JOIN notification n ON n.id = d.notification_id WHERE d.due <= @now ORDER BY d.due, d.id LIMIT @limit
            """, new { now, limit }, stop);

    /// <summary>All deliveries of one user's messages, oldest first.</summary>
    public static Task<List<DeliveryRow>> ListDeliveries(this Session session, UserId user, CancellationToken stop) =>
        session.List<DeliveryRow>($"SELECT {Columns} FROM notification_delivery d JOIN notification n ON n.id = d.notification_id WHERE d.user_id = @user ORDER BY d.id",
            new { user }, stop);

    /// <summary>Takes up a delivery until <paramref name="until"/>, when it falls due again if nothing more is heard. False: somebody else has.</summary>
    public static async Task<bool> TakeDelivery(this Session session, DeliveryRow seen, Moment until, CancellationToken stop) =>
        await session.Execute("UPDATE notification_delivery SET due = @until, attempts = attempts + 1 WHERE id = @Id AND due = @Due", new { until, seen.Id, seen.Due }, stop) > 0;

    /// <summary>Records how an attempt ended, if it is still the one that was begun.</summary>
    /// <param name="held">Until when it was taken.</param>
    /// <param name="next">When it is tried again; null = it is over.</param>
    public static Task EndAttempt(this Session session, uint delivery, Moment held, DeliveryState state, Moment? next, Moment now, CancellationToken stop) =>
        session.Execute("UPDATE notification_delivery SET state = @state, due = @next, finished = @finished WHERE id = @delivery AND due = @held",
            new { state, next, finished = next is null ? now : (Moment?)null, delivery, held }, stop);

    /// <summary>Users with an admin role that has not run out.</summary>
    public static Task<List<UserId>> ListOperators(this Session session, Instant now, CancellationToken stop) =>
        session.List<UserId>("SELECT DISTINCT user_id FROM admin_role_assignments WHERE expires_at IS NULL OR expires_at > @now ORDER BY user_id", new { now }, stop);
}
