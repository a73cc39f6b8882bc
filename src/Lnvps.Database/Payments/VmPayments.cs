using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Database.Encryption;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Payments;

/// <summary>A row of <c>vm_payment</c>. <see cref="ExternalData"/> is encrypted when a key is loaded.</summary>
public record VmPaymentRow
{
    public PaymentId Id { get; init; }
    public VmId VmId { get; init; }
    public Instant Created { get; init; }
    public Instant Expires { get; init; }
    /// <summary>Net, in the smallest unit of <see cref="Currency"/>.</summary>
    public ulong Amount { get; init; }
    public SealedText ExternalData { get; init; }
    /// <summary>Seconds added to the VM's expiry on settlement; 0 for upgrades.</summary>
    public ulong TimeValue { get; init; }
    public bool IsPaid { get; init; }
    /// <summary>Units of the company's base currency for one of <see cref="Currency"/>; for reports only.</summary>
    public float Rate { get; init; }
    public string Currency { get; init; } = "";
    public PaymentMethod PaymentMethod { get; init; }
    public string? ExternalId { get; init; }
    public ulong Tax { get; init; }
    public VmPaymentKind PaymentType { get; init; }
    public string? UpgradeParams { get; init; }
    public ulong ProcessingFee { get; init; }
}

/// <summary>A payment with the owner of its VM and what it was made from, as customers see it.</summary>
public sealed record OwnedPaymentRow : VmPaymentRow, IPaymentTerms
{
    public UserId UserId { get; init; }

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

/// <summary>An unpaid payment by its place in the order of creation.</summary>
public sealed record UnpaidLightningRow
{
    public PaymentId Id { get; init; }
    public Instant Created { get; init; }
}

/// <summary>Queries of VM payments (data-model.md sections 7.8 and 7.9).</summary>
public static class VmPayments
{
    const string Columns = """
        id, vm_id, created, expires, amount, external_data, time_value, is_paid, rate, currency, payment_method, external_id, tax, payment_type,
        upgrade_params, processing_fee
        """;

    public static Task<VmPaymentRow?> FindPayment(this Session session, PaymentId id, CancellationToken stop) =>
        session.Find<VmPaymentRow>($"SELECT {Columns} FROM vm_payment WHERE id = @id", new { id }, stop);

    const string Owned = """
        SELECT p.id, p.vm_id, p.created, p.expires, p.amount, p.external_data, p.time_value, p.is_paid, p.rate, p.currency, p.payment_method,
               p.external_id, p.tax, p.payment_type, p.upgrade_params, p.processing_fee, v.user_id,
               t.total, t.tax_rate, t.tax_country, t.tax_treatment, t.exchange_pair, t.exchange_rate, t.exchange_at, t.exchange_source
        FROM vm_payment p JOIN vm v ON v.id = p.vm_id LEFT JOIN payment_terms t ON t.payment_id = p.id
        """;

    /// <summary>One payment with the owner of its VM, deleted VMs too: a single indexed look-up.</summary>
    public static Task<OwnedPaymentRow?> FindPaymentWithOwner(this Session session, PaymentId id, CancellationToken stop) =>
        session.Find<OwnedPaymentRow>($"{Owned} WHERE p.id = @id", new { id }, stop);

    public static Task InsertPayment(this Session session, VmPaymentRow payment, CancellationToken stop) =>
        session.Execute($"""
            INSERT INTO vm_payment ({Columns})
            VALUES (@Id, @VmId, @Created, @Expires, @Amount, @ExternalData, @TimeValue, @IsPaid, @Rate, @Currency, @PaymentMethod, @ExternalId, @Tax,
                    @PaymentType, @UpgradeParams, @ProcessingFee)
            """, payment, stop);

    /// <summary>Newest first, ties by id; <paramref name="limit"/> null = all.</summary>
    public static Task<List<OwnedPaymentRow>> ListPayments(this Session session, VmId vm, long? limit, long offset, CancellationToken stop) =>
        session.List<OwnedPaymentRow>($"{Owned} WHERE p.vm_id = @vm ORDER BY p.created DESC, p.id LIMIT @limit OFFSET @offset",
            new { vm, limit = limit ?? long.MaxValue, offset }, stop);

    /// <summary>Unpaid renewals of a VM by one method that have not lapsed, newest first.</summary>
    public static Task<List<VmPaymentRow>> ListOpenRenewals(this Session session, VmId vm, PaymentMethod method, Instant now, CancellationToken stop) =>
        session.List<VmPaymentRow>($"""
            SELECT {Columns} FROM vm_payment
            WHERE vm_id = @vm AND payment_method = @method AND payment_type = @kind AND is_paid = 0 AND expires > @now ORDER BY created DESC, id
            """, new { vm, method, kind = VmPaymentKind.Renewal, now }, stop);

    /// <summary>Whether any unpaid payment of the VM can still be paid.</summary>
    public static async Task<bool> HasOpenPayment(this Session session, VmId vm, Instant now, CancellationToken stop) =>
        await session.Scalar<long>("SELECT COUNT(*) FROM vm_payment WHERE vm_id = @vm AND is_paid = 0 AND expires > @now", new { vm, now }, stop) > 0;

    /// <summary>Marks paid where still unpaid. False: settled before, or unknown. The one guard against crediting twice.</summary>
    /// <param name="data">What the provider says of the settled order; null leaves what is stored.</param>
    public static async Task<bool> MarkPaid(this Session session, PaymentId id, SealedText? data, CancellationToken stop) =>
        await session.Execute("UPDATE vm_payment SET is_paid = 1, external_data = COALESCE(@data, external_data) WHERE id = @id AND is_paid = 0", new { id, data }, stop) > 0;

    /// <summary>Ends unpaid, unlapsed payments of one kind now (billing.md section 16); returns those withdrawn.</summary>
    public static async Task<List<VmPaymentRow>> WithdrawOpen(this Session session, VmId vm, VmPaymentKind kind, Instant now, CancellationToken stop)
    {
        var open = await session.List<VmPaymentRow>($"""
            SELECT {Columns} FROM vm_payment WHERE vm_id = @vm AND payment_type = @kind AND is_paid = 0 AND expires > @now{session.Dialect.ForUpdate}
            """, new { vm, kind, now }, stop);
        foreach (var payment in open)
            await session.Execute("UPDATE vm_payment SET expires = @now WHERE id = @id AND is_paid = 0", new { now, id = payment.Id }, stop);
        return open;
    }

    /// <summary>A page of the unpaid Lightning payments of VMs and subscriptions, oldest first: what the sweep looks up at the node.</summary>
    /// <param name="after">The last one of the page before; for the first page one that sorts before all that are wanted.</param>
    public static Task<List<UnpaidLightningRow>> ListUnpaidLightning(this Session session, UnpaidLightningRow after, int limit, CancellationToken stop)
    {
        const string Where = "is_paid = 0 AND payment_method = @method AND (created > @created OR created = @created AND id > @id)";
        return session.List<UnpaidLightningRow>($"""
            SELECT id, created FROM vm_payment WHERE {Where} UNION ALL SELECT id, created FROM subscription_payment WHERE {Where} ORDER BY created, id LIMIT @limit
            """, new { method = PaymentMethod.Lightning, created = after.Created, id = after.Id, limit }, stop);
    }

    /// <summary>The newest paid Lightning payments of VMs and subscriptions by creation, to find a resume point when none is stored.</summary>
    public static Task<List<PaymentId>> ListRecentlyPaidLightning(this Session session, int count, CancellationToken stop) =>
        session.List<PaymentId>("""
            SELECT id FROM (
                SELECT id, created FROM vm_payment WHERE is_paid = 1 AND payment_method = @method
                UNION ALL
                SELECT id, created FROM subscription_payment WHERE is_paid = 1 AND payment_method = @method) p
            ORDER BY created DESC, id LIMIT @count
            """, new { method = PaymentMethod.Lightning, count }, stop);
}
