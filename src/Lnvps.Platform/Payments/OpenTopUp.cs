using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Taxes;
using Lnvps.Core.Time;
using Lnvps.Database.Addresses;
using Lnvps.Database.Hosts;
using Lnvps.Database.Payments;
using Lnvps.Database.Sessions;
using Lnvps.Database.Users;
using Lnvps.Database.Vms;
using Lnvps.Lightning.Nodes;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Vms;

namespace Lnvps.Platform.Payments;

/// <summary>LNURL-pay: the payer chooses the amount, the shop answers with the time it buys (billing.md section 12). Open to anyone.</summary>
public sealed class OpenTopUp(Shop shop, RoomKeeper rooms)
{
    static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(600);
    static readonly TimeSpan HoldWhileInvoicing = TimeSpan.FromSeconds(120);

    /// <summary>Between which amounts a payer may choose.</summary>
    public async Task<Result<LnurlTerms>> Terms(VmId vm, CancellationToken stop) =>
        (await shop.Db.Read(session => Price(session, vm, shop.Clock.Now, stop), stop)).Then(priced => priced.Terms);

    /// <summary>The BOLT-11 text of an invoice over exactly <paramref name="amount"/>, tied to the metadata by its hash.</summary>
    public async Task<Result<string>> Open(VmId vm, Msat amount, CancellationToken stop)
    {
        var seen = await shop.Db.Read(session => session.FindVmDetails(vm, stop), stop);
        var prepared = await shop.Db.Write(async session =>
        {
            // Before anything is read, as in OpenRenewal.
            if (seen is not null && seen.Created == seen.Expires)
                await session.LockHosts(seen.RegionId, stop);
            return await Prepare(session, vm, amount, stop);
        }, stop);
        if (!prepared.IsOk)
            return prepared.Refusal;
        var invoice = await shop.Node.CreateInvoice(new InvoiceRequest(amount, "", LnurlTerms.MetadataHash(vm), Lifetime), stop);
        await shop.Db.Write(session => Store(session, vm, amount, prepared.Value, invoice, stop), stop);
        return invoice.PaymentRequest;
    }

    sealed record Priced(VmDetailsRow Vm, LnurlTerms Terms, TaxDecision Tax, decimal RateToBase, RateQuote? Quote);

    sealed record Prepared(LnurlTopUp TopUp, Priced Priced);

    async Task<Result<Priced>> Price(Session session, VmId id, Instant now, CancellationToken stop)
    {
        var vm = await session.FindVmDetails(id, stop);
        if (vm is null || vm.Deleted)
            return Refusal.NotFound("VM not found");
        var user = await session.FindUser(vm.UserId, stop);
        var rates = shop.Rates.Current;
        if (!Currencies.TryParse(vm.CompanyCurrency, out var companyCurrency))
            return Refusal.Failed("The company's currency is misconfigured");
        var tax = shop.Taxes.Decide(vm, user);
        if (!tax.IsOk)
            return tax.Refusal;
        return VmPrice.Of(vm, await session.ListAddresses(id, stop)).Then(price =>
            ChargedPrice.In(PaymentMethod.Lightning, price.Amount, rates).Then(one =>
                ChargedPrice.RateToBase(Currency.BTC, companyCurrency, rates).Then(rate =>
                    LnurlTerms.For(new Msat(one.Amount), price.Interval, Instant.Later(vm.Expires, now), tax.Value.Rate, session.Dialect.LatestInstant)
                        .Then(terms => new Priced(vm, terms, tax.Value, rate, rates.QuoteBetween(price.Amount.Currency, Currency.BTC))))));
    }

    async Task<Result<Prepared>> Prepare(Session session, VmId id, Msat amount, CancellationToken stop)
    {
        var now = shop.Clock.Now;
        var priced = await Price(session, id, now, stop);
        if (!priced.IsOk)
            return priced.Refusal;
        var topUp = priced.Value.Terms.Buy(amount);
        if (!topUp.IsOk)
            return topUp.Refusal;
        var vm = priced.Value.Vm;
        if (vm.Created == vm.Expires)
        {
            if (await rooms.Claim(session, vm, now, stop) is { } noRoom)
                return noRoom;
            await session.HoldRoom(id, now.Plus(HoldWhileInvoicing), stop);
        }
        return new Prepared(topUp.Value, priced.Value);
    }

    async Task Store(Session session, VmId id, Msat amount, Prepared prepared, Invoice invoice, CancellationToken stop)
    {
        var now = shop.Clock.Now;
        await session.InsertPayment(new VmPaymentRow
        {
            Id = new PaymentId(invoice.PaymentHash),
            VmId = id,
            Created = now,
            Expires = now.Plus(Lifetime),
            Amount = prepared.TopUp.Net.Value,
            Tax = prepared.TopUp.Tax.Value,
            Currency = Currency.BTC.Code(),
            Rate = (float)prepared.Priced.RateToBase,
            TimeValue = (ulong)prepared.TopUp.TimeValue,
            PaymentMethod = PaymentMethod.Lightning,
            PaymentType = VmPaymentKind.Renewal,
            ExternalData = shop.Db.Cipher.Seal(invoice.PaymentRequest),
        }, stop);
        await session.InsertPaymentTerms(
            PaymentTermsRow.Of(new PaymentId(invoice.PaymentHash), amount.ToMoney(), prepared.Priced.Tax, prepared.Priced.Quote), stop);
        await session.ReleaseRoom(id, stop);
    }
}
