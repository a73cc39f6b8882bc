using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Pricing;
using Lnvps.Core.Time;
using Lnvps.Database.Hosts;
using Lnvps.Database.Payments;
using Lnvps.Database.Sessions;
using Lnvps.Database.Vms;
using Lnvps.Platform.Offers;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Payments.Providers;
using Lnvps.Platform.Vms;

namespace Lnvps.Platform.Payments;

/// <summary>Offers a larger size for the time a VM has left (billing.md section 16). Nothing changes on the VM before it is paid.</summary>
public sealed class OpenUpgrade(Shop shop, RoomKeeper rooms)
{
    static Refusal NoRoom => Refusal.Because(ErrorCode.NoCapacity, "The host of this VM has not enough capacity for the upgrade");

    /// <summary>What it would cost, without any effect. 404, 400, 409 and 503 as for <see cref="Open"/>.</summary>
    public async Task<Result<UpgradeOffer>> Quote(VmId vm, UpgradeWish wish, PaymentMethod method, CancellationToken stop)
    {
        var provider = shop.Providers.For(method);
        if (!provider.IsOk)
            return provider.Refusal;
        var moment = new PricingMoment(shop.Clock.Now, shop.Rates.Current);
        return await shop.Db.Read<Result<UpgradeOffer>>(async session =>
        {
            var basis = await VmBasis.Load(shop, session, vm, provider.Value, moment, stop);
            if (!basis.IsOk)
                return basis.Refusal;
            var prices = await Compute(basis.Value, wish, method, session, stop);
            if (!prices.IsOk)
                return prices.Refusal;
            return await rooms.CanGrow(session, basis.Value.Vm, wish, moment.Now, stop) ? prices.Value.Offer : NoRoom;
        }, stop);
    }

    /// <summary>
    /// A new payment. 404: no such VM; 400: expired, nothing grows, something shrinks, outside of the limits, no pricing, the method cannot be used; 409: the host has no
    /// room, a refund is under way, or the VM changes all the time; 503: read-only mode, no exchange rate.
    /// </summary>
    public async Task<Result<VmPaymentRow>> Open(VmId vm, UpgradeWish wish, PaymentMethod method, CancellationToken stop)
    {
        if (shop.Settings.ReadOnly)
            return Refusal.Because(ErrorCode.ReadOnly, "Upgrades are not possible at the moment");
        var provider = shop.Providers.For(method);
        return provider.IsOk ? await new Upgrade(shop, rooms, provider.Value, vm, wish).Open(stop) : provider.Refusal;
    }

    sealed record Computed(UpgradeOffer Offer, decimal RateToBase, RateQuote? Quote);

    static async Task<Result<Computed>> Compute(VmBasis basis, UpgradeWish wish, PaymentMethod method, Session session, CancellationToken stop)
    {
        var (vm, now, rates) = (basis.Vm, basis.Moment.Now, basis.Moment.Rates);
        if (vm.Expires <= now)
            return Refusal.Invalid("Can't upgrade an expired VM");
        var wanted = wish.ApplyTo(VmPrice.SpecOf(vm));
        if (!wanted.IsOk)
            return wanted.Refusal;
        var pricing = await UpgradePricing.For(session, vm, now, stop);
        if (!pricing.IsOk)
            return pricing.Refusal;
        var prices = pricing.Value.Prices;
        if (CustomPrice.CheckLimits(prices, wanted.Value) is { } outside)
            return outside;
        var ip6 = basis.Addresses.Count(address => address.Ip.Contains(':', StringComparison.Ordinal));
        return VmPrice.Of(vm, basis.Addresses).Then(old =>
            CustomPrice.PerMonth(prices, wanted.Value, (uint)(basis.Addresses.Count - ip6), (uint)ip6).Then(monthly =>
                UpgradeOffer.For(new UpgradeRequest(old, monthly, vm.Expires.SecondsSince(now), method, basis.Tax.Rate, basis.Fee, rates))
                    .Then(offer => ChargedPrice.RateToBase(offer.Cost.Currency, basis.CompanyCurrency, rates)
                        .Then(rate => new Computed(offer, rate, rates.QuoteBetween(prices.Currency, offer.Cost.Currency))))));
    }

    sealed class Upgrade(Shop shop, RoomKeeper rooms, IPaymentProvider provider, VmId vm, UpgradeWish wish) : VmOffer(shop, rooms, provider, vm)
    {
        protected override VmPaymentKind Kind => VmPaymentKind.Upgrade;

        protected override string UpgradeParams => wish.ToJson();

        protected override async Task<Result<OfferTerms>> Price(VmBasis basis, Session session, CancellationToken stop) =>
            (await Compute(basis, wish, Provider.Method, session, stop)).Then(computed => new OfferTerms
            {
                Total = computed.Offer.Total,
                Net = computed.Offer.Cost,
                Tax = computed.Offer.Tax,
                Fee = computed.Offer.Fee,
                RateToBase = computed.RateToBase,
                Decision = basis.Tax,
                Quote = computed.Quote,
                Company = basis.Vm.CompanyId,
                Memo = Memo.VmUpgrade(Vm),
            });

        /// <summary>Holds what is added: nobody pays for a size that the host does not have.</summary>
        protected override async Task<Refusal?> Reserve(Session session, VmDetailsRow subject, Instant now, CancellationToken stop)
        {
            await session.LockHosts(subject.RegionId, stop);
            if (!await Rooms.CanGrow(session, subject, wish, now, stop))
                return NoRoom;
            await Hold(session, now, stop);
            return null;
        }
    }
}
