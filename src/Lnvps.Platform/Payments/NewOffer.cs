using System.Data.Common;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Taxes;
using Lnvps.Core.Time;
using Lnvps.Database.Payments;
using Lnvps.Database.Sessions;
using Lnvps.Database.Vms;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Payments.Providers;

namespace Lnvps.Platform.Payments;

/// <summary>What is asked for, what it buys and what it was made from.</summary>
/// <param name="Total">What is charged; the three that follow are its parts, in the same currency.</param>
/// <param name="TimeValue">Seconds added to the VM's time.</param>
/// <param name="RateToBase">Units of the company's currency for one of the payment's.</param>
sealed record OfferTerms(Money Total, Money Net, Money Tax, Money Fee, long TimeValue, decimal RateToBase, TaxDecision Decision, RateQuote? Quote);

/// <summary>
/// The way of every payment for time from its price to its row: hold room, make the invoice or order, store it. The order exists before the row; the row is written
/// only while the VM is live. Dying in between leaves an order that nobody saw and a hold that lapses.
/// </summary>
sealed class NewOffer(Shop shop, RoomKeeper rooms)
{
    /// <summary>How long room is held while the order is being made; longer than any answer of a provider is waited for.</summary>
    static readonly TimeSpan HoldWhileOrdering = TimeSpan.FromSeconds(120);

    /// <summary>Holds room for a VM that was never paid for, in the transaction that prices it: nobody pays for a machine that cannot be built.</summary>
    public async Task<Refusal?> HoldRoom(Session session, VmDetailsRow vm, Instant now, CancellationToken stop)
    {
        if (vm.Created != vm.Expires)
            return null;
        if (await rooms.Claim(session, vm, now, stop) is { } noRoom)
            return noRoom;
        await session.HoldRoom(vm.Id, now.Plus(HoldWhileOrdering), stop);
        return null;
    }

    /// <summary>Makes the order and stores it as an open payment.</summary>
    /// <param name="make">Makes it at the provider.</param>
    /// <param name="findEqual">Finds, under the VM's lock, an open payment that another process stored meanwhile and that serves as well; it is the answer then.</param>
    /// <exception cref="OutsideFault">The provider made none.</exception>
    public async Task<Result<VmPaymentRow>> Open(
        VmId vm, OfferTerms terms, IPaymentProvider provider, Func<Task<ProviderOrder>> make, Func<Session, Instant, Task<VmPaymentRow?>> findEqual, CancellationToken stop)
    {
        try
        {
            var order = await make();
            // When this throws, nobody may know whether the row was written. The order is left alone: nobody has seen it, and it lapses.
            var stored = await shop.Db.Write(session => Store(session, vm, terms, provider, order, findEqual, stop), stop);
            if (!stored.IsOk || stored.Value.Id != order.Id)
                await provider.CancelUnseen(order);
            return stored;
        }
        catch
        {
            await LetGo(vm);
            throw;
        }
    }

    async Task<Result<VmPaymentRow>> Store(
        Session session, VmId id, OfferTerms terms, IPaymentProvider provider, ProviderOrder order, Func<Session, Instant, Task<VmPaymentRow?>> findEqual,
        CancellationToken stop)
    {
        var now = shop.Clock.Now;
        if (await session.LockVm(id, stop) is not { Deleted: false })
            return Refusal.NotFound("VM not found");
        if (await findEqual(session, now) is { } other)
            return other;
        var payment = new VmPaymentRow
        {
            Id = order.Id,
            VmId = id,
            Created = now,
            Expires = now.Plus(provider.Lifetime),
            Amount = terms.Net.Amount,
            Tax = terms.Tax.Amount,
            ProcessingFee = terms.Fee.Amount,
            Currency = terms.Net.Currency.Code(),
            Rate = (float)terms.RateToBase,
            TimeValue = (ulong)terms.TimeValue,
            PaymentMethod = provider.Method,
            PaymentType = VmPaymentKind.Renewal,
            ExternalId = order.ExternalId,
            ExternalData = shop.Db.Cipher.Seal(order.Data),
        };
        await session.InsertPayment(payment, stop);
        await session.InsertPaymentTerms(PaymentTermsRow.Of(payment.Id, terms.Total, terms.Decision, terms.Quote), stop);
        await session.ReleaseRoom(id, stop);
        return payment;
    }

    async Task LetGo(VmId vm)
    {
        try
        {
            await shop.Db.Write(session => session.ReleaseRoom(vm, CancellationToken.None), CancellationToken.None);
        }
        catch (DbException)
        {
            // The hold lapses by itself.
        }
    }
}
