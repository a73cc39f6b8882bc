using System.Globalization;
using Lnvps.Api.Http;
using Lnvps.Api.Http.Repetition;
using Lnvps.Api.Offers;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Platform.Orders;

namespace Lnvps.Api.Vms;

/// <summary>POST /api/v1/vm and POST /api/v1/vm/custom-template: order a machine; pay it through renew.</summary>
sealed class OrderVm(OrderVms orders, ReadVms reads)
{
    public void Map(Routes routes)
    {
        routes.Post("/api/v1/vm", Access.CustomerOnce, ApiJson.Wire.VmView, Standard, Ordered)
            .Summary("Order a VM", "Nothing is built and no room is held before it is paid: ask for a payment next.")
            .Body(ApiJson.Wire.StandardOrder).Errors(ErrorCode.NotFound, ErrorCode.NotYours, ErrorCode.NotForSale, ErrorCode.InvalidValue, ErrorCode.NoCapacity, ErrorCode.ReadOnly);
        routes.Post("/api/v1/vm/custom-template", Access.CustomerOnce, ApiJson.Wire.VmView, Custom, Ordered)
            .Summary("Order a VM of a self-chosen size")
            .Body(ApiJson.Wire.CustomOrder).Errors(ErrorCode.NotFound, ErrorCode.NotYours, ErrorCode.NotForSale, ErrorCode.InvalidValue, ErrorCode.NoCapacity, ErrorCode.ReadOnly, ErrorCode.SizeOutOfRange);
    }

    Repeatable Ordered => Repeatable.By((call, made) => reads.Find(new VmId(uint.Parse(made, CultureInfo.InvariantCulture)), call));

    async Task<Result<VmView>> Standard(Call call)
    {
        var body = await call.Body(ApiJson.Wire.StandardOrder);
        return await Show(call, await orders.Standard(Request(call, body.ImageId, body.SshKeyId, body.RefCode), new TemplateId(WireInput.Id(body.TemplateId, "Template")), call.Stop));
    }

    async Task<Result<VmView>> Custom(Call call)
    {
        var body = await call.Body(ApiJson.Wire.CustomOrder);
        var spec = QuoteCustomVm.SpecOf(body.Cpu, body.Memory, body.Disk, body.DiskType, body.DiskInterface);
        return await Show(call, await orders.Custom(Request(call, body.ImageId, body.SshKeyId, body.RefCode), new CustomPricingId(WireInput.Id(body.PricingId, "Pricing")), spec, call.Stop));
    }

    static OrderRequest Request(Call call, ulong image, ulong key, string? refCode) =>
        new(call.Caller, new ImageId(WireInput.Id(image, "Image")), new SshKeyId(WireInput.Id(key, "SSH key")), refCode);

    async Task<Result<VmView>> Show(Call call, Result<VmId> ordered) => ordered.IsOk ? await reads.Find(ordered.Value, call) : ordered.Refusal;
}
