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
using Lnvps.Database.Wallets;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Payments.Providers;
using Lnvps.Platform.Vms;

namespace Lnvps.Platform.Payments;

/// <summary>Offers a payment that extends a VM (billing.md sections 8, 10 and 11). An open one with the same terms is offered again, whoever made it.</summary>
public sealed class OpenRenewal(Shop shop, RoomKeeper rooms)
{
    readonly NewOffer _offer = new(shop, rooms);

    // One request per VM at a time in this process (VMs share gates by id); between processes the insert decides.
    readonly SemaphoreSlim[] _gates = [.. Enumerable.Range(0, 256).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>
    /// An open payment with these terms: an existing one with at least a minute left, or a new one. 404: no such VM; 400: the method cannot be used, nothing to pay, an
    /// expiry that cannot be stored; 409: no room; 501: a method that is a name only; 503: a rate is missing.
    /// </summary>
    public async Task<Result<VmPaymentRow>> Open(VmId vm, PaymentMethod method, int intervals, CancellationToken stop)
    {
        var provider = shop.Providers.For(method);
        if (!provider.IsOk)
            return provider.Refusal;
        var gate = _gates[vm.Value % _gates.Length];
        await gate.WaitAsync(stop);
        try
        {
            var prepared = await shop.Db.Write(session => Prepare(session, vm, provider.Value, intervals, stop), stop);
            return prepared.IsOk ? prepared.Value.Existing ?? await Create(prepared.Value, provider.Value, stop) : prepared.Refusal;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>What is to be paid, and the payment that asks for it already, if there is one.</summary>
    sealed record Prepared(VmDetailsRow Vm, RenewalOffer Offer, TaxDecision Tax, VmPaymentRow? Existing);

    async Task<Result<Prepared>> Prepare(Session session, VmId id, IPaymentProvider provider, int intervals, CancellationToken stop)
    {
        var now = shop.Clock.Now;
        var vm = await session.FindVmDetails(id, stop);
        if (vm is null || vm.Deleted)
            return Refusal.NotFound("VM not found");
        var user = await session.FindUser(vm.UserId, stop);
        if (!Currencies.TryParse(vm.CompanyCurrency, out var companyCurrency))
            return Refusal.Failed("The company's currency is misconfigured");

        var tax = shop.Taxes.Decide(vm, user);
        if (!tax.IsOk)
            return tax.Refusal;
        var fee = await provider.Terms(session, vm.CompanyId, stop);
        if (!fee.IsOk)
            return fee.Refusal;
        var addresses = await session.ListAddresses(id, stop);
        var offer = VmPrice.Of(vm, addresses).Then(price => RenewalOffer.For(new RenewalRequest
        {
            Price = price,
            Method = provider.Method,
            Intervals = intervals,
            Expires = vm.Expires,
            Now = now,
            TaxRate = tax.Value.Rate,
            Fee = fee.Value,
            CompanyCurrency = companyCurrency,
            LatestExpiry = session.Dialect.LatestInstant,
            Rates = shop.Rates.Current,
        }));
        if (!offer.IsOk)
            return offer.Refusal;
        if (await FindOpen(session, id, provider.Method, offer.Value.TimeValue, now, stop) is { } open)
            return new Prepared(vm, offer.Value, tax.Value, open);
        return await _offer.HoldRoom(session, vm, now, stop) is { } noRoom ? noRoom : new Prepared(vm, offer.Value, tax.Value, Existing: null);
    }

    Task<Result<VmPaymentRow>> Create(Prepared prepared, IPaymentProvider provider, CancellationToken stop)
    {
        var (vm, offer, tax, _) = prepared;
        return _offer.Open(
            vm.Id,
            new OfferTerms(offer.Total, offer.Net, offer.Tax, offer.Fee, offer.TimeValue, offer.RateToBase, tax, offer.Quote),
            provider,
            () => provider.Create(vm.CompanyId, offer.Total, Memo.VmRenewal(vm.Id, offer.ProjectedExpiry), stop),
            (session, now) => FindOpen(session, vm.Id, provider.Method, offer.TimeValue, now, stop),
            stop);
    }

    static async Task<VmPaymentRow?> FindOpen(Session session, VmId vm, PaymentMethod method, long timeValue, Instant now, CancellationToken stop)
    {
        var open = await session.ListOpenRenewals(vm, method, now, stop);
        var asked = open.Count == 0 || method != PaymentMethod.Lightning ? [] : await session.ListOpenWalletRequests(vm, now, stop);
        var match = PaymentReuse.Find(
            open.Select(row => new PendingPayment(row.Id, row.PaymentMethod, row.PaymentType, row.Created, row.Expires, (long)row.TimeValue, WalletAsked: asked.Contains(row.Id))),
            method, timeValue, now);
        return match is null ? null : open.Find(row => row.Id == match.Id);
    }
}
