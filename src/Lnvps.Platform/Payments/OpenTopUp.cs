using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;
using Lnvps.Lightning.Nodes;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Payments.Providers;
using Lnvps.Platform.Vms;

namespace Lnvps.Platform.Payments;

/// <summary>LNURL-pay: the payer chooses the amount, the shop answers with the time it buys (billing.md section 12). Open to anyone.</summary>
public sealed class OpenTopUp(Shop shop, RoomKeeper rooms)
{
    /// <summary>Between which amounts a payer may choose.</summary>
    public async Task<Result<LnurlTerms>> Terms(VmId vm, CancellationToken stop)
    {
        var provider = shop.Providers.For(PaymentMethod.Lightning);
        if (!provider.IsOk)
            return provider.Refusal;
        var moment = new PricingMoment(shop.Clock.Now, shop.Rates.Current);
        var basis = await shop.Db.Read(session => VmBasis.Load(shop, session, vm, provider.Value, moment, stop), stop);
        return basis.Then(Prices).Then(prices => prices.Terms);
    }

    /// <summary>The BOLT-11 text of an invoice over exactly <paramref name="amount"/>, tied to the metadata by its hash. Each payer gets an invoice of the own.</summary>
    public async Task<Result<string>> Open(VmId vm, Msat amount, CancellationToken stop)
    {
        var provider = shop.Providers.For(PaymentMethod.Lightning);
        if (!provider.IsOk)
            return provider.Refusal;
        var opened = await new TopUp(shop, rooms, provider.Value, vm, amount).Open(stop);
        return opened.IsOk ? shop.Db.Cipher.Open(opened.Value.ExternalData) : opened.Refusal;
    }

    sealed record PriceList(LnurlTerms Terms, decimal RateToBase, RateQuote? Quote);

    static Result<PriceList> Prices(VmBasis basis) =>
        VmPrice.Of(basis.Vm, basis.Addresses).Then(price =>
            ChargedPrice.In(PaymentMethod.Lightning, price.Amount, basis.Moment.Rates).Then(one =>
                ChargedPrice.RateToBase(Currency.BTC, basis.CompanyCurrency, basis.Moment.Rates).Then(rate =>
                    LnurlTerms.For(new Msat(one.Amount), price.Interval, Instant.Later(basis.Vm.Expires, basis.Moment.Now), basis.Tax.Rate, basis.LatestExpiry)
                        .Then(terms => new PriceList(terms, rate, basis.Moment.Rates.QuoteBetween(price.Amount.Currency, Currency.BTC))))));

    sealed class TopUp(Shop shop, RoomKeeper rooms, IPaymentProvider provider, VmId vm, Msat amount) : VmOffer(shop, rooms, provider, vm)
    {
        protected override Task<Result<OfferTerms>> Price(VmBasis basis, Session session, CancellationToken stop) =>
            Task.FromResult(Prices(basis).Then(prices => prices.Terms.Buy(amount).Then(bought => new OfferTerms
            {
                Total = amount.ToMoney(),
                Net = bought.Net.ToMoney(),
                Tax = bought.Tax.ToMoney(),
                Fee = new Msat(0).ToMoney(),
                TimeValue = bought.TimeValue,
                RateToBase = prices.RateToBase,
                Decision = basis.Tax,
                Quote = prices.Quote,
                Company = basis.Vm.CompanyId,
                Memo = LnurlTerms.Metadata(Vm),
            })));

        protected override async Task<ProviderOrder> Make(OfferTerms terms, CancellationToken stop)
        {
            var invoice = await Shop.Node.CreateInvoice(new InvoiceRequest(amount, "", LnurlTerms.MetadataHash(Vm), Provider.Lifetime), stop);
            return new ProviderOrder(new PaymentId(invoice.PaymentHash), ExternalId: null, invoice.PaymentRequest);
        }
    }
}
