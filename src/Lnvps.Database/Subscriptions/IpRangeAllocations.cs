using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Subscriptions;

/// <summary>A piece of a block that a customer has or had (table <c>ip_range_subscription</c>), with the block's CIDR.</summary>
public sealed record AllocationRow
{
    public AllocationId Id { get; init; }
    public LineItemId SubscriptionLineItemId { get; init; }
    public SpaceId AvailableIpSpaceId { get; init; }
    public string Cidr { get; init; } = "";
    public bool IsActive { get; init; }
    public Instant StartedAt { get; init; }
    /// <summary>Null while it is active.</summary>
    public Instant? EndedAt { get; init; }
    public string ParentCidr { get; init; } = "";
}

/// <summary>
/// Queries of allocated pieces (data-model.md section 7.13). Who gives pieces out holds the lock of the block's row and reads with <see cref="LockAllocations"/>, which
/// sees what others committed a moment ago.
/// </summary>
public static class IpRangeAllocations
{
    const string Select = """
        SELECT r.id, r.subscription_line_item_id, r.available_ip_space_id, r.cidr, r.is_active, r.started_at, r.ended_at, s.cidr AS parent_cidr
        FROM ip_range_subscription r JOIN available_ip_space s ON s.id = r.available_ip_space_id
        """;

    /// <summary>All pieces of a block, ended ones too, as they are now.</summary>
    public static Task<List<AllocationRow>> LockAllocations(this Session session, SpaceId space, CancellationToken stop) =>
        session.List<AllocationRow>($"{Select} WHERE r.available_ip_space_id = @space ORDER BY r.id{session.Dialect.ForUpdate}", new { space }, stop);

    /// <summary>Pieces of the lines of a subscription, newest first.</summary>
    public static Task<List<AllocationRow>> ListAllocations(this Session session, SubscriptionId subscription, long limit, long offset, CancellationToken stop) =>
        session.List<AllocationRow>($"""
            {Select} JOIN subscription_line_item l ON l.id = r.subscription_line_item_id
            WHERE l.subscription_id = @subscription ORDER BY r.started_at DESC, r.id DESC LIMIT @limit OFFSET @offset
            """, new { subscription, limit, offset }, stop);

    public static Task<long> CountAllocations(this Session session, SubscriptionId subscription, CancellationToken stop) =>
        session.Scalar<long>("""
            SELECT COUNT(*) FROM ip_range_subscription r JOIN subscription_line_item l ON l.id = r.subscription_line_item_id WHERE l.subscription_id = @subscription
            """, new { subscription }, stop);

    public static async Task<AllocationId> InsertAllocation(this Session session, LineItemId line, SpaceId space, string cidr, Instant now, CancellationToken stop) =>
        new(await session.Insert("""
            INSERT INTO ip_range_subscription (subscription_line_item_id, available_ip_space_id, created, cidr, is_active, started_at)
            VALUES (@line, @space, @now, @cidr, 1, @now)
            """, new { line, space, cidr, now }, stop));

    /// <summary>The line that lost it gets its piece back.</summary>
    public static Task ReactivateAllocation(this Session session, AllocationId id, CancellationToken stop) =>
        session.Execute("UPDATE ip_range_subscription SET is_active = 1, ended_at = NULL WHERE id = @id", new { id }, stop);

    public static Task RemoveAllocation(this Session session, AllocationId id, CancellationToken stop) =>
        session.Execute("DELETE FROM ip_range_subscription WHERE id = @id AND is_active = 0", new { id }, stop);

    /// <summary>Ends all active pieces of a subscription; returns how many.</summary>
    public static Task<int> EndAllocations(this Session session, SubscriptionId subscription, Instant now, CancellationToken stop) =>
        session.Execute("""
            UPDATE ip_range_subscription SET is_active = 0, ended_at = @now
            WHERE is_active = 1 AND subscription_line_item_id IN (SELECT id FROM subscription_line_item WHERE subscription_id = @subscription)
            """, new { subscription, now }, stop);
}
