using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using Lnvps.Core.Outcomes;

namespace Lnvps.Nostr.Relays;

/// <summary>A WebSocket to one relay: whole text messages of bounded size. One reader at a time; any number of senders.</summary>
sealed class RelaySocket : IAsyncDisposable
{
    static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(1);

    readonly ClientWebSocket _socket = new();
    readonly HttpMessageInvoker _http;
    readonly SemaphoreSlim _sending = new(1, 1);
    readonly ArrayBufferWriter<byte> _message = new();
    readonly int _longest;

    RelaySocket(RelayParts parts)
    {
        _longest = parts.LongestMessage;
        _socket.Options.KeepAliveInterval = TimeSpan.FromSeconds(30);
        _socket.Options.KeepAliveTimeout = TimeSpan.FromSeconds(20);
        // What is dialled is the very address that was judged, so that a name cannot mean another one a moment later.
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            MaxResponseHeadersLength = 16,
            ConnectCallback = (context, stop) => Dial(context.DnsEndPoint, parts.Rules, stop),
        });
    }

    /// <exception cref="OutsideFault">No connection, or an address that must not be dialled.</exception>
    public static async Task<RelaySocket> Open(Uri url, RelayParts parts, CancellationToken stop)
    {
        var socket = new RelaySocket(parts);
        using var limit = new CancellationTokenSource(parts.ConnectLimit, parts.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            await socket._socket.ConnectAsync(url, socket._http, either.Token);
            return socket;
        }
        catch (Exception error)
        {
            await socket.DisposeAsync();
            if (stop.IsCancellationRequested)
                throw new OperationCanceledException("Stopped while connecting to a relay", error, stop);
            // The last cause says most: refused, unknown host, a status that is not 101.
            throw OutsideFault.Transient(error is OperationCanceledException ? "no connection in time" : error.GetBaseException().Message, error);
        }
    }

    /// <exception cref="OutsideFault">The connection is gone.</exception>
    public async Task Send(ReadOnlyMemory<byte> message, CancellationToken stop)
    {
        await _sending.WaitAsync(stop);
        try
        {
            // Never cancelled half way: a cut-off message would end the connection for all its users.
            await _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        catch (Exception error) when (error is WebSocketException or InvalidOperationException or ObjectDisposedException or IOException or OperationCanceledException)
        {
            throw OutsideFault.Transient("connection lost", error);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>The next message, valid until the next call; empty for one that is not text.</summary>
    /// <exception cref="OutsideFault">The connection is gone, or a message is too long.</exception>
    public async Task<ReadOnlyMemory<byte>> Receive(CancellationToken stop)
    {
        _message.ResetWrittenCount();
        try
        {
            while (true)
            {
                var part = await _socket.ReceiveAsync(_message.GetMemory(4096), stop);
                if (part.MessageType == WebSocketMessageType.Close)
                    throw OutsideFault.Transient("closed by the relay");
                _message.Advance(part.Count);
                if (_message.WrittenCount > _longest)
                    throw OutsideFault.Transient($"a message of more than {_longest} bytes");
                if (part.EndOfMessage)
                    return part.MessageType == WebSocketMessageType.Text ? _message.WrittenMemory : default;
            }
        }
        catch (Exception error) when (error is WebSocketException or InvalidOperationException or ObjectDisposedException or IOException)
        {
            throw OutsideFault.Transient("connection lost", error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
        {
            try
            {
                using var limit = new CancellationTokenSource(CloseLimit, TimeProvider.System);
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, statusDescription: null, limit.Token);
            }
            catch (Exception error) when (error is WebSocketException or OperationCanceledException or InvalidOperationException or IOException)
            {
                // Gone already.
            }
        }
        _socket.Dispose();
        _http.Dispose();
        // The semaphore holds nothing but memory, and a sender may still be waiting at it.
    }

    static async ValueTask<Stream> Dial(DnsEndPoint target, RelayRules rules, CancellationToken stop)
    {
        var addresses = IPAddress.TryParse(target.Host.Trim('[', ']'), out var literal) ? [literal] : await Dns.GetHostAddressesAsync(target.Host, stop);
        var allowed = addresses.Where(rules.Allows).ToArray();
        if (allowed.Length == 0)
            throw new IOException("the relay's host has no public address");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, target.Port, stop);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
