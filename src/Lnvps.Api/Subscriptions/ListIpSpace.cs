using Lnvps.Api.Http;
using Lnvps.Api.Offers;
using Lnvps.Core.Addresses;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Subscriptions;
using Lnvps.Platform;

namespace Lnvps.Api.Subscriptions;

/// <summary>GET /api/v1/ip_space and GET /api/v1/ip_space/{id}: address blocks on sale; no rates only means no converted prices.</summary>
sealed class ListIpSpace(Shop shop)
{
    public void Map(Routes routes)
    {
        routes.GetPage("/api/v1/ip_space", Access.Public, ApiJson.Wire.ListIpSpaceView, All).Summary("Address blocks for sale");
        routes.Get("/api/v1/ip_space/{id}", Access.Public, ApiJson.Wire.IpSpaceView, One).Summary("One address block for sale");
    }

    Task<Result<Page<IpSpaceView>>> All(Call call, Paging paging) => shop.Db.Read<Result<Page<IpSpaceView>>>(async session =>
    {
        var spaces = await session.ListIpSpacesOnSale(paging.Limit, paging.Offset, call.Stop);
        var prices = (await session.ListSpacePrices([.. spaces.Select(space => space.Id)], call.Stop)).ToLookup(price => price.AvailableIpSpaceId);
        var total = await session.CountIpSpacesOnSale(call.Stop);
        var rates = shop.Rates.Current;
        return new Page<IpSpaceView>(spaces.ConvertAll(space => View(space, prices[space.Id], rates)), total);
    }, call.Stop);

    Task<Result<IpSpaceView>> One(Call call)
    {
        var id = new SpaceId(call.PathId("id"));
        return shop.Db.Read<Result<IpSpaceView>>(async session =>
            await session.FindIpSpace(id, call.Stop) is { IsOnSale: true } space
                ? View(space, await session.ListSpacePrices([id], call.Stop), shop.Rates.Current)
                : Refusal.NotFound("IP space not available"), call.Stop);
    }

    static IpSpaceView View(IpSpaceRow row, IEnumerable<SpacePriceRow> prices, ExchangeRates rates) => new(
        row.Id.Value, row.MinPrefixSize, row.MaxPrefixSize, row.Registry.WireName(),
        IpPrefix.TryParse(row.Cidr, out var cidr) && cidr.Family == IpFamily.V6 ? "ipv6" : "ipv4",
        [.. prices.Select(price => View(price, rates)).OfType<SpacePriceView>()]);

    /// <summary>Null when the currency is none of ours: a broken price is left out.</summary>
    static SpacePriceView? View(SpacePriceRow row, ExchangeRates rates)
    {
        if (!Currencies.TryParse(row.Currency, out var currency))
            return null;
        var (month, setup) = (new Money(row.PricePerMonth, currency), new Money(row.SetupFee, currency));
        return new SpacePriceView(row.Id.Value, row.PrefixSize, PriceView.Of(month), PriceView.Of(setup), Others(month, rates), Others(setup, rates));
    }

    static List<PriceView> Others(Money price, ExchangeRates rates) => [.. AlternativePrices.Of(price, rates).Select(PriceView.Of)];
}
