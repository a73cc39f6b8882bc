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
using Lnvps.Platform.Payments;
using Lnvps.Platform.Payments.Providers;
using Lnvps.Platform.Taxes;

namespace Lnvps.Platform.Subscriptions;

/// <summary>
/// Offers a payment for a month of a subscription: the first with its setup fees, later ones without (billing.md section 19). An equal open offer is offered again.
/// </summary>
public sealed class OpenSubscriptionPayment(Shop shop)
{
    /// <summary>An open payment with these terms, or a new one. 404, 400 and 503 as <see cref="SubscriptionOffer.For"/> says; 501 for PayPal and Stripe.</summary>
    public async Task<Result<SubscriptionPaymentRow>> Open(SubscriptionId id, PaymentMethod method, CancellationToken stop)
    {
        var provider = shop.Providers.For(method);
        return provider.IsOk ? await new Month(shop, provider.Value, id).Open(stop) : provider.Refusal;
    }

    /// <param name="Kind">The first payment, or a later one.</param>
    sealed record Subject(SubscriptionRow Row, SubscriptionPaymentKind Kind);

    sealed class Month(Shop shop, IPaymentProvider provider, SubscriptionId id) : Offer<Subject, SubscriptionPaymentRow>(shop, provider)
    {
        protected override async Task<Result<PricedOffer<Subject>>> Price(Session session, PricingMoment moment, CancellationToken stop)
        {
            var row = await session.FindSubscription(id, stop);
            if (row is null)
                return Refusal.NotFound("Subscription not found");
            var kind = await KindNow(session, stop);
            var company = await session.FindSeller(row.CompanyId, stop);
            if (company is null || !Currencies.TryParse(company.BaseCurrency, out var companyCurrency) || !Currencies.TryParse(row.Currency, out var currency))
                return Refusal.Failed("The price of this subscription is misconfigured");
            var tax = Shop.Taxes.Decide(new TaxSeller(company.TaxId, company.CountryCode), TaxBook.EvidenceOf(await session.FindUser(row.UserId, stop)));
            if (!tax.IsOk)
                return tax.Refusal;
            var fee = await Provider.Terms(session, row.CompanyId, stop);
            if (!fee.IsOk)
                return fee.Refusal;
            var lines = await session.ListLineItems([id], stop);
            var offer = SubscriptionOffer.For(new SubscriptionRequest
            {
                Lines = [.. lines.Select(line => new LinePrice(new Money(line.Amount, currency), new Money(line.SetupAmount, currency)))],
                Kind = kind,
                Method = Provider.Method,
                Expires = row.Expires,
                Now = moment.Now,
                TaxRate = tax.Value.Rate,
                Fee = fee.Value,
                CompanyCurrency = companyCurrency,
                LatestExpiry = session.Dialect.LatestInstant,
                Rates = moment.Rates,
            });
            return offer.Then(priced => new PricedOffer<Subject>(new Subject(row, kind), new OfferTerms
            {
                Total = priced.Total,
                Net = priced.Net,
                Tax = priced.Tax,
                Fee = priced.Fee,
                RateToBase = priced.RateToBase,
                Decision = tax.Value,
                Quote = moment.Rates.QuoteBetween(currency, priced.Net.Currency),
                Company = row.CompanyId,
                Memo = Memo.Subscription(kind, row.Name),
            }));
        }

        protected override Task Lock(Session session, CancellationToken stop) => session.LockSubscription(id, stop);

        protected override async Task<SubscriptionPaymentRow?> FindEqual(Session session, OfferTerms terms, Instant now, CancellationToken stop) =>
            await session.FindOpenSubscriptionPayment(id, Provider.Method, await KindNow(session, stop), now.PlusSeconds(PaymentReuse.LeastSecondsLeft), stop);

        protected override async Task<SubscriptionPaymentRow> Insert(
            Session session, Subject subject, OfferTerms terms, ProviderOrder order, Instant now, CancellationToken stop)
        {
            var payment = new SubscriptionPaymentRow
            {
                Id = order.Id,
                SubscriptionId = id,
                UserId = subject.Row.UserId,
                Created = now,
                Expires = now.Plus(Provider.Lifetime),
                Amount = terms.Net.Amount,
                Tax = terms.Tax.Amount,
                ProcessingFee = terms.Fee.Amount,
                Currency = terms.Net.Currency.Code(),
                PaymentMethod = Provider.Method,
                PaymentType = subject.Kind,
                ExternalData = Shop.Db.Cipher.Seal(order.Data),
                ExternalId = order.ExternalId,
                Rate = (float)terms.RateToBase,
            };
            await session.InsertSubscriptionPayment(payment, stop);
            await session.InsertPaymentTerms(PaymentTermsRow.Of(payment.Id, terms.Total, terms.Decision, terms.Quote), stop);
            return await Find(session, payment.Id, stop) ?? payment;
        }

        protected override Task<SubscriptionPaymentRow?> Find(Session session, PaymentId payment, CancellationToken stop) => session.FindSubscriptionPayment(payment, stop);

        protected override PaymentId IdOf(SubscriptionPaymentRow row) => row.Id;

        async Task<SubscriptionPaymentKind> KindNow(Session session, CancellationToken stop) =>
            await session.CountPaid(id, stop) == 0 ? SubscriptionPaymentKind.Purchase : SubscriptionPaymentKind.Renewal;
    }
}
