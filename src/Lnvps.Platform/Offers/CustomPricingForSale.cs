using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Pricing;
using Lnvps.Core.Time;
using Lnvps.Database.Catalogue;
using Lnvps.Database.Sessions;

namespace Lnvps.Platform.Offers;

/// <summary>A custom pricing row with what Core computes with.</summary>
public sealed record PricingForSale(CustomPricingRow Row, CustomPricing Prices);

/// <summary>Custom pricing as it may be ordered and quoted.</summary>
public static class CustomPricingForSale
{
    /// <summary>404 when unknown, 400 when disabled, expired or of a disabled region.</summary>
    public static async Task<Result<PricingForSale>> Find(Session session, CustomPricingId id, Instant now, CancellationToken stop)
    {
        var row = await session.FindCustomPricing(id, stop);
        if (row is null)
            return Refusal.NotFound("Pricing not found");
        if (!row.Enabled || !row.RegionEnabled || row.Expires <= now)
            return Refusal.Because(ErrorCode.NotForSale, "This pricing is not for sale");
        return Read(row, await session.ListCustomPricingDisks(id, stop));
    }

    /// <summary>500 with a neutral text when the stored currency is none of ours.</summary>
    public static Result<PricingForSale> Read(CustomPricingRow row, IEnumerable<CustomPricingDiskRow> disks)
    {
        if (!Currencies.TryParse(row.Currency, out var currency))
            return Refusal.Failed("This pricing is misconfigured");
        return new PricingForSale(row, new CustomPricing(
            currency, row.CpuCost, row.MemoryCost, row.Ip4Cost, row.Ip6Cost,
            new CustomLimits(row.MinCpu, row.MaxCpu, row.MinMemory, row.MaxMemory),
            [.. disks.Select(disk => new CustomDiskPrice(disk.Kind, disk.Interface, disk.Cost, disk.MinDiskSize, disk.MaxDiskSize))]));
    }
}
