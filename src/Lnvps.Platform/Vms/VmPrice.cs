using Lnvps.Core.Catalogue;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Pricing;
using Lnvps.Database.Addresses;
using Lnvps.Database.Vms;

namespace Lnvps.Platform.Vms;

/// <summary>What an existing VM costs on today's list (billing.md section 5); limits and sale dates play no part, so that it stays renewable.</summary>
public static class VmPrice
{
    /// <param name="addresses">The VM's live addresses; a custom VM pays for each.</param>
    public static Result<ListPrice> Of(VmDetailsRow vm, IReadOnlyCollection<AssignedAddressRow> addresses)
    {
        if (vm.PlanAmount is { } amount)
        {
            return Currencies.TryParse(vm.PlanCurrency, out var currency) && vm.PlanIntervalAmount is > 0
                ? new ListPrice(new Money(amount, currency), new BillingInterval(vm.PlanIntervalAmount.Value, vm.PlanIntervalType!.Value))
                : Refusal.Failed("The price of this VM is misconfigured");
        }
        if (vm.PricingCurrency is null || !Currencies.TryParse(vm.PricingCurrency, out var pricingCurrency))
            return Refusal.Failed("The price of this VM is misconfigured");
        CustomDiskPrice[] disks = vm.PricingDiskCost is { } cost ? [new CustomDiskPrice(vm.DiskType, vm.DiskInterface, cost, default, default)] : [];
        var pricing = new CustomPricing(
            pricingCurrency, vm.PricingCpuCost!.Value, vm.PricingMemoryCost!.Value, vm.PricingIp4Cost!.Value, vm.PricingIp6Cost!.Value, default, disks);
        var ip6 = addresses.Count(address => address.Ip.Contains(':', StringComparison.Ordinal));
        return CustomPrice.PerMonth(pricing, SpecOf(vm), (uint)(addresses.Count - ip6), (uint)ip6).Then(ListPrice.PerMonth);
    }

    public static VmSpec SpecOf(VmDetailsRow vm) => new(vm.Cpu, vm.Memory, vm.DiskSize, vm.DiskType, vm.DiskInterface);
}
