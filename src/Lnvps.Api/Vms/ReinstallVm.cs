using Lnvps.Api.Http;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Catalogue;
using Lnvps.Database.Sessions;
using Lnvps.Database.Vms;
using Lnvps.Platform;
using Lnvps.Platform.Vms;

namespace Lnvps.Api.Vms;

/// <summary>
/// PATCH /api/v1/vm/{id}/re-install: a fresh disk, of the present image or of the one named. One at a time per VM. The call waits up to three minutes; the
/// work goes on whatever becomes of the caller.
/// </summary>
sealed class ReinstallVm(Shop shop, VmWork work)
{
    public void Map(Routes routes) => routes.Patch("/api/v1/vm/{id}/re-install", Access.CustomerOnce, Handle, work.Awaited())
        .Summary("Put a fresh disk into a VM", "All that is on it is lost. Waits up to three minutes; the work goes on whatever becomes of the caller.")
        .OptionalBody(ApiJson.Wire.ReinstallRequest).BeginsAction().Errors(ErrorCode.PaymentRequired, ErrorCode.NotForSale, ErrorCode.Busy, ErrorCode.ReadOnly, ErrorCode.HostFailed);

    async Task<Refusal?> Handle(Call call)
    {
        var id = new VmId(call.PathId("id"));
        var caller = call.Caller;
        var body = await call.OptionalBody(ApiJson.Wire.ReinstallRequest);
        var begun = await shop.Db.Write(session => Begin(session, id, caller, body?.ImageId, call.Stop), call.Stop);
        return begun.IsOk ? await work.Await(begun.Value, call) : begun.Refusal;
    }

    async Task<Result<Begun>> Begin(Session session, VmId id, UserId caller, ulong? image, CancellationToken stop)
    {
        // Who clicks twice at once is served one click after the other, so that the second finds the work of the first.
        var vm = VmAccess.Of(await session.LockVm(id, stop), caller);
        if (!vm.IsOk)
            return vm.Refusal;
        if (vm.Value.Expires <= shop.Clock.Now)
            return Refusal.PaymentRequired("This VM is expired or was never paid");
        if (shop.Settings.ReadOnly)
            return Refusal.Because(ErrorCode.ReadOnly, "Re-installation is not possible at the moment");
        var wanted = image is { } chosen ? new ImageId(WireInput.Id(chosen, "Image")) : vm.Value.ImageId;
        if (image is not null)
        {
            var row = await session.FindImage(wanted, stop);
            if (row is null)
                return Refusal.NotFound("Image not found");
            if (!row.Enabled)
                return Refusal.Because(ErrorCode.NotForSale, "This image is not offered");
        }
        return await work.Reinstall(session, vm.Value, wanted, caller, stop);
    }
}
