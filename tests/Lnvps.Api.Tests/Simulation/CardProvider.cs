using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Lnvps.Core.Payments;

namespace Lnvps.Api.Tests.Simulation;

/// <summary>
/// Revolut's merchant API in memory, as far as orders go: it outlives the processes of the shop. Each process talks to it through a line of its own, on which calls
/// and answers get lost.
/// </summary>
sealed class CardProvider
{
    const string Secret = "wsk_simulated";

    readonly Dictionary<string, JsonObject> _orders = [];

    /// <summary>What goes into <c>payment_method_config.config</c>.</summary>
    public static string Config => $$"""
        {"type":"revolut","url":"https://cards.example","token":"sk_simulated","api_version":"2024-09-01","public_key":"pk_simulated","webhook_secret":"{{Secret}}"}
        """;

    public HttpMessageHandler LineOf(Func<bool> isDead, Chances chances) => new Line(this, isDead, chances);

    public bool Knows(string order) => _orders.ContainsKey(order);

    /// <summary>The customer pays with a card; false when the order cannot be paid any more.</summary>
    /// <param name="more">Minor units beyond what was asked for, as by an operator's hand at the provider.</param>
    public bool Pay(string id, ulong more)
    {
        var order = _orders[id];
        if (order["state"]!.GetValue<string>() != "pending")
            return false;
        order["state"] = "completed";
        order["amount"] = order["amount"]!.GetValue<ulong>() + more;
        order["payments"] = new JsonArray(new JsonObject { ["payment_method"] = new JsonObject { ["type"] = "card", ["card_country_code"] = "DE" } });
        return true;
    }

    /// <summary>The message that tells of a completed order.</summary>
    public static (string Signature, string Sent, byte[] Body) Message(string order, DateTimeOffset now)
    {
        var body = Encoding.UTF8.GetBytes(new JsonObject { ["event"] = "ORDER_COMPLETED", ["order_id"] = order }.ToJsonString());
        var sent = now.ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        return ($"v1={WebhookSignature.Compute(Secret, "v1", sent, body)}", sent, body);
    }

    (HttpStatusCode Status, string Json) Answer(HttpMethod method, string path, string body)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (method == HttpMethod.Post && parts.Length == 2)
            return (HttpStatusCode.Created, Make(JsonNode.Parse(body)!).ToJsonString());
        if (!_orders.TryGetValue(parts[2], out var order))
            return (HttpStatusCode.NotFound, "{}");
        if (method == HttpMethod.Post)
        {
            if (order["state"]!.GetValue<string>() != "pending")
                return (HttpStatusCode.UnprocessableEntity, "{}");
            order["state"] = "cancelled";
        }
        return (HttpStatusCode.OK, order.ToJsonString());
    }

    JsonObject Make(JsonNode asked)
    {
        var id = $"order-{_orders.Count + 1}";
        return _orders[id] = new JsonObject
        {
            ["id"] = id,
            ["token"] = $"token-{id}",
            ["state"] = "pending",
            ["amount"] = asked["amount"]!.GetValue<ulong>(),
            ["currency"] = asked["currency"]!.GetValue<string>(),
        };
    }

    sealed class Line(CardProvider provider, Func<bool> isDead, Chances chances) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (isDead() || chances.CardsFail("before"))
                throw new HttpRequestException("The connection broke");
            if (chances.CardsFail("busy"))
                return new HttpResponseMessage(HttpStatusCode.TooManyRequests);
            var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
            var (status, json) = provider.Answer(request.Method, request.RequestUri!.AbsolutePath, body);
            if (chances.CardsFail("after"))
                throw new HttpRequestException("The answer was lost");
            return new HttpResponseMessage(status) { Content = new StringContent(chances.CardsFail("garbled") ? "<html>" : json) };
        }
    }
}
