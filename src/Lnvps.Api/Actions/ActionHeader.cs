using Lnvps.Core.Identity;

namespace Lnvps.Api.Actions;

/// <summary>Tells in a header of the answer which action a call began.</summary>
static class ActionHeader
{
    public const string Name = "X-Action-Id";

    public static void TellOfAction(this HttpResponse response, WorkflowId? action)
    {
        if (action is { } id)
            response.Headers[Name] = id.ToString();
    }
}
