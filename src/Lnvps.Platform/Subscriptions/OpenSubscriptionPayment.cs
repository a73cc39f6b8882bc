using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Subscriptions;
using Lnvps.Core.Taxes;
using Lnvps.Core.Time;
using Lnvps.Database.Companies;
using Lnvps.Database.Payments;
using Lnvps.Database.Sessions;
using Lnvps.Database.Subscriptions;
using Lnvps.Database.Users;
using Lnvps.Platform.Payments.Providers;
using Lnvps.Platform.Taxes;

namespace Lnvps.Platform.Subscriptions;

/// <summary>
/// Offers a payment for a month of a subscription: the first with its setup fees, later ones without (billing.md section 19). The invoice exists before its row; under
/// the lock of the subscription's row an equal open offer of another request takes its place.
/// </summary>
public sealed class OpenSubscriptionPayment(Shop shop)
{
    /// <summary>An open payment with these terms, or a new one. 404, 400 and 503 as <see cref="SubscriptionOffer.For"/> says; 501 for PayPal and Stripe.</summary>
    public async Task<Result<SubscriptionPaymentRow>> Open(SubscriptionId id, PaymentMethod method, CancellationToken stop)
    {
        var provider = shop.Providers.For(method);
        if (!provider.IsOk)
            return provider.Refusal;
        var prepared = await shop.Db.Read(session => Prepare(session, id, provider.Value, stop), stop);
        return !prepared.IsOk ? prepared.Refusal : prepared.Value.Existing ?? await Create(prepared.Value, provider.Value, stop);
    }

    sealed record Prepared(
        SubscriptionRow Row, SubscriptionPaymentKind Kind, SubscriptionOffer Offer, TaxDecision Tax, RateQuote? Quote, SubscriptionPaymentRow? Existing);

    async Task<Result<Prepared>> Prepare(Session session, SubscriptionId id, IPaymentProvider provider, CancellationToken stop)
    {
        var now = shop.Clock.Now;
        var row = await session.FindSubscription(id, stop);
        if (row is null)
            return Refusal.NotFound("Subscription not found");
        var kind = await session.CountPaid(id, stop) == 0 ? SubscriptionPaymentKind.Purchase : SubscriptionPaymentKind.Renewal;
        var company = await session.FindSeller(row.CompanyId, stop);
        if (company is null || !Currencies.TryParse(company.BaseCurrency, out var companyCurrency) || !Currencies.TryParse(row.Currency, out var currency))
            return Refusal.Failed("The price of this subscription is misconfigured");
        var tax = shop.Taxes.Decide(new TaxSeller(company.TaxId, company.CountryCode), TaxBook.EvidenceOf(await session.FindUser(row.UserId, stop)));
        if (!tax.IsOk)
            return tax.Refusal;
        var fee = await provider.Terms(session, row.CompanyId, stop);
        if (!fee.IsOk)
            return fee.Refusal;
        var lines = await session.ListLineItems([id], stop);
        var rates = shop.Rates.Current;
        var offer = SubscriptionOffer.For(new SubscriptionRequest
        {
            Lines = [.. lines.Select(line => new LinePrice(new Money(line.Amount, currency), new Money(line.SetupAmount, currency)))],
            Kind = kind,
            Method = provider.Method,
            Expires = row.Expires,
            Now = now,
            TaxRate = tax.Value.Rate,
            Fee = fee.Value,
            CompanyCurrency = companyCurrency,
            LatestExpiry = session.Dialect.LatestInstant,
            Rates = rates,
        });
        if (!offer.IsOk)
            return offer.Refusal;
        return new Prepared(row, kind, offer.Value, tax.Value, rates.QuoteBetween(currency, offer.Value.Net.Currency), await FindOpen(session, id, provider.Method, kind, now, stop));
    }

    async Task<Result<SubscriptionPaymentRow>> Create(Prepared prepared, IPaymentProvider provider, CancellationToken stop)
    {
        var order = await provider.Create(prepared.Row.CompanyId, prepared.Offer.Total, Memo.Subscription(prepared.Kind, prepared.Row.Name), stop);
        Result<SubscriptionPaymentRow>? stored = null;
        try
        {
            stored = await shop.Db.Write(session => Store(session, prepared, provider, order, stop), stop);
        }
        finally
        {
            if (stored is not { IsOk: true } kept || kept.Value.Id != order.Id)
                await provider.CancelUnseen(order);
        }
        return stored.Value;
    }

    async Task<Result<SubscriptionPaymentRow>> Store(Session session, Prepared prepared, IPaymentProvider provider, ProviderOrder order, CancellationToken stop)
    {
        var now = shop.Clock.Now;
        var (seen, kind, offer, tax, quote, _) = prepared;
        var row = await session.LockSubscription(seen.Id, stop);
        if (row is null)
            return Refusal.NotFound("Subscription not found");
        // The first payment may have settled while the invoice was made: then a second one with setup fees must not be offered.
        if (kind == SubscriptionPaymentKind.Purchase && await session.CountPaid(row.Id, stop) > 0)
            return Refusal.Conflict("The subscription has been paid just now, please try again");
        if (await FindOpen(session, row.Id, provider.Method, kind, now, stop) is { } other)
            return other;
        var payment = new SubscriptionPaymentRow
        {
            Id = order.Id,
            SubscriptionId = row.Id,
            UserId = row.UserId,
            Created = now,
            Expires = now.Plus(provider.Lifetime),
            Amount = offer.Net.Amount,
            Tax = offer.Tax.Amount,
            ProcessingFee = offer.Fee.Amount,
            Currency = offer.Net.Currency.Code(),
            PaymentMethod = provider.Method,
            PaymentType = kind,
            ExternalData = shop.Db.Cipher.Seal(order.Data),
            ExternalId = order.ExternalId,
            Rate = (float)offer.RateToBase,
        };
        await session.InsertSubscriptionPayment(payment, stop);
        await session.InsertPaymentTerms(PaymentTermsRow.Of(payment.Id, offer.Total, tax, quote), stop);
        return await session.FindSubscriptionPayment(payment.Id, stop) ?? payment;
    }

    static Task<SubscriptionPaymentRow?> FindOpen(
        Session session, SubscriptionId id, PaymentMethod method, SubscriptionPaymentKind kind, Instant now, CancellationToken stop) =>
        session.FindOpenSubscriptionPayment(id, method, kind, now.PlusSeconds(PaymentReuse.LeastSecondsLeft), stop);
}
