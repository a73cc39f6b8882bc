using System.Data.Common;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Taxes;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;
using Lnvps.Platform.Payments.Providers;

namespace Lnvps.Platform.Payments;

/// <summary>What is asked for, what it buys and what it was made from. An offer holds as long as pricing it again makes an equal one.</summary>
sealed record OfferTerms
{
    /// <summary>What is charged; <see cref="Net"/>, <see cref="Tax"/> and <see cref="Fee"/> are its parts, in the same currency.</summary>
    public required Money Total { get; init; }
    public required Money Net { get; init; }
    public required Money Tax { get; init; }
    public required Money Fee { get; init; }
    /// <summary>Seconds added to a VM's time.</summary>
    public long TimeValue { get; init; }
    /// <summary>Units of the company's currency for one of the payment's.</summary>
    public required decimal RateToBase { get; init; }
    public required TaxDecision Decision { get; init; }
    /// <summary>The rate that turned the list price into the payment's currency; null when none did.</summary>
    public required RateQuote? Quote { get; init; }
    public required CompanyId Company { get; init; }
    /// <summary>What the payer reads; says what is bought.</summary>
    public required string Memo { get; init; }
}

/// <summary>When and at which rates an offer is priced; pricing it again asks for the same moment, so that only what is sold can make a difference.</summary>
readonly record struct PricingMoment(Instant Now, ExchangeRates Rates);

/// <param name="Subject">What it is for, as it was read.</param>
readonly record struct PricedOffer<TSubject>(TSubject Subject, OfferTerms Terms);

/// <summary>
/// The way of every payment from its price to its row, for one request (billing.md section 10.4): price it, have its invoice or order made, store it. The order exists
/// before the row. The row is written only if, under the lock of what is sold, the price is still the same: a payment that settles in between withdraws the
/// open offers, and this one would escape. Otherwise the order is cancelled and all begins anew, a few times.
/// </summary>
/// <typeparam name="TSubject">What it is for.</typeparam>
/// <typeparam name="TRow">The payment.</typeparam>
abstract class Offer<TSubject, TRow>(Shop shop, IPaymentProvider provider) where TRow : class
{
    const int Attempts = 3;

    protected Shop Shop => shop;

    protected IPaymentProvider Provider => provider;

    /// <summary>The price of what is sold as it is now.</summary>
    protected abstract Task<Result<PricedOffer<TSubject>>> Price(Session session, PricingMoment moment, CancellationToken stop);

    /// <summary>Locks what is sold until the transaction ends.</summary>
    protected abstract Task Lock(Session session, CancellationToken stop);

    /// <summary>An open payment that serves as well; it is the answer then.</summary>
    protected virtual Task<TRow?> FindEqual(Session session, OfferTerms terms, Instant now, CancellationToken stop) => Task.FromResult<TRow?>(null);

    /// <summary>Makes sure that what is sold can be delivered; null when it can.</summary>
    protected virtual Task<Refusal?> Reserve(Session session, TSubject subject, Instant now, CancellationToken stop) => Task.FromResult<Refusal?>(null);

    /// <summary>Ends what <see cref="Reserve"/> has begun, when nothing was stored.</summary>
    protected virtual Task LetGo() => Task.CompletedTask;

    /// <exception cref="OutsideFault">The provider made none.</exception>
    protected virtual Task<ProviderOrder> Make(OfferTerms terms, CancellationToken stop) => provider.Create(terms.Company, terms.Total, terms.Memo, stop);

    protected abstract Task<TRow> Insert(Session session, TSubject subject, OfferTerms terms, ProviderOrder order, Instant now, CancellationToken stop);

    protected abstract Task<TRow?> Find(Session session, PaymentId id, CancellationToken stop);

    protected abstract PaymentId IdOf(TRow row);

    /// <summary>An open payment. Refused as <see cref="Price"/> and <see cref="Reserve"/> say; 409 when the price never holds.</summary>
    /// <exception cref="OutsideFault">The provider made no order.</exception>
    public async Task<Result<TRow>> Open(CancellationToken stop)
    {
        var isStored = false;
        try
        {
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                var moment = new PricingMoment(shop.Clock.Now, shop.Rates.Current);
                var prepared = await shop.Db.Write(session => Prepare(session, moment, stop), stop);
                if (!prepared.IsOk)
                    return prepared.Refusal;
                if (prepared.Value.Existing is { } existing)
                    return existing;
                var order = await Make(prepared.Value.Offer.Terms, stop);
                if (await Keep(prepared.Value.Offer.Terms, order, moment, stop) is { } row)
                {
                    isStored = IdOf(row) == order.Id;
                    return row;
                }
            }
            return Refusal.Because(ErrorCode.ChangedMeanwhile, "This is being changed at the moment, please try again");
        }
        finally
        {
            if (!isStored)
                await LetGo();
        }
    }

    readonly record struct Prepared(PricedOffer<TSubject> Offer, TRow? Existing);

    async Task<Result<Prepared>> Prepare(Session session, PricingMoment moment, CancellationToken stop)
    {
        var priced = await Price(session, moment, stop);
        if (!priced.IsOk)
            return priced.Refusal;
        if (await FindEqual(session, priced.Value.Terms, moment.Now, stop) is { } existing)
            return new Prepared(priced.Value, Named(session, existing));
        return await Reserve(session, priced.Value.Subject, moment.Now, stop) is { } refusal ? refusal : new Prepared(priced.Value, Existing: null);
    }

    /// <summary>The stored payment, or one that another request stored meanwhile; null when the price does not hold. What nobody was shown is cancelled.</summary>
    async Task<TRow?> Keep(OfferTerms terms, ProviderOrder order, PricingMoment moment, CancellationToken stop)
    {
        TRow? kept;
        try
        {
            kept = await shop.Db.Write(session => Store(session, terms, order, moment, stop), stop);
        }
        catch (Exception)
        {
            if (await FindStored(order) is { } stored)
                return stored;
            throw;
        }
        if (kept is null || IdOf(kept) != order.Id)
            await provider.CancelUnseen(order);
        return kept;
    }

    async Task<TRow?> Store(Session session, OfferTerms terms, ProviderOrder order, PricingMoment moment, CancellationToken stop)
    {
        await Lock(session, stop);
        var now = shop.Clock.Now;
        var again = await Price(session, moment, stop);
        if (!again.IsOk || again.Value.Terms != terms)
            return null;
        return Named(session, await FindEqual(session, terms, now, stop) ?? await Insert(session, again.Value.Subject, terms, order, now, stop));
    }

    /// <summary>A repetition of a call that breaks off is answered with this payment, even if it is paid by then: a wallet would pay another one as well.</summary>
    TRow Named(Session session, TRow row)
    {
        session.Made(IdOf(row).ToString());
        return row;
    }

    /// <summary>
    /// After a failure nobody may know whether the payment was stored. Whoever has the lock knows: a commit under way would still hold it. Without a row the order is
    /// cancelled; when the database cannot tell, it is left alone and lapses.
    /// </summary>
    async Task<TRow?> FindStored(ProviderOrder order)
    {
        CommitWitness.LookAway();
        TRow? stored;
        try
        {
            stored = await shop.Db.Write(async session =>
            {
                await Lock(session, CancellationToken.None);
                return await Find(session, order.Id, CancellationToken.None);
            }, CancellationToken.None);
        }
        catch (DbException)
        {
            return null;
        }
        if (stored is null)
            await provider.CancelUnseen(order);
        return stored;
    }
}
