using Lnvps.Api.Http;
using Lnvps.Api.Http.Contracts;
using Lnvps.Api.Vms;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Workflows;
using Lnvps.Database.Vms;
using Lnvps.Platform;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Api.Actions;

/// <summary>
/// GET /api/v1/action?vm_id=: the newest slow work on a VM, newest first, with its steps. GET /api/v1/action/{id}: one. Both also for a deleted VM: its deletion
/// is one of them.
/// </summary>
sealed class ReadActions(Shop shop, WorkflowStore workflows, ActionViewing views)
{
    const int Shown = 20;

    public void Map(Routes routes)
    {
        routes.Get("/api/v1/action", Access.Customer, ApiJson.Wire.ListActionView, OfVm)
            .Summary("Slow work on a VM", "Newest first, with its steps; also of a deleted VM.")
            .Query("vm_id", Form.Count, "Number of the VM", isRequired: true).Errors(ErrorCode.NotFound, ErrorCode.NotYours);
        routes.Get("/api/v1/action/{id}", Access.Customer, ApiJson.Wire.ActionView, One).Summary("One piece of slow work");
    }

    async Task<Result<List<ActionView>>> OfVm(Call call)
    {
        if (call.QueryInteger("vm_id") is not { } number)
            return Refusal.Because(ErrorCode.InvalidParameter, "vm_id is required");
        var id = new VmId(number <= uint.MaxValue ? (uint)number : 0);
        var caller = call.Caller;
        return await shop.Db.Read<Result<List<ActionView>>>(async session =>
        {
            var vm = VmAccess.OfDeletedToo(await session.FindVm(id, call.Stop), caller);
            if (!vm.IsOk)
                return vm.Refusal;
            var reports = await workflows.Reports(session, Subject.Of(id), Shown, call.Stop);
            return reports.Select(views.Of).ToList();
        }, call.Stop);
    }

    async Task<Result<ActionView>> One(Call call) => (await Find(call)).Then(views.Of);

    /// <summary>The action of the path: unknown 404, on another's VM 403.</summary>
    public Task<Result<WorkflowReport>> Find(Call call)
    {
        var id = new WorkflowId(call.PathId("id"));
        var caller = call.Caller;
        return shop.Db.Read<Result<WorkflowReport>>(async session =>
        {
            // What is not done on a VM is no business of customers.
            if (await workflows.Reports(session, [id], call.Stop) is not [var report] || report.Workflow.Subject != Subject.Of(new VmId(report.Workflow.SubjectId)))
                return Refusal.NotFound("Action not found");
            var vm = VmAccess.OfDeletedToo(await session.FindVm(new VmId(report.Workflow.SubjectId), call.Stop), caller);
            return vm.IsOk ? report : vm.Refusal.Kind == RefusalKind.NotFound ? Refusal.NotFound("Action not found") : Refusal.NotYours("Action does not belong to you");
        }, call.Stop);
    }
}
