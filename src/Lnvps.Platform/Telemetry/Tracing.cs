using System.Diagnostics;

namespace Lnvps.Platform.Telemetry;

/// <summary>
/// Spans of this program: steps of workflows and calls to hosts, below the HTTP request they follow from. Free while nobody listens. A span carries ids and
/// kinds, never contents.
/// </summary>
public static class Tracing
{
    /// <summary>Name of the source, for those who listen.</summary>
    public const string SourceName = "Lnvps";

    static readonly ActivitySource Source = new(SourceName);

    /// <summary>A W3C trace parent, to be stored with work that another task or process goes on with; null while nobody listens.</summary>
    public static string? Present => Source.HasListeners() && Activity.Current is { IdFormat: ActivityIdFormat.W3C, Recorded: true } activity ? activity.Id : null;

    /// <summary>One attempt at a step of a workflow.</summary>
    /// <param name="parent">The trace parent that was stored when it was asked for; null = a trace of its own.</param>
    public static Activity? Step(string kind, string step, string deed, uint workflow, string subject, uint attempt, string? parent)
    {
        if (!Source.HasListeners())
            return null;
        // An engine that serves many requests must not continue the trace of the one that happened to wake it.
        var context = ActivityContext.TryParse(parent, null, isRemote: true, out var stored) ? stored : default;
        Activity.Current = null;
        return Source.StartActivity(ActivityKind.Internal, context, [
            new("lnvps.workflow.id", workflow), new("lnvps.workflow.kind", kind), new("lnvps.workflow.step", step), new("lnvps.workflow.deed", deed),
            new("lnvps.workflow.subject", subject), new("lnvps.workflow.attempt", attempt)], name: deed == "do" ? $"{kind}: {step}" : $"{kind}: {deed} {step}");
    }

    /// <summary>One call to a host.</summary>
    /// <param name="vm">Which machine it is about; null = the host itself.</param>
    public static Activity? HostCall(string host, string operation, uint? vm)
    {
        if (!Source.HasListeners())
            return null;
        var span = Source.StartActivity(ActivityKind.Client, tags: [new("server.address", host), new("lnvps.host.operation", operation)], name: $"host {operation}");
        if (vm is { } id)
            span?.SetTag("lnvps.vm.id", id);
        return span;
    }

    /// <summary>Marks a span as failed; only the kind of the error is told, since texts may quote anything.</summary>
    public static void Fail(this Activity? activity, Exception error)
    {
        activity?.SetStatus(ActivityStatusCode.Error);
        activity?.SetTag("error.type", error.GetType().Name);
    }
}
