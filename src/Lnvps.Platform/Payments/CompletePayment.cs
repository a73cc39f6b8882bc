using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Database.Encryption;
using Lnvps.Database.Invoices;
using Lnvps.Database.Payments;
using Lnvps.Database.Sessions;
using Lnvps.Database.Vms;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Subscriptions;
using Lnvps.Platform.Vms;

namespace Lnvps.Platform.Payments;

/// <summary>What a settlement event changed.</summary>
public enum Completion
{
    /// <summary>No payment of ours has this id; the node may serve others.</summary>
    Unknown,

    /// <summary>It was completed before: nothing changed.</summary>
    CompletedBefore,

    /// <summary>This call completed it.</summary>
    Completed,

    /// <summary>What it is for does not exist any more, not even as deleted: operators are told to return the money.</summary>
    Impossible,
}

/// <summary>
/// Completes a settled payment, exactly once, whoever notices the settlement and however often (billing.md section 18): stream, sweep, webhook or a
/// person. One transaction marks it paid where it was unpaid, adds the time, writes the history, withdraws competing offers, asks for the work that
/// follows and keeps the node's cursor. Dying at any point leaves either nothing or all of it.
/// </summary>
public sealed class CompletePayment(Shop shop, RoomKeeper rooms, VmWork work)
{
    readonly FailedCompletions _failures = new(shop);

    /// <param name="settleIndex">The node's cursor of this event; null when it came from elsewhere.</param>
    public Task<Completion> Settle(PaymentId id, ulong? settleIndex, CancellationToken stop) =>
        _failures.Watch(id, () => shop.Db.Write(session => Settle(session, id, settleIndex, data: null, stop), stop));

    /// <param name="order">What the provider says of the settled order; kept in place of the offer's data.</param>
    public Task<Completion> SettleOrder(PaymentId id, string order, CancellationToken stop) =>
        _failures.Watch(id, () => shop.Db.Write(session => Settle(session, id, settleIndex: null, shop.Db.Cipher.Seal(order), stop), stop));

    async Task<Completion> Settle(Session session, PaymentId id, ulong? settleIndex, SealedText? data, CancellationToken stop)
    {
        if (settleIndex is { } index)
            await SettledCursor.Advance(session, index, stop);
        var payment = await session.FindPayment(id, stop);
        if (payment is null)
            return await CompleteSubscription.Settle(shop, session, id, data, stop);
        // The VM's row is locked before the payment's, as everywhere; the clean-up of unpaid orders waits here.
        var vm = await session.LockVm(payment.VmId, stop);
        if (vm is null)
        {
            await FailedCompletions.TellImpossible(session, id, PaymentText.Charged(payment), $"VM {payment.VmId}", shop.Clock.Now, stop);
            return Completion.Impossible;
        }
        if (!await session.MarkPaid(id, data, stop))
            return Completion.CompletedBefore;

        var now = shop.Clock.Now;
        var expires = PaymentCompletion.NewExpiry(vm.Expires, now, (long)payment.TimeValue);
        if (expires != vm.Expires)
            await session.SetVmExpires(vm.Id, expires, stop);
        var effect = PaymentCompletion.EffectOn(vm.Deleted, expires, now, vm.Deleted && await HasRoomAgain(session, vm, now, stop));
        if (effect == CompletionEffect.Revived)
            await session.ReviveVm(vm.Id, stop);

        await WriteHistory(session, payment, vm, expires, now, stop);
        await Withdraw(session, payment, now, stop);
        if (await session.FindCompanyOfVm(vm.Id, stop) is { } company)
            await session.NumberInvoice(id, company, now, stop);
        await work.AfterPayment(session, vm, payment, effect, stop);
        session.AfterCommit(() => shop.Metrics.PaymentCompleted(payment.PaymentMethod.ToString().ToLowerInvariant(), payment.PaymentType.ToString().ToLowerInvariant()));
        return Completion.Completed;
    }

    static async Task WriteHistory(Session session, VmPaymentRow payment, VmRow vm, Instant expires, Instant now, CancellationToken stop)
    {
        var currency = Currencies.TryParse(payment.Currency, out var known) ? known : throw new InvalidOperationException($"Payment {payment.Id} has no known currency");
        var paid = new PaidPayment(payment.Id, payment.ExternalId, payment.PaymentMethod,
            new Money(payment.Amount + payment.Tax + payment.ProcessingFee, currency), (long)payment.TimeValue);
        await session.AppendHistory(VmHistory.PaymentReceived(vm.Id, paid), now, stop);
        if (payment.TimeValue > 0)
            await session.AppendHistory(VmHistory.Renewed(vm.Id, vm.Expires, expires, paid), now, stop);
    }

    /// <summary>
    /// A renewal ends every open upgrade offer, whose price grew with the time left; an upgrade ends those and the renewals at the old price
    /// (billing.md section 16).
    /// </summary>
    Task Withdraw(Session session, VmPaymentRow payment, Instant now, CancellationToken stop)
    {
        VmPaymentKind[] ended = payment.PaymentType == VmPaymentKind.Upgrade ? [VmPaymentKind.Upgrade, VmPaymentKind.Renewal] : [VmPaymentKind.Upgrade];
        return work.Withdraw(session, payment.VmId, ended, now, stop);
    }

    async Task<bool> HasRoomAgain(Session session, VmRow vm, Instant now, CancellationToken stop) =>
        await session.FindVmDetails(vm.Id, stop) is { } details && await rooms.HasRoomOnOwnHost(session, details, now, stop);
}
