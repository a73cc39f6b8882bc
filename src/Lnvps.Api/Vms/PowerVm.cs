using Lnvps.Api.Http;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Sessions;
using Lnvps.Database.Vms;
using Lnvps.Platform;
using Lnvps.Platform.Vms;

namespace Lnvps.Api.Vms;

/// <summary>
/// PATCH /api/v1/vm/{id}/start, /stop and /restart. Each is a workflow, so that it waits for its turn and survives a crash; the call waits for its end.
/// A host that fails is a 500: one client retries on exactly that.
/// </summary>
sealed class PowerVm(Shop shop, VmWork work)
{
    public void Map(Routes routes)
    {
        routes.Patch("/api/v1/vm/{id}/start", Access.CustomerOnce, call => Handle(call, PowerChange.Start), work.Awaited())
            .Summary("Start a VM").BeginsAction().Errors(ErrorCode.PaymentRequired, ErrorCode.Busy, ErrorCode.HostFailed);
        routes.Patch("/api/v1/vm/{id}/stop", Access.CustomerOnce, call => Handle(call, PowerChange.Stop), work.Awaited())
            .Summary("Stop a VM").BeginsAction().Errors(ErrorCode.Busy, ErrorCode.HostFailed);
        routes.Patch("/api/v1/vm/{id}/restart", Access.CustomerOnce, call => Handle(call, PowerChange.Restart), work.Awaited())
            .Summary("Restart a VM").BeginsAction().Errors(ErrorCode.PaymentRequired, ErrorCode.Busy, ErrorCode.HostFailed);
    }

    async Task<Refusal?> Handle(Call call, PowerChange change)
    {
        var id = new VmId(call.PathId("id"));
        var caller = call.Caller;
        var begun = await shop.Db.Write(async session => await Begin(session, id, caller, change, call.Stop), call.Stop);
        return begun.IsOk ? await work.Await(begun.Value, call) : begun.Refusal;
    }

    async Task<Result<Begun>> Begin(Session session, VmId id, UserId caller, PowerChange change, CancellationToken stop)
    {
        // What others ask for at the same moment is decided before or after this, not meanwhile.
        var vm = VmAccess.Of(await session.LockVm(id, stop), caller);
        if (!vm.IsOk)
            return vm.Refusal;
        // Stopping is allowed in every billing state; the others need paid time.
        if (change != PowerChange.Stop && vm.Value.Expires <= shop.Clock.Now)
            return Refusal.PaymentRequired("This VM is expired or was never paid");
        return await work.ChangePower(session, vm.Value, change, caller, stop);
    }
}
