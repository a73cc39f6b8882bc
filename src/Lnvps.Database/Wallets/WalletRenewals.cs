using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Wallets;

/// <summary>An automatic renewal: of one VM, for one value of its expiry.</summary>
public sealed record WalletRenewalRow
{
    public VmId VmId { get; init; }
    /// <summary>The expiry that it is to move.</summary>
    public Instant Expires { get; init; }
    /// <summary>When it is due, of the business clock; null = over.</summary>
    public Instant? NextAttempt { get; init; }
    /// <summary>The last payment that the wallet was asked to make.</summary>
    public PaymentId? PaymentId { get; init; }
    /// <summary>That payment is settled.</summary>
    public bool IsPaid { get; init; }
    /// <summary>Present expiry of the VM; another one means that somebody renewed it.</summary>
    public Instant VmExpires { get; init; }
    public bool Deleted { get; init; }
    public UserId UserId { get; init; }
}

/// <summary>Queries of what wallets were asked (tables <c>wallet_request</c> and <c>wallet_renewal</c>).</summary>
public static class WalletRenewals
{
    /// <summary>Records, before it happens, that a wallet is asked for this payment. False: it was recorded before.</summary>
    public static async Task<bool> RecordWalletRequest(this Session session, PaymentId payment, VmId vm, Instant now, CancellationToken stop)
    {
        if (await session.WasWalletAsked(payment, stop))
            return false;
        try
        {
            await session.Execute("INSERT INTO wallet_request (payment_id, vm_id, asked) VALUES (@payment, @vm, @now)", new { payment, vm, now }, stop);
            return true;
        }
        catch (System.Data.Common.DbException error) when (session.Dialect.IsDuplicateKey(error))
        {
            return false;
        }
    }

    public static async Task<bool> WasWalletAsked(this Session session, PaymentId payment, CancellationToken stop) =>
        await session.Scalar<long>("SELECT COUNT(*) FROM wallet_request WHERE payment_id = @payment", new { payment }, stop) > 0;

    /// <summary>Those unpaid payments of a VM that a wallet was asked for and that have not lapsed.</summary>
    public static Task<List<PaymentId>> ListOpenWalletRequests(this Session session, VmId vm, Instant now, CancellationToken stop) =>
        session.List<PaymentId>("""
            SELECT r.payment_id FROM wallet_request r JOIN vm_payment p ON p.id = r.payment_id WHERE r.vm_id = @vm AND p.is_paid = 0 AND p.expires > @now
            """, new { vm, now }, stop);

    /// <summary>Asks for a renewal, due at once; in the transaction of the mark that makes it happen once.</summary>
    public static Task AskForWalletRenewal(this Session session, VmId vm, Instant expires, Instant now, CancellationToken stop) =>
        session.Execute(session.Dialect.InsertOrKeep("wallet_renewal", "vm_id, expires, next_attempt", "@vm, @expires, @now", "vm_id, expires"), new { vm, expires, now }, stop);

    /// <summary>Renewals that are due, or whose payment has been settled meanwhile.</summary>
    public static Task<List<WalletRenewalRow>> ListDueWalletRenewals(this Session session, Instant now, int limit, CancellationToken stop) =>
        session.List<WalletRenewalRow>("""
            SELECT w.vm_id, w.expires, w.next_attempt, w.payment_id, COALESCE(p.is_paid, 0) AS is_paid, v.expires AS vm_expires, v.deleted, v.user_id
            FROM wallet_renewal w JOIN vm v ON v.id = w.vm_id LEFT JOIN vm_payment p ON p.id = w.payment_id
            WHERE w.next_attempt IS NOT NULL AND (w.next_attempt <= @now OR p.is_paid = 1)
            ORDER BY w.next_attempt, w.vm_id LIMIT @limit
            """, new { now, limit }, stop);

    /// <summary>Takes the turn at a renewal by moving its next attempt (null = it is over). False: somebody else has.</summary>
    public static async Task<bool> MoveWalletRenewal(this Session session, WalletRenewalRow seen, Instant? next, CancellationToken stop) =>
        await session.Execute(
            "UPDATE wallet_renewal SET next_attempt = @next WHERE vm_id = @VmId AND expires = @Expires AND next_attempt = @NextAttempt",
            new { next, seen.VmId, seen.Expires, seen.NextAttempt }, stop) > 0;

    /// <summary>Names the payment that is asked for, before it is.</summary>
    public static Task SetWalletRenewalPayment(this Session session, VmId vm, Instant expires, PaymentId payment, CancellationToken stop) =>
        session.Execute("UPDATE wallet_renewal SET payment_id = @payment WHERE vm_id = @vm AND expires = @expires", new { payment, vm, expires }, stop);
}
