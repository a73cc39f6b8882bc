using Lnvps.Api.Http;
using Lnvps.Api.Images;
using Lnvps.Api.Offers;
using Lnvps.Api.SshKeys;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Addresses;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Time;
using Lnvps.Database.Addresses;
using Lnvps.Database.Vms;
using Lnvps.Hosting.Hosts;
using Lnvps.Platform;
using Lnvps.Platform.Vms;

namespace Lnvps.Api.Vms;

/// <summary>Turns rows into the VM that a customer sees.</summary>
sealed class VmViewing(Shop shop)
{
    /// <summary>A broken price, plan or range makes this VM unviewable, not the list it is in.</summary>
    /// <param name="observed">As the machine was last seen; null = it was not.</param>
    public Result<VmView> Of(VmDetailsRow vm, IReadOnlyCollection<AssignedAddressRow> addresses, ObservedState? observed)
    {
        var image = new ImageView(vm.ImageId.Value, vm.ImageDistribution.WireName(), vm.ImageFlavour, vm.ImageVersion, vm.ImageReleaseDate, vm.ImageDefaultUsername);
        return VmPrice.Of(vm, addresses).Then(price => ViewAddresses(addresses).Then(ips => new VmView(
            vm.Id.Value,
            vm.Created,
            vm.Expires,
            vm.MacAddress.ToString(),
            image,
            TemplateOf(vm, price.Amount),
            new SshKeyView(vm.KeyId.Value, vm.KeyName, vm.KeyCreated),
            ips,
            StatusOf(vm, observed, shop.Clock.Now),
            vm.AutoRenewalEnabled)));
    }

    static TemplateView TemplateOf(VmDetailsRow vm, Money price)
    {
        var isCustom = vm.TemplateId is null;
        var plan = isCustom
            ? new CostPlanView(vm.PricingId!.Value.Value, vm.PricingName!, price.Currency.Code(), price.Amount, [], 1, "month")
            : new CostPlanView(vm.PlanId!.Value.Value, vm.PlanName!, price.Currency.Code(), price.Amount, [], vm.PlanIntervalAmount!.Value,
                vm.PlanIntervalType!.Value.WireName());
        return new TemplateView(
            isCustom ? vm.CustomTemplateId!.Value.Value : vm.TemplateId!.Value.Value,
            isCustom ? "Custom" : vm.TemplateName!,
            isCustom ? vm.PricingCreated!.Value : vm.TemplateCreated!.Value,
            isCustom ? null : vm.TemplateExpires,
            vm.Cpu,
            vm.Memory.Value,
            vm.DiskSize.Value,
            vm.DiskType.WireName(),
            vm.DiskInterface.WireName(),
            plan,
            new RegionView(vm.RegionId.Value, vm.RegionName));
    }

    static Result<List<IpAssignmentView>> ViewAddresses(IReadOnlyCollection<AssignedAddressRow> addresses)
    {
        var views = new List<IpAssignmentView>(addresses.Count);
        foreach (var address in addresses)
        {
            if (!IpPrefix.TryParse(address.Cidr, out var cidr) || !Gateway.TryParse(address.Gateway, out var gateway))
                return Refusal.Failed("An address range of this VM is misconfigured");
            views.Add(new IpAssignmentView(address.Id.Value, $"{address.Ip}/{Math.Min(cidr.Length, gateway.PrefixLength)}", address.Gateway, address.DnsForward, address.DnsReverse));
        }
        return views;
    }

    /// <summary>Nothing sampled yet: stopped, or creating from settlement until the machine was built once.</summary>
    internal static VmStatusView StatusOf(VmDetailsRow vm, ObservedState? observed, Instant now)
    {
        var isBuilding = vm.Expires > now && !vm.Provisioned;
        if (observed is null || isBuilding)
            return new VmStatusView(0, isBuilding ? "creating" : "stopped", 0, 0, 0, 0, 0, 0, 0);
        var state = observed.State;
        return new VmStatusView(observed.At.UnixSeconds, state.Power == MachinePower.Running ? "running" : "stopped", state.CpuUsage, state.MemoryUsage,
            state.UptimeSeconds, state.NetIn, state.NetOut, state.DiskWrite, state.DiskRead);
    }
}
