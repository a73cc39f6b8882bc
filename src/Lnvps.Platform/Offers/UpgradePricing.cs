using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Time;
using Lnvps.Database.Catalogue;
using Lnvps.Database.Sessions;
using Lnvps.Database.Vms;

namespace Lnvps.Platform.Offers;

/// <summary>Which custom pricing a VM's new size is charged by (billing.md section 16).</summary>
public static class UpgradePricing
{
    /// <summary>
    /// A custom VM: its own pricing, as long as that is enabled, whatever its end of sale. A standard VM: the region's first pricing on sale that has a disk of the same
    /// kind and interface. 400 when there is none.
    /// </summary>
    public static async Task<Result<PricingForSale>> For(Session session, VmDetailsRow vm, Instant now, CancellationToken stop)
    {
        if (vm.PricingId is { } own)
        {
            var row = await session.FindCustomPricing(own, stop);
            return row is { Enabled: true }
                ? CustomPricingForSale.Read(row, await session.ListCustomPricingDisks(own, stop))
                : Refusal.Invalid("The pricing of this VM does not take upgrades any more");
        }
        var disks = (await session.ListCustomPricingDisks(stop)).ToLookup(disk => disk.PricingId);
        var chosen = (await session.ListCustomPricingsForSale(now, stop))
            .Find(row => row.RegionId == vm.RegionId && disks[row.Id].Any(disk => disk.Kind == vm.DiskType && disk.Interface == vm.DiskInterface));
        return chosen is null
            ? Refusal.Invalid(
                $"No custom pricing available for this region that supports disk type {vm.DiskType.WireName()} with interface {vm.DiskInterface.WireName()}")
            : CustomPricingForSale.Read(chosen, disks[chosen.Id]);
    }

    /// <summary>
    /// The pricing that a standard VM comes under once an upgrade is paid: as <see cref="For"/>, or, when none is sold any more, any of the region with such a disk,
    /// since the money has been taken. Null when there is none at all.
    /// </summary>
    public static async Task<CustomPricingId?> OncePaid(Session session, VmDetailsRow vm, Instant now, CancellationToken stop)
    {
        if (await For(session, vm, now, stop) is { IsOk: true, Value: var sold })
            return sold.Row.Id;
        var disks = (await session.ListCustomPricingDisks(stop)).ToLookup(disk => disk.PricingId);
        return (await session.ListCustomPricings(vm.RegionId, stop))
            .Find(row => disks[row.Id].Any(disk => disk.Kind == vm.DiskType && disk.Interface == vm.DiskInterface))?.Id;
    }
}
