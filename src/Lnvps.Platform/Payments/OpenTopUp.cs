using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Taxes;
using Lnvps.Core.Time;
using Lnvps.Database.Addresses;
using Lnvps.Database.Payments;
using Lnvps.Database.Sessions;
using Lnvps.Database.Users;
using Lnvps.Database.Vms;
using Lnvps.Lightning.Nodes;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Payments.Providers;
using Lnvps.Platform.Vms;

namespace Lnvps.Platform.Payments;

/// <summary>LNURL-pay: the payer chooses the amount, the shop answers with the time it buys (billing.md section 12). Open to anyone.</summary>
public sealed class OpenTopUp(Shop shop, RoomKeeper rooms)
{
    readonly NewOffer _offer = new(shop, rooms);

    /// <summary>Between which amounts a payer may choose.</summary>
    public async Task<Result<LnurlTerms>> Terms(VmId vm, CancellationToken stop) =>
        (await shop.Db.Read(session => Price(session, vm, shop.Clock.Now, stop), stop)).Then(priced => priced.Terms);

    /// <summary>The BOLT-11 text of an invoice over exactly <paramref name="amount"/>, tied to the metadata by its hash.</summary>
    public async Task<Result<string>> Open(VmId vm, Msat amount, CancellationToken stop)
    {
        var provider = shop.Providers.For(PaymentMethod.Lightning);
        if (!provider.IsOk)
            return provider.Refusal;
        var prepared = await shop.Db.Write(session => Prepare(session, vm, amount, stop), stop);
        if (!prepared.IsOk)
            return prepared.Refusal;
        // Each payer gets an invoice of the own.
        var opened = await _offer.Open(
            vm, prepared.Value, provider.Value, () => Invoice(vm, amount, provider.Value.Lifetime, stop), (_, _) => Task.FromResult<VmPaymentRow?>(null), stop);
        return opened.IsOk ? shop.Db.Cipher.Open(opened.Value.ExternalData) : opened.Refusal;
    }

    async Task<ProviderOrder> Invoice(VmId vm, Msat amount, TimeSpan lifetime, CancellationToken stop)
    {
        var invoice = await shop.Node.CreateInvoice(new InvoiceRequest(amount, "", LnurlTerms.MetadataHash(vm), lifetime), stop);
        return new ProviderOrder(new PaymentId(invoice.PaymentHash), ExternalId: null, invoice.PaymentRequest);
    }

    sealed record Priced(VmDetailsRow Vm, LnurlTerms Terms, TaxDecision Tax, decimal RateToBase, RateQuote? Quote);

    async Task<Result<Priced>> Price(Session session, VmId id, Instant now, CancellationToken stop)
    {
        var vm = await session.FindVmDetails(id, stop);
        if (vm is null || vm.Deleted)
            return Refusal.NotFound("VM not found");
        var user = await session.FindUser(vm.UserId, stop);
        var rates = shop.Rates.Current;
        if (!Currencies.TryParse(vm.CompanyCurrency, out var companyCurrency))
            return Refusal.Failed("The company's currency is misconfigured");
        if (await NodeAccount.Obstacle(session, vm.CompanyId, stop) is { } obstacle)
            return obstacle;
        var tax = shop.Taxes.Decide(vm, user);
        if (!tax.IsOk)
            return tax.Refusal;
        return VmPrice.Of(vm, await session.ListAddresses(id, stop)).Then(price =>
            ChargedPrice.In(PaymentMethod.Lightning, price.Amount, rates).Then(one =>
                ChargedPrice.RateToBase(Currency.BTC, companyCurrency, rates).Then(rate =>
                    LnurlTerms.For(new Msat(one.Amount), price.Interval, Instant.Later(vm.Expires, now), tax.Value.Rate, session.Dialect.LatestInstant)
                        .Then(terms => new Priced(vm, terms, tax.Value, rate, rates.QuoteBetween(price.Amount.Currency, Currency.BTC))))));
    }

    async Task<Result<OfferTerms>> Prepare(Session session, VmId id, Msat amount, CancellationToken stop)
    {
        var now = shop.Clock.Now;
        var priced = await Price(session, id, now, stop);
        if (!priced.IsOk)
            return priced.Refusal;
        var topUp = priced.Value.Terms.Buy(amount);
        if (!topUp.IsOk)
            return topUp.Refusal;
        var (vm, _, tax, rate, quote) = priced.Value;
        if (await _offer.HoldRoom(session, vm, now, stop) is { } noRoom)
            return noRoom;
        return new OfferTerms(
            amount.ToMoney(), topUp.Value.Net.ToMoney(), topUp.Value.Tax.ToMoney(), new Msat(0).ToMoney(), topUp.Value.TimeValue, rate, tax, quote);
    }
}
