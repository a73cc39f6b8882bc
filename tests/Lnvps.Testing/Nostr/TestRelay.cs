using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Lnvps.Testing.Nostr;

/// <summary>
/// A Nostr relay in this process, over real WebSockets on a loopback port. It keeps every event it is sent, judges filters on the JSON, and misbehaves as told.
/// It verifies nothing, so that tests can plant forgeries.
/// </summary>
public sealed class TestRelay : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ConcurrentDictionary<Peer, bool> _peers = [];
    readonly ConcurrentQueue<JsonObject> _events = [];

    TestRelay(WebApplication app)
    {
        _app = app;
        app.UseWebSockets();
        app.Run(Serve);
    }

    public Uri Url { get; private set; } = null!;

    /// <summary>Refuse everything until the client has signed in.</summary>
    public bool WantsAuth { get; set; }

    /// <summary>Answer to every event instead of taking it; null = take it.</summary>
    public string? Refusal { get; set; }

    /// <summary>Say nothing to events that are published, and pass them on to nobody.</summary>
    public bool Silent { get; set; }

    /// <summary>Passes events on several times.</summary>
    public int Copies { get; set; } = 1;

    /// <summary>How often clients connected.</summary>
    public int Connections { get; private set; }

    /// <summary>Open connections.</summary>
    public int Connected => _peers.Count;

    /// <summary>Everything clients sent, as text.</summary>
    public ConcurrentQueue<string> Received { get; } = [];

    /// <summary>Events that were taken, in order.</summary>
    public IReadOnlyList<JsonObject> Events => [.. _events];

    public static async Task<TestRelay> Start(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var relay = new TestRelay(builder.Build());
        await relay._app.StartAsync();
        relay.Url = new UriBuilder(relay._app.Urls.First()) { Scheme = "ws" }.Uri;
        return relay;
    }

    /// <summary>Takes an event as if somebody had published it, and passes it on.</summary>
    public async Task Plant(string json)
    {
        var sent = JsonNode.Parse(json)!.AsObject();
        _events.Enqueue(sent);
        foreach (var peer in _peers.Keys)
            await peer.PassOn(sent);
    }

    /// <summary>Sends bytes to every client.</summary>
    public async Task SendRaw(ReadOnlyMemory<byte> bytes)
    {
        foreach (var peer in _peers.Keys)
            await peer.Send(bytes);
    }

    /// <summary>Cuts all connections without a farewell.</summary>
    public void CutAll()
    {
        foreach (var peer in _peers.Keys)
            peer.Socket.Abort();
    }

    public async ValueTask DisposeAsync()
    {
        CutAll();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    async Task Serve(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        using var peer = new Peer(this, socket);
        _peers[peer] = true;
        Connections++;
        try
        {
            await peer.Run();
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or IOException or InvalidOperationException)
        {
            // Gone.
        }
        finally
        {
            _peers.TryRemove(peer, out _);
        }
    }

    sealed class Peer(TestRelay relay, WebSocket socket) : IDisposable
    {
        readonly Dictionary<string, List<JsonObject>> _subscriptions = [];
        readonly SemaphoreSlim _sending = new(1, 1);
        readonly string _challenge = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8));
        bool _signedIn;

        public WebSocket Socket => socket;

        public void Dispose() => _sending.Dispose();

        bool Refuses => relay.WantsAuth && !_signedIn;

        public async Task Run()
        {
            if (relay.WantsAuth)
                await Say("AUTH", _challenge);
            var buffer = new byte[1 << 20];
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                    length += part.Count;
                }
                while (!part.EndOfMessage);
                if (part.MessageType == WebSocketMessageType.Close)
                    return;
                var text = Encoding.UTF8.GetString(buffer, 0, length);
                relay.Received.Enqueue(text);
                await Take(JsonNode.Parse(text)!.AsArray());
            }
        }

        public async Task PassOn(JsonObject sent)
        {
            foreach (var (name, filters) in _subscriptions.ToArray())
            {
                for (var i = 0; i < relay.Copies && filters.Exists(filter => Matches(filter, sent)); i++)
                    await Say("EVENT", name, sent.DeepClone());
            }
        }

        public async Task Send(ReadOnlyMemory<byte> bytes)
        {
            try
            {
                await _sending.WaitAsync();
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            try
            {
                await socket.SendAsync(bytes, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            }
            catch (Exception error) when (error is WebSocketException or IOException or InvalidOperationException or OperationCanceledException)
            {
                // Gone; its reader ends.
            }
            try
            {
                _sending.Release();
            }
            catch (ObjectDisposedException)
            {
                // Its reader has ended meanwhile.
            }
        }

        async Task Take(JsonArray message)
        {
            switch ((string)message[0]!)
            {
                case "EVENT":
                    await Publish(message[1]!.AsObject());
                    break;
                case "REQ" when Refuses:
                    await Say("CLOSED", (string)message[1]!, "auth-required: who are you?");
                    break;
                case "REQ":
                    var name = (string)message[1]!;
                    List<JsonObject> filters = [.. message.Skip(2).Select(filter => filter!.DeepClone().AsObject())];
                    foreach (var filter in filters)
                    {
                        foreach (var sent in relay.Events.Where(sent => Matches(filter, sent)).Reverse().Take((int?)filter["limit"] ?? 500).Reverse())
                            await Say("EVENT", name, sent.DeepClone());
                    }
                    _subscriptions[name] = filters;
                    await Say("EOSE", name);
                    break;
                case "CLOSE":
                    _subscriptions.Remove((string)message[1]!);
                    break;
                case "AUTH":
                    var signed = message[1]!.AsObject();
                    _signedIn = (int)signed["kind"]! == 22242 && signed["tags"]!.AsArray().Any(tag => (string)tag![0]! == "challenge" && (string)tag[1]! == _challenge);
                    await Say("OK", (string)signed["id"]!, _signedIn, "");
                    break;
                default:
                    await Say("NOTICE", "what?");
                    break;
            }
        }

        async Task Publish(JsonObject sent)
        {
            if (relay.Silent)
                return;
            var id = (string)sent["id"]!;
            if (Refuses || relay.Refusal is not null)
            {
                await Say("OK", id, false, Refuses ? "auth-required: who are you?" : relay.Refusal);
                return;
            }
            var copy = sent.DeepClone().AsObject();
            relay._events.Enqueue(copy);
            await Say("OK", id, true, "");
            foreach (var peer in relay._peers.Keys)
                await peer.PassOn(copy);
        }

        Task Say(params JsonNode?[] message) => Send(Encoding.UTF8.GetBytes(new JsonArray(message).ToJsonString()));

        static bool Matches(JsonObject filter, JsonObject sent) => filter.All(rule => rule.Key switch
        {
            "kinds" => rule.Value!.AsArray().Any(kind => (int)kind! == (int)sent["kind"]!),
            "authors" => rule.Value!.AsArray().Any(key => (string)key! == (string)sent["pubkey"]!),
            "since" => (long)sent["created_at"]! >= (long)rule.Value!,
            "limit" => true,
            _ => sent["tags"]!.AsArray().Any(tag => tag!.AsArray().Count > 1 && (string)tag[0]! == rule.Key[1..] && rule.Value!.AsArray().Any(value => (string)value! == (string)tag[1]!)),
        });
    }
}
