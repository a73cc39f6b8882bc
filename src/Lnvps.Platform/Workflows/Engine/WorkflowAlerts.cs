using System.Globalization;
using Lnvps.Database.Sessions;
using Lnvps.Database.Workflows;

namespace Lnvps.Platform.Workflows.Engine;

/// <summary>What operators are told of workflows: once per cause, subject and day.</summary>
static class WorkflowAlerts
{
    public static Task Failed(Session session, WorkflowRow row, string title, Failure cause, bool parked, bool undoFailed, EngineParts parts, CancellationToken stop)
    {
        var state = parked ? "It is parked and can be restarted." : undoFailed ? "Not everything it had done could be taken back." : "What it had done was taken back.";
        return Notifications.Notifications.QueueForOperators(session, Key(row, cause.Code, parts), title,
            $"Workflow {row.Id} ({row.Kind} of {row.Subject}) failed: {cause.Detail}\n{state}", parts.Clock.Now, stop);
    }

    public static Task Overdue(Session session, WorkflowRow row, EngineParts parts, CancellationToken stop) =>
        Notifications.Notifications.QueueForOperators(session, $"workflow/{row.Id}/overdue/{row.Deadline.UnixMilliseconds.ToString(CultureInfo.InvariantCulture)}",
            $"{row.Kind} of {row.Subject} is late", $"Workflow {row.Id} ({row.Kind} of {row.Subject}) was to be done by {row.Deadline} and is not.", parts.Clock.Now, stop);

    static string Key(WorkflowRow row, string code, EngineParts parts) =>
        $"workflow/{row.Kind}/{row.Subject}/{code}/{parts.Time.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}";
}
