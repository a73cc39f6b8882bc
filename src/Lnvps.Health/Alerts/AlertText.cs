using Lnvps.Health.Checks;

namespace Lnvps.Health.Alerts;

/// <summary>Subject and body of what operators are told (health.md section 4).</summary>
static class AlertText
{
    public static (string Subject, string Body) Of(AlertDeed deed, CheckRun run)
    {
        var name = run.Check.Name;
        var result = run.Result;
        if (deed == AlertDeed.Recovery)
            return ($"[Health Recovery] {name}", $"Health check RECOVERED: {name}\n\n{result.Message}\n");
        var subject = $"[Health Alert] {name}";
        if (result.State == CheckState.Error)
            return (subject, $"Health check ERROR: {name}\n\nError: {result.Message}\n");
        var details = result.Details is { } lines ? $"\nDetails:\n{lines}\n" : "";
        return (subject, $"Health check FAILED: {name}\n\n{result.Message}\n{details}");
    }
}
