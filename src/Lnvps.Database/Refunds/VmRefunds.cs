using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Refunds;

/// <summary>A row of <c>vm_refund</c>: an intent until <see cref="Paid"/> is set.</summary>
public sealed record VmRefundRow
{
    public Bytes32 PaymentHash { get; init; }
    public VmId VmId { get; init; }
    /// <summary>The workflow that pays it.</summary>
    public WorkflowId WorkflowId { get; init; }
    /// <summary>Who wants it; null = not known.</summary>
    public UserId? AdminUserId { get; init; }
    /// <summary>BOLT-11 text.</summary>
    public string Invoice { get; init; } = "";
    /// <summary>Msat paid out.</summary>
    public ulong Amount { get; init; }
    /// <summary>What that was worth in the currency of the price list.</summary>
    public ulong ListAmount { get; init; }
    public string ListCurrency { get; init; } = "";
    public string? Reason { get; init; }
    public Instant RefundFrom { get; init; }
    /// <summary>Proof of payment.</summary>
    public Bytes32? Preimage { get; init; }
    public Instant Created { get; init; }
    public Instant? Paid { get; init; }
}

/// <summary>What was paid for a VM in one currency, net.</summary>
public sealed record PaidSumRow
{
    public string Currency { get; init; } = "";
    public decimal Amount { get; init; }
}

/// <summary>Queries of refunds.</summary>
public static class VmRefunds
{
    const string Columns = "payment_hash, vm_id, workflow_id, admin_user_id, invoice, amount, list_amount, list_currency, reason, refund_from, preimage, created, paid";

    public static Task<VmRefundRow?> FindRefund(this Session session, Bytes32 paymentHash, CancellationToken stop) =>
        session.Find<VmRefundRow>($"SELECT {Columns} FROM vm_refund WHERE payment_hash = @paymentHash", new { paymentHash }, stop);

    /// <summary>Intents and paid refunds of a VM, oldest first.</summary>
    public static Task<List<VmRefundRow>> ListRefunds(this Session session, VmId vm, CancellationToken stop) =>
        session.List<VmRefundRow>($"SELECT {Columns} FROM vm_refund WHERE vm_id = @vm ORDER BY created, payment_hash", new { vm }, stop);

    public static Task InsertRefund(this Session session, VmRefundRow refund, CancellationToken stop) =>
        session.Execute($"""
            INSERT INTO vm_refund ({Columns})
            VALUES (@PaymentHash, @VmId, @WorkflowId, @AdminUserId, @Invoice, @Amount, @ListAmount, @ListCurrency, @Reason, @RefundFrom, @Preimage, @Created, @Paid)
            """, refund, stop);

    /// <summary>Forgets an intent that was not paid.</summary>
    public static Task RemoveRefund(this Session session, Bytes32 paymentHash, WorkflowId workflow, CancellationToken stop) =>
        session.Execute("DELETE FROM vm_refund WHERE payment_hash = @paymentHash AND workflow_id = @workflow AND paid IS NULL", new { paymentHash, workflow }, stop);

    /// <summary>The intent was paid; false when that was recorded before.</summary>
    public static async Task<bool> MarkRefundPaid(this Session session, Bytes32 paymentHash, Bytes32 preimage, Instant now, CancellationToken stop) =>
        await session.Execute("UPDATE vm_refund SET preimage = @preimage, paid = @now WHERE payment_hash = @paymentHash AND paid IS NULL", new { paymentHash, preimage, now }, stop) > 0;

    /// <summary>Net of a VM's paid payments by currency.</summary>
    public static Task<List<PaidSumRow>> SumPaid(this Session session, VmId vm, CancellationToken stop) =>
        session.List<PaidSumRow>("SELECT currency, SUM(amount) AS amount FROM vm_payment WHERE vm_id = @vm AND is_paid = 1 GROUP BY currency ORDER BY currency", new { vm }, stop);
}
