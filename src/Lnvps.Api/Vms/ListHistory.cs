using Lnvps.Api.Http;
using Lnvps.Api.Http.Contracts;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Vms;
using Lnvps.Database.Vms;
using Lnvps.Platform;

namespace Lnvps.Api.Vms;

/// <summary>GET /api/v1/vm/{id}/history: newest first; deleted VMs are readable. Customers see what operators did, not who.</summary>
sealed class ListHistory(Shop shop)
{
    public void Map(Routes routes) => routes.Get("/api/v1/vm/{id}/history", Access.Customer, ApiJson.Wire.ListVmHistoryView, Handle)
        .Summary("What happened to a VM", "Newest first; also of a deleted VM.")
        .Query("limit", Form.Count, "How many rows; all unless given").Query("offset", Form.Count, "How many rows to leave out; none unless given");

    async Task<Result<List<VmHistoryView>>> Handle(Call call)
    {
        var id = new VmId(call.PathId("id"));
        var limit = call.QueryInteger("limit");
        var offset = call.QueryInteger("offset") ?? 0;
        var caller = call.Caller;
        return await shop.Db.Read<Result<List<VmHistoryView>>>(async session =>
        {
            var vm = VmAccess.OfDeletedToo(await session.FindVm(id, call.Stop), caller);
            if (!vm.IsOk)
                return vm.Refusal;
            var rows = await session.ListHistory(id, limit, offset, call.Stop);
            return rows.ConvertAll(row => View(row, caller));
        }, call.Stop);
    }

    internal static VmHistoryView View(VmHistoryRow row, UserId owner) => new(
        row.Id,
        row.VmId.Value,
        row.ActionType.WireName(),
        row.Timestamp,
        row.InitiatedByUser is not { } initiator ? "system" : initiator == owner ? "owner" : "other",
        row.PreviousState,
        row.NewState,
        VmHistory.ForCustomer(row.Metadata),
        row.Description);
}
