using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Lnvps.Api.Http;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Api.Actions;

/// <summary>
/// GET /api/v1/action/{id}/events: an action as server-sent events. First <c>action</c> with all there is; then a <c>step</c> for each step that begins or ends, a
/// <c>percent</c> for each change of the progress, and at last <c>end</c> with the finished action, after which the stream ends. A comment keeps quiet streams open.
/// </summary>
sealed class FollowAction(ReadActions actions, ActionViewing views, WorkflowFeed feed, TimeProvider time, IHostApplicationLifetime program)
{
    /// <summary>Longest silence: shorter than what proxies cut off.</summary>
    static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    public void Map(Routes routes) => routes.Document("/api/v1/action/{id}/events", Access.Customer, Handle)
        .Summary("Slow work as server-sent events", "Events: action (an Action), step (an ActionStep), percent (an ActionProgress), end (an Action), after which the stream ends.")
        .Gives("text/event-stream", ApiJson.Wire.ActionView, ApiJson.Wire.ActionStepView, ApiJson.Wire.ActionProgressView);

    async Task Handle(HttpContext context)
    {
        var found = await actions.Find(new Call(context));
        if (!found.IsOk)
        {
            await Reply.Refused(context, found.Refusal);
            return;
        }
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, program.ApplicationStopping);
        try
        {
            await Tell(context.Response, found.Value, stop.Token);
        }
        catch (OperationCanceledException) when (program.ApplicationStopping.IsCancellationRequested)
        {
            // The client asks again, and finds another process.
        }
    }

    async Task Tell(HttpResponse response, WorkflowReport first, CancellationToken stop)
    {
        using var following = feed.Follow(first.Workflow.Id);
        var shown = first;
        await Send(response, "action", views.Of(first), ApiJson.Wire.ActionView, stop);
        while (shown.Workflow.IsOpen)
        {
            var (latest, changed) = following.Look();
            // What others read last may be older than what this reader was shown first.
            if (latest is not null && latest != shown && latest.Steps.Count >= shown.Steps.Count)
            {
                await TellChanges(response, shown, latest, stop);
                shown = latest;
                continue;
            }
            try
            {
                await changed.WaitAsync(KeepAlive, time, stop);
            }
            catch (TimeoutException)
            {
                await response.Body.WriteAsync(": still here\n\n"u8.ToArray(), stop);
                await response.Body.FlushAsync(stop);
            }
        }
        await Send(response, "end", views.Of(shown), ApiJson.Wire.ActionView, stop);
    }

    async Task TellChanges(HttpResponse response, WorkflowReport before, WorkflowReport now, CancellationToken stop)
    {
        var known = views.Of(before).Steps.ConvertAll(Identity);
        foreach (var step in views.Of(now).Steps.Where(step => !known.Contains(Identity(step))))
            await Send(response, "step", step, ApiJson.Wire.ActionStepView, stop);
        var progress = views.ProgressOf(now.Workflow);
        if (progress != views.ProgressOf(before.Workflow))
            await Send(response, "percent", progress, ApiJson.Wire.ActionProgressView, stop);
    }

    // A step that goes on is the same step, however long it takes and however far it is.
    static (string, long, string) Identity(ActionStepView step) => (step.Name, step.Started.UnixSeconds, step.Outcome);

    static async Task Send<T>(HttpResponse response, string name, T value, JsonTypeInfo<T> type, CancellationToken stop)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        buffer.Write("event: "u8);
        buffer.Write(System.Text.Encoding.ASCII.GetBytes(name));
        buffer.Write("\ndata: "u8);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = type.Options.Encoder }))
            JsonSerializer.Serialize(writer, value, type);
        buffer.Write("\n\n"u8);
        await response.Body.WriteAsync(buffer.WrittenMemory, stop);
        await response.Body.FlushAsync(stop);
    }
}
