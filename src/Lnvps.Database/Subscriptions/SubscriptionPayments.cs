using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Database.Encryption;
using Lnvps.Database.Payments;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Subscriptions;

/// <summary>A row of <c>subscription_payment</c>, with what it was made from where that was kept. <see cref="ExternalData"/> is encrypted when a key is loaded.</summary>
public sealed record SubscriptionPaymentRow : IPaymentTerms
{
    public PaymentId Id { get; init; }
    public SubscriptionId SubscriptionId { get; init; }
    public UserId UserId { get; init; }
    public Instant Created { get; init; }
    public Instant Expires { get; init; }
    /// <summary>Net, in the smallest unit of <see cref="Currency"/>.</summary>
    public ulong Amount { get; init; }
    public string Currency { get; init; } = "";
    public PaymentMethod PaymentMethod { get; init; }
    public SubscriptionPaymentKind PaymentType { get; init; }
    public SealedText ExternalData { get; init; }
    public string? ExternalId { get; init; }
    public bool IsPaid { get; init; }
    /// <summary>Units of the company's base currency for one of <see cref="Currency"/>; for reports only.</summary>
    public float Rate { get; init; }
    public ulong Tax { get; init; }
    public ulong ProcessingFee { get; init; }

    // Null on payments made before these were kept.
    public ulong? Total { get; init; }
    public string? TaxRate { get; init; }
    public string? TaxCountry { get; init; }
    public string? TaxTreatment { get; init; }
    public string? ExchangePair { get; init; }
    public string? ExchangeRate { get; init; }
    public Instant? ExchangeAt { get; init; }
    public string? ExchangeSource { get; init; }
}

/// <summary>Queries of subscriptions' payments (data-model.md section 7.12).</summary>
public static class SubscriptionPayments
{
    const string Select = """
        SELECT p.id, p.subscription_id, p.user_id, p.created, p.expires, p.amount, p.currency, p.payment_method, p.payment_type, p.external_data, p.external_id,
               p.is_paid, p.rate, p.tax, p.processing_fee,
               t.total, t.tax_rate, t.tax_country, t.tax_treatment, t.exchange_pair, t.exchange_rate, t.exchange_at, t.exchange_source
        FROM subscription_payment p LEFT JOIN payment_terms t ON t.payment_id = p.id
        """;

    public static Task<SubscriptionPaymentRow?> FindSubscriptionPayment(this Session session, PaymentId id, CancellationToken stop) =>
        session.Find<SubscriptionPaymentRow>($"{Select} WHERE p.id = @id", new { id }, stop);

    public static Task InsertSubscriptionPayment(this Session session, SubscriptionPaymentRow payment, CancellationToken stop) =>
        session.Execute("""
            INSERT INTO subscription_payment (id, subscription_id, user_id, created, expires, amount, currency, payment_method, payment_type, external_data,
                                              external_id, is_paid, rate, tax, processing_fee)
            VALUES (@Id, @SubscriptionId, @UserId, @Created, @Expires, @Amount, @Currency, @PaymentMethod, @PaymentType, @ExternalData,
                    @ExternalId, @IsPaid, @Rate, @Tax, @ProcessingFee)
            """, payment, stop);

    /// <summary>Newest first, ties by id.</summary>
    public static Task<List<SubscriptionPaymentRow>> ListSubscriptionPayments(this Session session, SubscriptionId subscription, long limit, long offset, CancellationToken stop) =>
        session.List<SubscriptionPaymentRow>($"{Select} WHERE p.subscription_id = @subscription ORDER BY p.created DESC, p.id LIMIT @limit OFFSET @offset",
            new { subscription, limit, offset }, stop);

    public static Task<long> CountSubscriptionPayments(this Session session, SubscriptionId subscription, CancellationToken stop) =>
        session.Scalar<long>("SELECT COUNT(*) FROM subscription_payment WHERE subscription_id = @subscription", new { subscription }, stop);

    /// <summary>The newest payment of a kind and method that can still be paid at <paramref name="until"/>; null when none can.</summary>
    public static Task<SubscriptionPaymentRow?> FindOpenSubscriptionPayment(
        this Session session, SubscriptionId subscription, PaymentMethod method, SubscriptionPaymentKind kind, Instant until, CancellationToken stop) =>
        session.Find<SubscriptionPaymentRow>($"""
            {Select} WHERE p.subscription_id = @subscription AND p.payment_method = @method AND p.payment_type = @kind AND p.is_paid = 0 AND p.expires >= @until
            ORDER BY p.created DESC, p.id LIMIT 1
            """, new { subscription, method, kind, until }, stop);

    /// <summary>How many payments are paid; under the lock of the subscription's row the number is that of now.</summary>
    public static async Task<int> CountPaid(this Session session, SubscriptionId subscription, CancellationToken stop) =>
        // The sum keeps the server from walking all paid payments by the key over is_paid, which would lock them.
        (await session.List<PaymentId>($"SELECT id FROM subscription_payment WHERE subscription_id = @subscription AND is_paid + 0 = 1{session.Dialect.ForUpdate}",
            new { subscription }, stop)).Count;

    /// <summary>Marks paid where still unpaid; false: settled before, or unknown.</summary>
    public static async Task<bool> MarkSubscriptionPaid(this Session session, PaymentId id, SealedText? data, CancellationToken stop) =>
        await session.Execute("UPDATE subscription_payment SET is_paid = 1, external_data = COALESCE(@data, external_data) WHERE id = @id AND is_paid = 0", new { id, data }, stop) > 0;
}
