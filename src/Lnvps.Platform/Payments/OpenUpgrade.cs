using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Pricing;
using Lnvps.Core.Taxes;
using Lnvps.Core.Time;
using Lnvps.Database.Addresses;
using Lnvps.Database.Hosts;
using Lnvps.Database.Payments;
using Lnvps.Database.Sessions;
using Lnvps.Database.Users;
using Lnvps.Database.Vms;
using Lnvps.Platform.Offers;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Payments.Providers;
using Lnvps.Platform.Vms;

namespace Lnvps.Platform.Payments;

/// <summary>
/// Offers a larger size for the time a VM has left (billing.md section 16). Nothing changes on the VM before it is paid. What was computed is stored only while the
/// VM is as it was when it was computed: a renewal or upgrade that settles in between withdraws open offers, and this one would escape.
/// </summary>
public sealed class OpenUpgrade(Shop shop, RoomKeeper rooms)
{
    /// <summary>How often it is computed anew when the VM changes meanwhile.</summary>
    const int Attempts = 3;

    /// <summary>What it would cost, without any effect. 404, 400, 409 and 503 as for <see cref="Open"/>.</summary>
    public async Task<Result<UpgradeOffer>> Quote(VmId vm, UpgradeWish wish, PaymentMethod method, CancellationToken stop) =>
        (await shop.Db.Read(session => Prepare(session, vm, wish, method, stop), stop)).Then(prepared => prepared.Offer);

    /// <summary>
    /// A new payment. 404: no such VM; 400: expired, nothing grows, something shrinks, outside of the limits, no pricing, the method cannot be used; 409: the host has no
    /// room; 503: read-only mode, no exchange rate.
    /// </summary>
    public async Task<Result<VmPaymentRow>> Open(VmId vm, UpgradeWish wish, PaymentMethod method, CancellationToken stop)
    {
        if (shop.Settings.ReadOnly)
            return Refusal.Because(ErrorCode.ReadOnly, "Upgrades are not possible at the moment");
        var provider = shop.Providers.For(method);
        if (!provider.IsOk)
            return provider.Refusal;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var seen = await shop.Db.Read(session => session.FindVmDetails(vm, stop), stop);
            var prepared = await shop.Db.Write(async session =>
            {
                // Room is judged under this lock.
                if (seen is not null)
                    await session.LockHosts(seen.RegionId, stop);
                return await Prepare(session, vm, wish, method, stop);
            }, stop);
            if (!prepared.IsOk)
                return prepared.Refusal;
            if (await Create(prepared.Value, wish, provider.Value, stop) is { } payment)
                return payment;
        }
        return Refusal.Because(ErrorCode.ChangedMeanwhile, "The VM is being changed, please try again");
    }

    sealed record Prepared(VmDetailsRow Vm, UpgradeOffer Offer, TaxDecision Tax, decimal RateToBase, RateQuote? Quote);

    async Task<Result<Prepared>> Prepare(Session session, VmId id, UpgradeWish wish, PaymentMethod method, CancellationToken stop)
    {
        var now = shop.Clock.Now;
        var vm = await session.FindVmDetails(id, stop);
        if (vm is null || vm.Deleted)
            return Refusal.NotFound("VM not found");
        if (vm.Expires <= now)
            return Refusal.Invalid("Can't upgrade an expired VM");
        var wanted = wish.ApplyTo(VmPrice.SpecOf(vm));
        if (!wanted.IsOk)
            return wanted.Refusal;
        var pricing = await UpgradePricing.For(session, vm, now, stop);
        if (!pricing.IsOk)
            return pricing.Refusal;
        if (CustomPrice.CheckLimits(pricing.Value.Prices, wanted.Value) is { } outside)
            return outside;
        var offer = await Price(session, vm, wanted.Value, pricing.Value.Prices, method, now, stop);
        if (!offer.IsOk)
            return offer.Refusal;
        return await rooms.CanGrow(session, vm, wanted.Value, now, stop) ? offer.Value : Refusal.Because(ErrorCode.NoCapacity, "The host of this VM has not enough capacity for the upgrade");
    }

    async Task<Result<Prepared>> Price(
        Session session, VmDetailsRow vm, VmSpec wanted, CustomPricing pricing, PaymentMethod method, Instant now, CancellationToken stop)
    {
        var user = await session.FindUser(vm.UserId, stop);
        if (!Currencies.TryParse(vm.CompanyCurrency, out var companyCurrency))
            return Refusal.Failed("The company's currency is misconfigured");
        var tax = shop.Taxes.Decide(vm, user);
        if (!tax.IsOk)
            return tax.Refusal;
        var addresses = await session.ListAddresses(vm.Id, stop);
        var ip6 = addresses.Count(address => address.Ip.Contains(':', StringComparison.Ordinal));
        var provider = shop.Providers.For(method);
        if (!provider.IsOk)
            return provider.Refusal;
        var fee = await provider.Value.Terms(session, vm.CompanyId, stop);
        if (!fee.IsOk)
            return fee.Refusal;
        var rates = shop.Rates.Current;
        return VmPrice.Of(vm, addresses).Then(old =>
            CustomPrice.PerMonth(pricing, wanted, (uint)(addresses.Count - ip6), (uint)ip6).Then(monthly =>
                UpgradeOffer.For(new UpgradeRequest(
                        old, monthly, vm.Expires.SecondsSince(now), method, tax.Value.Rate, fee.Value, rates))
                    .Then(offer => ChargedPrice.RateToBase(offer.Cost.Currency, companyCurrency, rates)
                        .Then(rate => new Prepared(vm, offer, tax.Value, rate, rates.QuoteBetween(pricing.Currency, offer.Cost.Currency))))));
    }

    /// <summary>Null when the VM changed meanwhile; then what was made is cancelled.</summary>
    async Task<VmPaymentRow?> Create(Prepared prepared, UpgradeWish wish, IPaymentProvider provider, CancellationToken stop)
    {
        var order = await provider.Create(prepared.Vm.CompanyId, prepared.Offer.Total, Memo.VmUpgrade(prepared.Vm.Id), stop);
        VmPaymentRow? stored = null;
        try
        {
            stored = await shop.Db.Write(session => Store(session, prepared, wish, provider, order, stop), stop);
        }
        finally
        {
            if (stored is null)
                await provider.CancelUnseen(order);
        }
        return stored;
    }

    async Task<VmPaymentRow?> Store(Session session, Prepared prepared, UpgradeWish wish, IPaymentProvider provider, ProviderOrder order, CancellationToken stop)
    {
        var (seen, offer, tax, rate, quote) = prepared;
        var row = await session.LockVm(seen.Id, stop);
        if (row is null || row.Deleted || row.Expires != seen.Expires
            || await session.FindVmDetails(seen.Id, stop) is not { } vm || VmPrice.SpecOf(vm) != VmPrice.SpecOf(seen))
            return null;
        var now = shop.Clock.Now;
        var payment = new VmPaymentRow
        {
            Id = order.Id,
            VmId = seen.Id,
            Created = now,
            Expires = now.Plus(provider.Lifetime),
            Amount = offer.Cost.Amount,
            Tax = offer.Tax.Amount,
            ProcessingFee = offer.Fee.Amount,
            Currency = offer.Cost.Currency.Code(),
            Rate = (float)rate,
            PaymentMethod = provider.Method,
            PaymentType = VmPaymentKind.Upgrade,
            ExternalId = order.ExternalId,
            ExternalData = shop.Db.Cipher.Seal(order.Data),
            UpgradeParams = wish.ToJson(),
        };
        session.Made(payment.Id.ToString());
        await session.InsertPayment(payment, stop);
        await session.InsertPaymentTerms(PaymentTermsRow.Of(payment.Id, offer.Total, tax, quote), stop);
        return payment;
    }
}
