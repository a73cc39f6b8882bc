using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Core.Subscriptions;
using Lnvps.Database.Encryption;
using Lnvps.Database.Invoices;
using Lnvps.Database.Sessions;
using Lnvps.Database.Subscriptions;
using Lnvps.Platform.Payments;

namespace Lnvps.Platform.Subscriptions;

/// <summary>What a settled payment does to its subscription, in the transaction that completes it (billing.md sections 18 and 19).</summary>
static class CompleteSubscription
{
    /// <param name="data">What the provider says of the settled order; null leaves what is stored.</param>
    /// <returns>Unknown when no subscription has such a payment.</returns>
    public static async Task<Completion> Settle(Shop shop, Session session, PaymentId id, SealedText? data, CancellationToken stop)
    {
        var payment = await session.FindSubscriptionPayment(id, stop);
        if (payment is null)
            return Completion.Unknown;
        var row = await session.LockSubscription(payment.SubscriptionId, stop);
        if (row is null)
        {
            await FailedCompletions.TellImpossible(session, id, PaymentText.Charged(payment), $"subscription {payment.SubscriptionId}", shop.Clock.Now, stop);
            return Completion.Impossible;
        }
        var before = await session.CountPaid(row.Id, stop);
        if (!await session.MarkSubscriptionPaid(id, data, stop))
            return Completion.CompletedBefore;

        var now = shop.Clock.Now;
        var expires = SubscriptionOffer.NewExpiry(row.Expires, now) ?? throw new InvalidOperationException($"Subscription {row.Id} would expire beyond all times");
        await session.SetSubscriptionPaid(row.Id, expires, stop);
        var without = await AllocateRanges.For(session, row.Id, now, stop);
        if (without.Count > 0)
            await SubscriptionMessages.NoneFree(session, row with { Expires = expires }, without, now, stop);
        if (payment.PaymentType == SubscriptionPaymentKind.Purchase && before > 0)
            await SubscriptionMessages.SetupPaidTwice(session, payment, now, stop);
        await session.NumberInvoice(id, row.CompanyId, now, stop);
        return Completion.Completed;
    }
}
