using Lnvps.Api.Http;
using Lnvps.Api.Http.Contracts;
using Lnvps.Api.Vms;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Payments;
using Lnvps.Database.Vms;
using Lnvps.Platform;

namespace Lnvps.Api.Payments;

/// <summary>GET /api/v1/payment/{id} (polled by every open checkout) and GET /api/v1/vm/{id}/payments; both also for deleted VMs.</summary>
sealed class ReadPayments(Shop shop)
{
    public void Map(Routes routes)
    {
        routes.Get("/api/v1/payment/{id}", Access.Customer, ApiJson.Wire.PaymentView, One)
            .Summary("One payment", "Poll it until is_paid.").Path("id", Form.AnyHash, "Number of the payment");
        routes.Get("/api/v1/vm/{id}/payments", Access.Customer, ApiJson.Wire.ListPaymentView, OfVm)
            .Summary("Payments of a VM", "Newest first; also of a deleted VM.")
            .Query("limit", Form.Count, "How many rows; all unless given").Query("offset", Form.Count, "How many rows to leave out; none unless given");
    }

    async Task<Result<PaymentView>> One(Call call)
    {
        if (!PaymentId.TryParse(call.PathText("id"), out var id))
            return Refusal.Because(ErrorCode.InvalidParameter, "Invalid payment id");
        var found = await shop.Db.Read(session => session.FindPaymentWithOwner(id, call.Stop), call.Stop);
        if (found is null)
            return Refusal.NotFound("Payment not found");
        return found.UserId == call.Caller ? shop.View(found) : Refusal.NotYours("VM does not belong to you");
    }

    async Task<Result<List<PaymentView>>> OfVm(Call call)
    {
        var id = new VmId(call.PathId("id"));
        var limit = call.QueryInteger("limit");
        var offset = call.QueryInteger("offset") ?? 0;
        var caller = call.Caller;
        return await shop.Db.Read<Result<List<PaymentView>>>(async session =>
        {
            var vm = VmAccess.OfDeletedToo(await session.FindVm(id, call.Stop), caller);
            if (!vm.IsOk)
                return vm.Refusal;
            var rows = await session.ListPayments(id, limit, offset, call.Stop);
            return rows.ConvertAll(shop.View);
        }, call.Stop);
    }
}
