using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Payments;

/// <summary>A payment of either kind, as far as its provider's order is concerned.</summary>
public sealed record ProviderOrderRow
{
    public PaymentId Id { get; init; }
    public string ExternalId { get; init; } = "";
    public UserId UserId { get; init; }
    public CompanyId CompanyId { get; init; }
    /// <summary>Net, in the smallest unit of <see cref="Currency"/>.</summary>
    public ulong Amount { get; init; }
    public ulong Tax { get; init; }
    public ulong ProcessingFee { get; init; }
    public string Currency { get; init; } = "";
    public bool IsPaid { get; init; }
    public Instant Created { get; init; }
}

/// <summary>Payments by their provider's order, VM payments first, then subscriptions (data-model.md sections 7.8 and 7.9).</summary>
public static class ProviderOrders
{
    const string OfVms = """
        SELECT p.id AS id, p.external_id, v.user_id, r.company_id, p.amount, p.tax, p.processing_fee, p.currency, p.is_paid, p.created AS created
        FROM vm_payment p JOIN vm v ON v.id = p.vm_id JOIN vm_host h ON h.id = v.host_id JOIN vm_host_region r ON r.id = h.region_id
        """;

    const string OfSubscriptions = """
        SELECT p.id AS id, p.external_id, p.user_id, s.company_id, p.amount, p.tax, p.processing_fee, p.currency, p.is_paid, p.created AS created
        FROM subscription_payment p JOIN subscription s ON s.id = p.subscription_id
        """;

    public static async Task<ProviderOrderRow?> FindPaymentOfOrder(this Session session, PaymentMethod method, string externalId, CancellationToken stop)
    {
        const string Where = "WHERE p.external_id = @externalId AND p.payment_method = @method";
        return await session.Find<ProviderOrderRow>($"{OfVms} {Where}", new { externalId, method }, stop)
            ?? await session.Find<ProviderOrderRow>($"{OfSubscriptions} {Where}", new { externalId, method }, stop);
    }

    /// <summary>A page of the unpaid payments of a method that have an order, oldest first.</summary>
    /// <param name="after">The last one of the page before; for the first page one that sorts before all that are wanted.</param>
    public static Task<List<ProviderOrderRow>> ListUnpaidOrders(this Session session, PaymentMethod method, ProviderOrderRow after, int limit, CancellationToken stop)
    {
        const string Where = """
            WHERE p.is_paid = 0 AND p.payment_method = @method AND p.external_id IS NOT NULL AND (p.created > @created OR p.created = @created AND p.id > @id)
            """;
        return session.List<ProviderOrderRow>($"{OfVms} {Where} UNION ALL {OfSubscriptions} {Where} ORDER BY created, id LIMIT @limit",
            new { method, created = after.Created, id = after.Id, limit }, stop);
    }

    /// <summary>Ends an unpaid payment's validity now, unless it has ended; paid all the same, it is still credited.</summary>
    public static async Task LapseOrder(this Session session, PaymentMethod method, string externalId, Instant now, CancellationToken stop)
    {
        foreach (var table in new[] { "vm_payment", "subscription_payment" })
        {
            await session.Execute(
                $"UPDATE {table} SET expires = @now WHERE external_id = @externalId AND payment_method = @method AND is_paid = 0 AND expires > @now",
                new { now, externalId, method }, stop);
        }
    }
}
