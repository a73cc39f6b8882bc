using Lnvps.Api.Http;
using Lnvps.Core.Capacity;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Catalogue;
using Lnvps.Platform;
using Lnvps.Platform.Offers;
using Lnvps.Platform.Orders;

namespace Lnvps.Api.Offers;

/// <summary>
/// GET /api/v1/vm/templates: the offers that some single host can still take, with converted prices, and the limits of self-chosen sizes. A fixed number
/// of queries, and those at most once in two seconds, however many ask; no rates only means no converted prices.
/// </summary>
sealed class ListOffers(Shop shop, RoomKeeper rooms)
{
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    readonly Remembered<OffersView> _offers = new(shop.Time, Fresh);

    public void Map(Routes routes) => routes.Get("/api/v1/vm/templates", Access.Public, ApiJson.Wire.OffersView, Handle)
        .Summary("Offers with room, and the limits of self-chosen sizes");

    async Task<Result<OffersView>> Handle(Call call) => await _offers.Get(Find, call.Stop);

    Task<OffersView> Find(CancellationToken stop) => shop.Db.Read(async session =>
    {
        var now = shop.Clock.Now;
        var regions = await rooms.Read(session, now, stop);
        var templates = await session.ListTemplatesForSale(now, stop);
        var pricings = await session.ListCustomPricingsForSale(now, stop);
        var disks = (await session.ListCustomPricingDisks(stop)).ToLookup(disk => disk.PricingId);
        var rates = shop.Rates.Current;
        return new OffersView(
            [.. templates.Where(template => Fits(template, regions)).Select(template => View(template, rates)).OfType<TemplateView>()],
            pricings.Count == 0 ? null : [.. pricings.Select(row => View(row, disks[row.Id], regions)).OfType<CustomTemplateView>()]);
    }, stop);

    static bool Fits(TemplateRow row, IReadOnlyDictionary<RegionId, RegionCapacity> regions) =>
        regions.TryGetValue(row.RegionId, out var region) && region.Fits(new VmSpec(row.Cpu, row.Memory, row.DiskSize, row.DiskType, row.DiskInterface));

    /// <summary>Null when the plan's currency is none of ours: a broken offer is left out.</summary>
    static TemplateView? View(TemplateRow row, ExchangeRates rates) => !Currencies.TryParse(row.PlanCurrency, out var currency) ? null : new TemplateView(
        row.Id.Value, row.Name, row.Created, row.Expires, row.Cpu, row.Memory.Value, row.DiskSize.Value, row.DiskType.WireName(), row.DiskInterface.WireName(),
        new CostPlanView(row.CostPlanId.Value, row.PlanName, currency.Code(), row.PlanAmount,
            [.. AlternativePrices.Of(new Money(row.PlanAmount, currency), rates).Select(PriceView.Of)],
            row.PlanIntervalAmount, row.PlanIntervalType.WireName()),
        new RegionView(row.RegionId.Value, row.RegionName));

    static CustomTemplateView? View(CustomPricingRow row, IEnumerable<CustomPricingDiskRow> disks, IReadOnlyDictionary<RegionId, RegionCapacity> regions)
    {
        if (!regions.TryGetValue(row.RegionId, out var region) || CustomPricingForSale.Read(row, disks) is not { IsOk: true, Value: var pricing }
            || CustomMaxima.Cut(pricing.Prices, region) is not { } cut)
            return null;
        return new CustomTemplateView(row.Id.Value, row.Name, new RegionView(row.RegionId.Value, row.RegionName), cut.Limits.MaxCpu, cut.Limits.MinCpu,
            cut.Limits.MinMemory.Value, cut.Limits.MaxMemory.Value,
            [.. cut.Disks.Select(disk => new CustomDiskView(disk.Min.Value, disk.Max.Value, disk.Kind.WireName(), disk.Interface.WireName()))]);
    }
}
