using Lnvps.Api.Http;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Pricing;
using Lnvps.Core.Sizes;
using Lnvps.Platform;
using Lnvps.Platform.Offers;

namespace Lnvps.Api.Offers;

/// <summary>POST /api/v1/vm/custom-template/price: net price per month of a self-chosen size with one address of each family.</summary>
sealed class QuoteCustomVm(Shop shop)
{
    public void Map(Routes routes) => routes.Post("/api/v1/vm/custom-template/price", Access.Public, ApiJson.Wire.PriceView, Handle)
        .Summary("Price of a self-chosen size", "Net, for a month, with one address of each family.")
        .Body(ApiJson.Wire.CustomVmSpec).Errors(ErrorCode.NotFound, ErrorCode.NotForSale, ErrorCode.SizeOutOfRange);

    async Task<Result<PriceView>> Handle(Call call)
    {
        var body = await call.Body(ApiJson.Wire.CustomVmSpec);
        var spec = SpecOf(body.Cpu, body.Memory, body.Disk, body.DiskType, body.DiskInterface);
        var pricing = await shop.Db.Read(
            session => CustomPricingForSale.Find(session, new CustomPricingId(WireInput.Id(body.PricingId, "Pricing")), shop.Clock.Now, call.Stop), call.Stop);
        if (!pricing.IsOk)
            return pricing.Refusal;
        var prices = pricing.Value.Prices;
        return CustomPrice.CheckLimits(prices, spec) is { } outside ? outside : CustomPrice.PerMonth(prices, spec, ip4Count: 1, ip6Count: 1).Then(PriceView.Of);
    }

    internal static VmSpec SpecOf(ushort cpu, ulong memory, ulong disk, string diskType, string diskInterface) =>
        new(cpu, new Bytes(memory), new Bytes(disk), WireInput.DiskKindOf(diskType), WireInput.DiskInterfaceOf(diskInterface));
}
