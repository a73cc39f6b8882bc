using Lnvps.Core.Capacity;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Pricing;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Database.Catalogue;
using Lnvps.Database.Sessions;
using Lnvps.Database.Users;
using Lnvps.Database.Vms;
using Lnvps.Platform.Offers;

namespace Lnvps.Platform.Orders;

/// <summary>What both kinds of orders name.</summary>
public sealed record OrderRequest(UserId User, ImageId Image, SshKeyId SshKey, string? RefCode);

/// <summary>
/// Orders only write rows: nothing is built, no address is taken, no room is held (provisioning.md section 7). The customer pays through a renewal; what
/// stays unpaid is removed after a day.
/// </summary>
public sealed class OrderVms(Shop shop, RoomKeeper rooms)
{
    public Task<Result<VmId>> Standard(OrderRequest request, TemplateId templateId, CancellationToken stop) => Order(request, async (session, now) =>
    {
        var template = await session.FindTemplate(templateId, stop);
        if (template is null)
            return Refusal.NotFound("Template not found");
        if (!template.Enabled || !template.RegionEnabled || template.Expires <= now)
            return Refusal.Because(ErrorCode.NotForSale, "This template is not for sale");
        var spec = new VmSpec(template.Cpu, template.Memory, template.DiskSize, template.DiskType, template.DiskInterface);
        return new Ordered(template.RegionId, spec, template.Id, null);
    }, stop);

    public Task<Result<VmId>> Custom(OrderRequest request, CustomPricingId pricingId, VmSpec spec, CancellationToken stop) => Order(request, async (session, now) =>
    {
        var pricing = await CustomPricingForSale.Find(session, pricingId, now, stop);
        if (!pricing.IsOk)
            return pricing.Refusal;
        return CustomPrice.CheckLimits(pricing.Value.Prices, spec) is { } outside ? outside : new Ordered(pricing.Value.Row.RegionId, spec, null, pricingId);
    }, stop);

    /// <summary>What was chosen, once it is known to be for sale: exactly one of template and pricing.</summary>
    sealed record Ordered(RegionId Region, VmSpec Spec, TemplateId? Template, CustomPricingId? Pricing);

    Task<Result<VmId>> Order(OrderRequest request, Func<Session, Instant, Task<Result<Ordered>>> choose, CancellationToken stop)
    {
        if (shop.Settings.ReadOnly)
            return Task.FromResult<Result<VmId>>(Refusal.Because(ErrorCode.ReadOnly, "No orders are taken at the moment"));
        var refCode = ReferralCode.Check(request.RefCode);
        if (!refCode.IsOk)
            return Task.FromResult<Result<VmId>>(refCode.Refusal);

        return shop.Db.Write<Result<VmId>>(async session =>
        {
            var now = shop.Clock.Now;
            if (await CheckImageAndKey(session, request, stop) is { } refusal)
                return refusal;
            var ordered = await choose(session, now);
            if (!ordered.IsOk)
                return ordered.Refusal;
            var (region, spec, template, pricing) = ordered.Value;
            var place = await Place(session, region, spec, now, stop);
            if (!place.IsOk)
                return place.Refusal;
            var size = pricing is null ? (CustomTemplateId?)null : await session.InsertCustomTemplate(new CustomTemplateRow
            {
                Cpu = spec.Cpu,
                Memory = spec.Memory,
                DiskSize = spec.Disk,
                DiskType = spec.DiskKind,
                DiskInterface = spec.DiskInterface,
                PricingId = pricing.Value,
            }, stop);
            var vm = new VmRow
            {
                HostId = place.Value.Host,
                UserId = request.User,
                ImageId = request.Image,
                TemplateId = template,
                CustomTemplateId = size,
                SshKeyId = request.SshKey,
                Created = now,
                Expires = now,
                DiskId = place.Value.Disk,
                MacAddress = MacAddress.Unassigned,
                RefCode = refCode.Value,
            };
            var id = await session.InsertVm(vm, stop);
            await session.AppendHistory(VmHistory.Created((vm with { Id = id }).Snapshot, request.User), now, stop);
            session.Made(id.ToString());
            return id;
        }, stop);
    }

    static async Task<Refusal?> CheckImageAndKey(Session session, OrderRequest request, CancellationToken stop)
    {
        var image = await session.FindImage(request.Image, stop);
        if (image is null)
            return Refusal.NotFound("Image not found");
        var key = await session.FindSshKey(request.SshKey, stop);
        if (key is null)
            return Refusal.NotFound("SSH key not found");
        if (key.UserId != request.User)
            return Refusal.NotYours("SSH key does not belong to you");
        return image.Enabled ? null : Refusal.Because(ErrorCode.NotForSale, "This image is not offered");
    }

    async Task<Result<Placement>> Place(Session session, RegionId region, VmSpec spec, Instant now, CancellationToken stop)
    {
        var regions = await rooms.Read(session, now, stop);
        return regions.TryGetValue(region, out var capacity) ? capacity.Choose(spec) : Refusal.Because(ErrorCode.NoCapacity, "No host with enough capacity");
    }
}
