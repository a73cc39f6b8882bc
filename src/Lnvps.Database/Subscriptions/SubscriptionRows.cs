using Lnvps.Core.Identity;
using Lnvps.Core.Subscriptions;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Subscriptions;

/// <summary>A row of <c>subscription</c>.</summary>
public sealed record SubscriptionRow
{
    public SubscriptionId Id { get; init; }
    public UserId UserId { get; init; }
    public CompanyId CompanyId { get; init; }
    public string Name { get; init; } = "";
    public string? Description { get; init; }
    public Instant Created { get; init; }
    /// <summary>Paid until; null = never paid.</summary>
    public Instant? Expires { get; init; }
    public bool IsActive { get; init; }
    /// <summary>Of all its amounts.</summary>
    public string Currency { get; init; } = "";
    /// <summary>Sum of its lines at creation; informative.</summary>
    public ulong SetupFee { get; init; }
    public bool AutoRenewalEnabled { get; init; }
    public string? ExternalId { get; init; }
}

/// <summary>A row of <c>subscription_line_item</c>.</summary>
public sealed record LineItemRow
{
    public LineItemId Id { get; init; }
    public SubscriptionId SubscriptionId { get; init; }
    public LineKind SubscriptionType { get; init; }
    public string Name { get; init; } = "";
    public string? Description { get; init; }
    /// <summary>Per month.</summary>
    public ulong Amount { get; init; }
    /// <summary>Once.</summary>
    public ulong SetupAmount { get; init; }
    /// <summary>JSON text (data-model.md section 6.4).</summary>
    public string? Configuration { get; init; }
}

/// <summary>Queries of subscriptions (data-model.md section 7.12).</summary>
public static class SubscriptionRows
{
    const string Columns = """
        id, user_id, company_id, name, description, created, expires, is_active, currency, setup_fee, auto_renewal_enabled, external_id
        """;

    const string LineColumns = "id, subscription_id, subscription_type, name, description, amount, setup_amount, configuration";

    public static Task<SubscriptionRow?> FindSubscription(this Session session, SubscriptionId id, CancellationToken stop) =>
        session.Find<SubscriptionRow>($"SELECT {Columns} FROM subscription WHERE id = @id", new { id }, stop);

    /// <summary>One subscription, its row locked until the transaction ends.</summary>
    public static Task<SubscriptionRow?> LockSubscription(this Session session, SubscriptionId id, CancellationToken stop) =>
        session.Find<SubscriptionRow>($"SELECT {Columns} FROM subscription WHERE id = @id{session.Dialect.ForUpdate}", new { id }, stop);

    /// <summary>A customer's subscriptions by id.</summary>
    public static Task<List<SubscriptionRow>> ListSubscriptions(this Session session, UserId user, long limit, long offset, CancellationToken stop) =>
        session.List<SubscriptionRow>($"SELECT {Columns} FROM subscription WHERE user_id = @user ORDER BY id LIMIT @limit OFFSET @offset", new { user, limit, offset }, stop);

    public static Task<long> CountSubscriptions(this Session session, UserId user, CancellationToken stop) =>
        session.Scalar<long>("SELECT COUNT(*) FROM subscription WHERE user_id = @user", new { user }, stop);

    /// <summary>Lines of some subscriptions, by id.</summary>
    public static Task<List<LineItemRow>> ListLineItems(this Session session, IReadOnlyCollection<SubscriptionId> subscriptions, CancellationToken stop) =>
        subscriptions.Count == 0
            ? Task.FromResult<List<LineItemRow>>([])
            : session.List<LineItemRow>($"SELECT {LineColumns} FROM subscription_line_item WHERE subscription_id IN @ids ORDER BY id",
                new { ids = subscriptions.Select(id => id.Value).ToList() }, stop);

    /// <summary>Inserts an order; the id of <paramref name="subscription"/> is ignored, the new one returned.</summary>
    public static async Task<SubscriptionId> InsertSubscription(this Session session, SubscriptionRow subscription, CancellationToken stop) =>
        new(await session.Insert("""
            INSERT INTO subscription (user_id, company_id, name, description, created, expires, is_active, currency, setup_fee, auto_renewal_enabled, external_id)
            VALUES (@UserId, @CompanyId, @Name, @Description, @Created, @Expires, @IsActive, @Currency, @SetupFee, @AutoRenewalEnabled, @ExternalId)
            """, subscription, stop));

    /// <inheritdoc cref="InsertSubscription"/>
    public static async Task<LineItemId> InsertLineItem(this Session session, LineItemRow line, CancellationToken stop) =>
        new(await session.Insert("""
            INSERT INTO subscription_line_item (subscription_id, subscription_type, name, description, amount, setup_amount, configuration)
            VALUES (@SubscriptionId, @SubscriptionType, @Name, @Description, @Amount, @SetupAmount, @Configuration)
            """, line, stop));

    /// <summary>A paid month; the row must be locked.</summary>
    public static Task SetSubscriptionPaid(this Session session, SubscriptionId id, Instant expires, CancellationToken stop) =>
        session.Execute("UPDATE subscription SET expires = @expires, is_active = 1 WHERE id = @id", new { id, expires }, stop);

    public static Task EndSubscription(this Session session, SubscriptionId id, CancellationToken stop) =>
        session.Execute("UPDATE subscription SET is_active = 0 WHERE id = @id", new { id }, stop);

    /// <summary>Active subscriptions that expire before a moment, or have expired, by expiry.</summary>
    public static Task<List<SubscriptionRow>> ListSubscriptionsExpiringBefore(this Session session, Instant before, int limit, CancellationToken stop) =>
        session.List<SubscriptionRow>($"SELECT {Columns} FROM subscription WHERE expires < @before AND is_active = 1 ORDER BY expires, id LIMIT @limit", new { before, limit }, stop);

    /// <summary>Paid subscriptions of which a line of a kind that is allocated has nothing allocated, by id.</summary>
    public static Task<List<SubscriptionId>> ListSubscriptionsWithoutRange(this Session session, Instant now, int limit, CancellationToken stop) =>
        session.List<SubscriptionId>("""
            SELECT DISTINCT s.id FROM subscription s JOIN subscription_line_item l ON l.subscription_id = s.id
            WHERE s.is_active = 1 AND s.expires > @now AND l.subscription_type = @kind
              AND NOT EXISTS (SELECT 1 FROM ip_range_subscription r WHERE r.subscription_line_item_id = l.id AND r.is_active = 1)
            ORDER BY s.id LIMIT @limit
            """, new { now, kind = LineKind.IpRange, limit }, stop);
}
