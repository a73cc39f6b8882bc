using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Lnvps.Core.Payments;
using Lnvps.Testing.Http;
using Microsoft.AspNetCore.Http;

namespace Lnvps.Testing.Payments;

/// <summary>How the provider misbehaves.</summary>
public enum RevolutFault
{
    /// <summary>500 before anything happens.</summary>
    ServerError,
    /// <summary>429 before anything happens.</summary>
    TooMany,
    /// <summary>It happens, but the answer never comes: the connection breaks.</summary>
    LostAnswer,
    /// <summary>It happens, but the answer does not come until the client gives up.</summary>
    Silence,
    /// <summary>A success that is no JSON.</summary>
    Garbage,
    /// <summary>401, as if the key were withdrawn.</summary>
    Unauthorised,
}

/// <summary>A call that arrived.</summary>
public sealed record RevolutCall(string Method, string Path, string Body);

/// <summary>
/// Revolut's merchant API as published, as far as the shop uses it, with orders and webhooks in memory, and faults. It delivers messages only when told to, so that a
/// test can lose, double and reorder them.
/// </summary>
public sealed class RevolutSimulator : IAsyncDisposable
{
    readonly ConcurrentDictionary<string, JsonObject> _orders = [];
    readonly ConcurrentDictionary<string, (string Url, string Secret)> _webhooks = [];
    readonly ConcurrentQueue<RevolutCall> _calls = [];
    readonly HttpClient _http = new(new SocketsHttpHandler()) { Timeout = TimeSpan.FromSeconds(30) };
    LoopbackServer _server = null!;
    int _number;
    Func<RevolutCall, RevolutFault?> _fault = _ => null;

    RevolutSimulator()
    {
    }

    public static async Task<RevolutSimulator> Start()
    {
        var simulator = new RevolutSimulator();
        simulator._server = await LoopbackServer.Start(simulator.Answer);
        return simulator;
    }

    public Uri Url => _server.Address;

    public string Token { get; } = "sk_simulated_secret";

    public string ApiVersion { get; } = "2024-09-01";

    /// <summary>The section <c>revolut</c> of a configuration file.</summary>
    public string Yaml => $"revolut: {{url: \"{Url}\", token: \"{Token}\", api-version: \"{ApiVersion}\", public-key: pk_simulated}}";

    /// <summary>What goes into <c>payment_method_config.config</c>.</summary>
    public string Config => new JsonObject
    {
        ["type"] = "revolut",
        ["url"] = Url.AbsoluteUri,
        ["token"] = Token,
        ["api_version"] = ApiVersion,
        ["public_key"] = "pk_simulated",
    }.ToJsonString();

    public IReadOnlyList<RevolutCall> Calls => [.. _calls];

    public IReadOnlyCollection<string> Orders => [.. _orders.Keys];

    /// <summary>Addresses of the registered webhooks.</summary>
    public IReadOnlyList<string> Webhooks => [.. _webhooks.Values.Select(hook => hook.Url)];

    /// <summary>Secret of the one registered webhook.</summary>
    public string SigningSecret => _webhooks.Values.Single().Secret;

    public JsonObject Order(string id) => _orders[id];

    /// <summary>Meets calls with faults until told otherwise.</summary>
    public void Fail(Func<RevolutCall, RevolutFault?> fault) => _fault = fault;

    public void Fail(RevolutFault fault, int times)
    {
        var left = times;
        _fault = _ => Interlocked.Decrement(ref left) >= 0 ? fault : null;
    }

    public void Heal() => _fault = _ => null;

    /// <summary>The customer pays the order with a card.</summary>
    /// <param name="amount">Another amount than asked for, in minor units.</param>
    public void Pay(string id, string? cardCountry = "DE", ulong? amount = null, string? currency = null)
    {
        var order = _orders[id];
        lock (order)
        {
            order["state"] = "completed";
            order["outstanding_amount"] = 0;
            order["amount"] = amount ?? order["amount"]!.GetValue<ulong>();
            order["currency"] = currency ?? order["currency"]!.GetValue<string>();
            order["payments"] = new JsonArray(new JsonObject
            {
                ["id"] = NewId(),
                ["state"] = "captured",
                ["payment_method"] = new JsonObject { ["type"] = "card", ["card_brand"] = "visa", ["card_last_four"] = "1234", ["card_country_code"] = cardCountry },
                ["a_new_field"] = new JsonArray(1, 2, 3),
            });
            // The checkout is over.
            order.Remove("token");
        }
    }

    public void SetState(string id, string state) => _orders[id]["state"] = state;

    /// <summary>Delivers a message to a shop, signed as Revolut does. Returns the status.</summary>
    public async Task<HttpStatusCode> Deliver(Uri shop, string orderId, string name = "ORDER_COMPLETED", TimeSpan age = default, string? secret = null)
    {
        var body = new JsonObject { ["event"] = name, ["order_id"] = orderId, ["merchant_order_ext_ref"] = "not ours" }.ToJsonString();
        var sent = (TimeProvider.System.GetUtcNow() - age).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(shop, "/api/v1/webhook/revolut")) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("Revolut-Request-Timestamp", sent);
        request.Headers.Add("Revolut-Signature", $"v1={WebhookSignature.Compute(secret ?? SigningSecret, "v1", sent, Encoding.UTF8.GetBytes(body))}");
        using var response = await _http.SendAsync(request);
        return response.StatusCode;
    }

    async Task Answer(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var call = new RevolutCall(context.Request.Method, context.Request.Path, await reader.ReadToEndAsync(context.RequestAborted));
        _calls.Enqueue(call);
        var fault = _fault(call);
        if (context.Request.Headers.Authorization != $"Bearer {Token}" || fault == RevolutFault.Unauthorised)
        {
            await LoopbackServer.Json(context, 401, """{"code":"unauthenticated"}""");
            return;
        }
        if (fault is RevolutFault.ServerError or RevolutFault.TooMany)
        {
            await LoopbackServer.Json(context, fault == RevolutFault.TooMany ? 429 : 500, "{}");
            return;
        }
        var (status, json) = Handle(context, call);
        switch (fault)
        {
            case RevolutFault.LostAnswer:
                context.Abort();
                break;
            case RevolutFault.Silence:
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            case RevolutFault.Garbage:
                await LoopbackServer.Json(context, 200, "<html>");
                break;
            default:
                if (json is null)
                    context.Response.StatusCode = status;
                else
                    await LoopbackServer.Json(context, status, json);
                break;
        }
    }

    (int Status, string? Json) Handle(HttpContext context, RevolutCall call)
    {
        var path = call.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (call.Method, path) switch
        {
            (_, ["api", "orders", ..]) when context.Request.Headers["Revolut-Api-Version"] != ApiVersion => (400, """{"code":"bad_request"}"""),
            ("POST", ["api", "orders"]) => Create(call.Body),
            ("GET", ["api", "orders", var id]) => _orders.TryGetValue(id, out var order) ? (200, Text(order)) : NotFound,
            ("POST", ["api", "orders", var id, "cancel"]) => _orders.TryGetValue(id, out var order) ? Cancel(order) : NotFound,
            ("GET", ["api", "1.0", "webhooks"]) => (200, new JsonArray([.. _webhooks.Select(hook => (JsonNode)new JsonObject
            {
                ["id"] = hook.Key,
                ["url"] = hook.Value.Url,
                ["events"] = new JsonArray("ORDER_COMPLETED"),
            })]).ToJsonString()),
            ("POST", ["api", "1.0", "webhooks"]) => CreateWebhook(call.Body),
            ("DELETE", ["api", "1.0", "webhooks", var id]) => _webhooks.TryRemove(id, out _) ? (204, null) : NotFound,
            _ => NotFound,
        };
    }

    static (int, string?) NotFound => (404, """{"code":"not_found","message":"No such object"}""");

    (int, string?) Create(string body)
    {
        var asked = JsonNode.Parse(body)!;
        if (asked["amount"] is not JsonValue amount || !amount.TryGetValue<ulong>(out var units) || units == 0 || asked["currency"]?.GetValue<string>().Length != 3)
            return (400, """{"code":"bad_request"}""");
        var id = NewId();
        var order = new JsonObject
        {
            ["id"] = id,
            ["token"] = $"token-{id}",
            ["type"] = "payment",
            ["state"] = "pending",
            ["created_at"] = "2026-02-19T10:00:00.000000Z",
            ["updated_at"] = "2026-02-19T10:00:00.000000Z",
            ["description"] = asked["description"]?.GetValue<string>(),
            ["capture_mode"] = "automatic",
            ["amount"] = units,
            ["outstanding_amount"] = units,
            ["currency"] = asked["currency"]!.GetValue<string>(),
            ["checkout_url"] = $"https://checkout.example/{id}",
            ["enforce_challenge"] = "a_word_nobody_knows",
        };
        _orders[id] = order;
        return (201, Text(order));
    }

    static (int, string?) Cancel(JsonObject order)
    {
        lock (order)
        {
            if (order["state"]!.GetValue<string>() is not ("pending" or "authorised"))
                return (422, """{"code":"invalid_state"}""");
            order["state"] = "cancelled";
        }
        return (200, Text(order));
    }

    (int, string?) CreateWebhook(string body)
    {
        var asked = JsonNode.Parse(body)!;
        var id = NewId();
        var hook = (Url: asked["url"]!.GetValue<string>(), Secret: $"wsk_{NewId()}");
        _webhooks[id] = hook;
        return (201, new JsonObject { ["id"] = id, ["url"] = hook.Url, ["events"] = asked["events"]!.DeepClone(), ["signing_secret"] = hook.Secret }.ToJsonString());
    }

    static string Text(JsonObject order)
    {
        lock (order)
            return order.ToJsonString();
    }

    string NewId() => $"00000000-0000-4000-8000-{Interlocked.Increment(ref _number):000000000000}";

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }
}
