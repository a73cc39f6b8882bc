using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Database.Payments;
using Lnvps.Database.Sessions;
using Lnvps.Database.Wallets;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Payments.Providers;
using Lnvps.Platform.Vms;

namespace Lnvps.Platform.Payments;

/// <summary>Offers a payment that extends a VM (billing.md sections 8, 10 and 11). An open one with the same terms is offered again, whoever made it.</summary>
public sealed class OpenRenewal(Shop shop, RoomKeeper rooms)
{
    // Saves orders that would be cancelled at once; between processes the insert decides.
    readonly KeyedGate<VmId> _gate = new();

    /// <summary>
    /// An open payment with these terms: an existing one with at least a minute left, or a new one. 404: no such VM; 400: the method cannot be used, nothing to pay, an
    /// expiry that cannot be stored; 409: no room, a refund is under way, or the VM changes all the time; 501: a method that is a name only; 503: a rate is missing.
    /// </summary>
    public async Task<Result<VmPaymentRow>> Open(VmId vm, PaymentMethod method, int intervals, CancellationToken stop)
    {
        var provider = shop.Providers.For(method);
        return provider.IsOk
            ? await _gate.Run(vm, () => new Renewal(shop, rooms, provider.Value, vm, intervals).Open(stop), stop)
            : provider.Refusal;
    }

    sealed class Renewal(Shop shop, RoomKeeper rooms, IPaymentProvider provider, VmId vm, int intervals) : VmOffer(shop, rooms, provider, vm)
    {
        protected override Task<Result<OfferTerms>> Price(VmBasis basis, Session session, CancellationToken stop) =>
            Task.FromResult(VmPrice.Of(basis.Vm, basis.Addresses).Then(price => RenewalOffer.For(new RenewalRequest
            {
                Price = price,
                Method = Provider.Method,
                Intervals = intervals,
                Expires = basis.Vm.Expires,
                Now = basis.Moment.Now,
                TaxRate = basis.Tax.Rate,
                Fee = basis.Fee,
                CompanyCurrency = basis.CompanyCurrency,
                LatestExpiry = basis.LatestExpiry,
                Rates = basis.Moment.Rates,
            })).Then(offer => new OfferTerms
            {
                Total = offer.Total,
                Net = offer.Net,
                Tax = offer.Tax,
                Fee = offer.Fee,
                TimeValue = offer.TimeValue,
                RateToBase = offer.RateToBase,
                Decision = basis.Tax,
                Quote = offer.Quote,
                Company = basis.Vm.CompanyId,
                Memo = Memo.VmRenewal(Vm, offer.ProjectedExpiry),
            }));

        protected override async Task<VmPaymentRow?> FindEqual(Session session, OfferTerms terms, Instant now, CancellationToken stop)
        {
            var open = await session.ListOpenRenewals(Vm, Provider.Method, now, stop);
            var asked = open.Count == 0 || Provider.Method != PaymentMethod.Lightning ? [] : await session.ListOpenWalletRequests(Vm, now, stop);
            var match = PaymentReuse.Find(
                open.Select(row => new PendingPayment(row.Id, row.PaymentMethod, row.PaymentType, row.Created, row.Expires, (long)row.TimeValue, WalletAsked: asked.Contains(row.Id))),
                Provider.Method, terms.TimeValue, now);
            return match is null ? null : open.Find(row => row.Id == match.Id);
        }
    }
}
