using System.Globalization;
using Lnvps.Api.Actions;
using Lnvps.Api.Http;
using Lnvps.Api.Http.Repetition;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Platform.Vms;

namespace Lnvps.Api.Vms;

/// <summary>Calls that begin slow work, tell its number and wait for its end.</summary>
static class AwaitedWork
{
    /// <summary>Null when it succeeded or goes on beyond the patience of a call.</summary>
    public static Task<Refusal?> Await(this VmWork work, Begun begun, Call call)
    {
        call.Context.Response.TellOfAction(begun.Workflow);
        return work.WaitFor(begun, call.Stop);
    }

    /// <summary>A repeated call waits for the work that the first one began.</summary>
    public static Repeatable Awaited(this VmWork work) => Repeatable.By<Nothing>(async (call, made) =>
        await work.Await(new Begun(new WorkflowId(uint.Parse(made, CultureInfo.InvariantCulture))), call) is { } refusal ? refusal : default(Nothing));
}
