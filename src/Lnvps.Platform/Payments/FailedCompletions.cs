using System.Collections.Concurrent;
using System.Data.Common;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Payments;
using Lnvps.Database.Sessions;
using Lnvps.Database.Subscriptions;

namespace Lnvps.Platform.Payments;

/// <summary>Tells operators of money that has arrived but cannot be credited (billing.md section 18).</summary>
sealed class FailedCompletions(Shop shop)
{
    const int Tolerated = 2;

    readonly ConcurrentDictionary<PaymentId, int> _failures = [];

    /// <summary>Counts the failures of completing a payment; from the third on operators are told, once. The failure itself is passed on.</summary>
    public async Task<Completion> Watch(PaymentId id, Func<Task<Completion>> complete)
    {
        try
        {
            var completion = await complete();
            _failures.TryRemove(id, out _);
            return completion;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            if (_failures.AddOrUpdate(id, 1, (_, before) => before + 1) > Tolerated)
                await TellRepeated(id);
            throw;
        }
    }

    /// <summary>There is nothing left that it could be credited to.</summary>
    /// <param name="charged">The sum, for people.</param>
    /// <param name="subject">What is missing.</param>
    public static Task TellImpossible(Session session, PaymentId id, string charged, string subject, Instant now, CancellationToken stop) =>
        Notifications.Notifications.QueueForOperators(session, $"lost-payment/{id}", "A payment cannot be credited",
            $"Payment {id} ({charged}) was paid, but {subject} does not exist any more. Its money is to be returned.", now, stop);

    async Task TellRepeated(PaymentId id)
    {
        try
        {
            await shop.Db.Write(async session =>
            {
                var charged = await session.FindPayment(id, CancellationToken.None) is { } payment ? PaymentText.Charged(payment)
                    : await session.FindSubscriptionPayment(id, CancellationToken.None) is { } other ? PaymentText.Charged(other)
                    : null;
                if (charged is not null)
                    await Notifications.Notifications.QueueForOperators(session, $"stuck-payment/{id}", "A payment cannot be completed",
                        $"Payment {id} ({charged}) was paid, but crediting it has failed {Tolerated + 1} times. It is tried again; the log says why it fails.",
                        shop.Clock.Now, CancellationToken.None);
            }, CancellationToken.None);
        }
        catch (DbException)
        {
            // The next failure tells.
        }
    }
}
