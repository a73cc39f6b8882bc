using Lnvps.Api.Http;
using Lnvps.Api.Vms;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Time;
using Lnvps.Core.Workflows;
using Lnvps.Database.Vms;
using Lnvps.Database.Workflows;
using Lnvps.Platform;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Api.Actions;

/// <summary>Slow work on a VM: what it is, how far it is, and its steps with times. <see cref="Error"/> is a clean text, null unless it failed.</summary>
sealed record ActionView(string Id, string Kind, uint VmId, string State, Instant Created, Instant? Finished, string? Error, List<ActionStepView> Steps);

/// <summary>
/// A step that was tried, or is being done: then <see cref="Finished"/> is null, the outcome "running" and <see cref="Percent"/> how far it is, if it says so.
/// </summary>
sealed record ActionStepView(string Name, Instant Started, Instant? Finished, long Milliseconds, string Outcome, uint? Percent);

/// <summary>GET /api/v1/action?vm_id=: the newest slow work on a VM, newest first, with its steps.</summary>
sealed class ReadActions(Shop shop, WorkflowStore workflows, WorkflowEngine engine)
{
    const int Shown = 20;

    public void Map(Routes routes) => routes.Get("/api/v1/action", Access.Customer, ApiJson.Wire.ListActionView, Handle);

    async Task<Result<List<ActionView>>> Handle(Call call)
    {
        if (call.QueryInteger("vm_id") is not { } number)
            return Refusal.Invalid("vm_id is required");
        var id = new VmId(number <= uint.MaxValue ? (uint)number : 0);
        var caller = call.Caller;
        return await shop.Db.Read<Result<List<ActionView>>>(async session =>
        {
            var vm = VmAccess.OfDeletedToo(await session.FindVm(id, call.Stop), caller);
            if (!vm.IsOk)
                return vm.Refusal;
            var reports = await workflows.Reports(session, Subject.Of(id), Shown, call.Stop);
            return reports.Select(View).ToList();
        }, call.Stop);
    }

    ActionView View(WorkflowReport report)
    {
        var row = report.Workflow;
        return new ActionView(row.Id.ToString(), row.Kind, row.SubjectId, row.State.ToString().ToLowerInvariant(), Wire(row.Created),
            row.Finished is { } end ? Wire(end) : null, row.State is WorkflowState.Failed or WorkflowState.Undone ? row.ErrorText : null,
            [.. report.Steps.Where(step => !step.TakenBack).Select(Tried), .. Present(row)]);
    }

    static ActionStepView Tried(WorkflowStepRow step) => new(
        step.Name, Wire(step.Started), Wire(step.Finished), (long)step.Finished.Since(step.Started).TotalMilliseconds, step.Outcome.ToString().ToLowerInvariant(), null);

    IEnumerable<ActionStepView> Present(WorkflowRow row)
    {
        if (engine.PresentStep(row) is { } name && row.StepStarted is { } started)
            yield return new ActionStepView(name, Wire(started), null, (long)shop.Time.Moment().Since(started).TotalMilliseconds, "running", row.StepPercent);
    }

    static Instant Wire(Moment moment) => new(moment.UnixMilliseconds / 1000);
}
