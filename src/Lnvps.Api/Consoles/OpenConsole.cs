using System.Net.WebSockets;
using Lnvps.Api.Http;
using Lnvps.Api.Vms;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Hosts;
using Lnvps.Database.Vms;
using Lnvps.Platform;
using Lnvps.Platform.Consoles;

namespace Lnvps.Api.Consoles;

/// <summary>
/// GET /api/v1/vm/{id}/console as WebSocket (customer-api.md section 7): the bytes of the VM's serial port, binary to the client, text or binary from it. What
/// can be refused is refused before the upgrade.
/// </summary>
sealed class OpenConsole(Shop shop, VmConsoles consoles, IHostApplicationLifetime program)
{
    const int PieceBytes = 4096;

    /// <summary>How long a client may take to answer the end, before it is cut off.</summary>
    static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    public void Map(Routes routes) => routes.Document("/api/v1/vm/{id}/console", Access.CustomerByQuery, Handle)
        .Summary("Serial console", "A WebSocket: binary frames from the machine, text or binary frames to it, unchanged. Up to four can be open on a VM.")
        .GivesNothing(StatusCodes.Status101SwitchingProtocols)
        .Errors(ErrorCode.MalformedRequest, ErrorCode.PaymentRequired, ErrorCode.Conflict, ErrorCode.NotBuilt, ErrorCode.ConsoleBusy, ErrorCode.HostFailed);

    async Task Handle(HttpContext context)
    {
        var call = new Call(context);
        var session = await Open(call);
        if (!session.IsOk)
        {
            await Reply.Refused(context, session.Refusal);
            return;
        }
        await using var console = session.Value;
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        await Relay(socket, console, program.ApplicationStopping);
    }

    async Task<Result<ConsoleSession>> Open(Call call)
    {
        var id = new VmId(call.PathId("id"));
        var caller = call.Caller;
        var host = await shop.Db.Read<Result<HostRow>>(async session =>
        {
            var details = await session.FindVmDetails(id, call.Stop);
            var vm = VmAccess.Of(details, caller);
            if (!vm.IsOk)
                return vm.Refusal;
            if (vm.Value.Expires <= shop.Clock.Now)
                return Refusal.PaymentRequired("This VM is expired or was never paid");
            if (!vm.Value.Provisioned)
                return Refusal.Because(ErrorCode.NotBuilt, "This VM was not built yet");
            return await session.FindHost(vm.Value.HostId, call.Stop) is { } row ? row : Refusal.Failed("The host of this VM is not known");
        }, call.Stop);
        if (!host.IsOk)
            return host.Refusal;
        if (!call.Context.WebSockets.IsWebSocketRequest)
            return Refusal.Because(ErrorCode.MalformedRequest, "A WebSocket is opened here: the request must be an upgrade");
        return await consoles.Open(host.Value, id, call.Stop);
    }

    /// <summary>Returns when both sides are closed.</summary>
    static async Task Relay(WebSocket socket, ConsoleSession console, CancellationToken stopping)
    {
        // Cancelling what a socket does breaks it, so that comes last.
        using var over = new CancellationTokenSource();
        var typing = Type(socket, console, over.Token);
        var showing = Show(socket, console, over.Token);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (stopping.Register(() => stopped.TrySetResult()))
            await Task.WhenAny(typing, Shown(console, showing), stopped.Task);

        var (status, reason) = stopped.Task.IsCompleted ? (WebSocketCloseStatus.EndpointUnavailable, "The server restarts")
            : console.Ended.IsCompleted ? Closing(await console.Ended)
            : (WebSocketCloseStatus.NormalClosure, "");
        console.Output.CancelPendingRead();
        await Task.WhenAny(showing, Pause());
        await Close(socket, status, reason);
        await Task.WhenAny(typing, Pause());
        await over.CancelAsync();
        socket.Abort();
        await Task.WhenAll(typing, showing);
    }

    /// <summary>Completes when the console has ended and what there was is shown, or need not be.</summary>
    static async Task Shown(ConsoleSession console, Task showing)
    {
        await Task.WhenAny(showing, console.Ended);
        if (console.Ended.IsCompleted && await console.Ended != ConsoleEnd.TooSlow)
            await Task.WhenAny(showing, Pause());
    }

    static Task Pause() => Task.Delay(Farewell, TimeProvider.System, CancellationToken.None);

    static (WebSocketCloseStatus Status, string Reason) Closing(ConsoleEnd end) => end switch
    {
        ConsoleEnd.MachineOff => (WebSocketCloseStatus.NormalClosure, "The machine was switched off"),
        ConsoleEnd.HostLost => (WebSocketCloseStatus.InternalServerError, "The host is gone"),
        ConsoleEnd.TooSlow => (WebSocketCloseStatus.PolicyViolation, "The output was not taken in time"),
        _ => (WebSocketCloseStatus.NormalClosure, ""),
    };

    /// <summary>From the client to the machine; text and binary frames alike.</summary>
    static async Task Type(WebSocket socket, ConsoleSession console, CancellationToken over)
    {
        var buffer = new byte[PieceBytes];
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), over);
                if (received.MessageType == WebSocketMessageType.Close)
                    return;
                if (received.Count > 0 && !console.Ended.IsCompleted)
                    await console.Type(buffer.AsMemory(0, received.Count), over);
            }
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The client is gone, or the machine: either way the other direction is ended too.
        }
    }

    static async Task Show(WebSocket socket, ConsoleSession console, CancellationToken over)
    {
        try
        {
            while (true)
            {
                var read = await console.Output.ReadAsync(over);
                foreach (var piece in read.Buffer)
                    await socket.SendAsync(piece, WebSocketMessageType.Binary, endOfMessage: true, over);
                console.Output.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted || read.IsCanceled)
                    return;
            }
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // As above.
        }
    }

    static async Task Close(WebSocket socket, WebSocketCloseStatus status, string reason)
    {
        if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
            return;
        using var limit = new CancellationTokenSource(Farewell, TimeProvider.System);
        try
        {
            await socket.CloseOutputAsync(status, reason, limit.Token);
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Already gone.
        }
    }
}
