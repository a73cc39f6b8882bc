using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Lnvps.Api.Http;
using Microsoft.AspNetCore.Routing;

namespace Lnvps.Api.Tests.Http;

/// <summary>Walks every endpoint of a running server with no, malformed, expired, replayed, foreign and right credentials.</summary>
public class AccessMatrixTests
{
    internal static readonly Dictionary<string, string> Expected = new()
    {
        ["DELETE /api/v1/nostr/domain/{dom}"] = "CustomerOnce",
        ["DELETE /api/v1/nostr/domain/{dom}/handle/{handle}"] = "CustomerOnce",
        ["GET /"] = "Public",
        ["GET /.well-known/lnurlp/{id}"] = "Public",
        ["GET /api/v1/account"] = "Customer",
        ["GET /api/v1/action"] = "Customer",
        ["GET /api/v1/action/{id}"] = "Customer",
        ["GET /api/v1/action/{id}/events"] = "Customer",
        ["GET /api/v1/image"] = "Public",
        ["GET /api/v1/ip_space"] = "Public",
        ["GET /api/v1/ip_space/{id}"] = "Public",
        ["GET /api/v1/nostr/domain"] = "Customer",
        ["GET /api/v1/nostr/domain/{dom}/handle"] = "Customer",
        ["GET /api/v1/payment/methods"] = "Public",
        ["GET /api/v1/payment/{id}"] = "Customer",
        ["GET /api/v1/payment/{id}/invoice"] = "CustomerByQuery",
        ["GET /api/v1/ssh-key"] = "Customer",
        ["GET /api/v1/subscriptions"] = "Customer",
        ["GET /api/v1/subscriptions/{id}"] = "Customer",
        ["GET /api/v1/subscriptions/{id}/ip_ranges"] = "Customer",
        ["GET /api/v1/subscriptions/{id}/payments"] = "Customer",
        ["GET /api/v1/subscriptions/{id}/renew"] = "CustomerOnce",
        ["GET /api/v1/vm"] = "Customer",
        ["GET /api/v1/vm/templates"] = "Public",
        ["GET /api/v1/vm/{id}"] = "Customer",
        ["GET /api/v1/vm/{id}/console"] = "CustomerByQuery",
        ["GET /api/v1/vm/{id}/history"] = "Customer",
        ["GET /api/v1/vm/{id}/payments"] = "Customer",
        ["GET /api/v1/vm/{id}/renew"] = "CustomerOnce",
        ["GET /api/v1/vm/{id}/renew-lnurlp"] = "Public",
        ["GET /api/v1/vm/{id}/time-series"] = "Customer",
        ["GET /docs/changelog.md"] = "Public",
        ["GET /docs/endpoints.md"] = "Public",
        ["GET /health/live"] = "Public",
        ["GET /health/ready"] = "Public",
        ["GET /index.html"] = "Public",
        ["GET /openapi.json"] = "Public",
        ["GET /swagger"] = "Public",
        ["PATCH /api/v1/account"] = "CustomerOnce",
        ["PATCH /api/v1/vm/{id}"] = "CustomerOnce",
        ["PATCH /api/v1/vm/{id}/re-install"] = "CustomerOnce",
        ["PATCH /api/v1/vm/{id}/restart"] = "CustomerOnce",
        ["PATCH /api/v1/vm/{id}/start"] = "CustomerOnce",
        ["PATCH /api/v1/vm/{id}/stop"] = "CustomerOnce",
        ["POST /api/dev/v1/clock"] = "Public",
        ["POST /api/dev/v1/lightning/pay"] = "Public",
        ["POST /api/dev/v1/vm/{id}/delete"] = "Public",
        ["POST /api/v1/nostr/domain"] = "CustomerOnce",
        ["POST /api/v1/nostr/domain/{dom}/handle"] = "CustomerOnce",
        ["POST /api/v1/contact"] = "Public",
        ["POST /api/v1/ssh-key"] = "CustomerOnce",
        ["POST /api/v1/subscriptions"] = "CustomerOnce",
        ["POST /api/v1/subscriptions/{id}/ip_ranges"] = "CustomerOnce",
        ["POST /api/v1/vm"] = "CustomerOnce",
        ["POST /api/v1/vm/custom-template"] = "CustomerOnce",
        ["POST /api/v1/vm/custom-template/price"] = "Public",
        ["POST /api/v1/vm/{id}/upgrade"] = "CustomerOnce",
        ["POST /api/v1/vm/{id}/upgrade/quote"] = "CustomerOnce",
        ["POST /api/v1/webhook/revolut"] = "Public",
    };

    [Fact]
    public async Task Every_endpoint_demands_what_the_table_says()
    {
        await using var shop = await ApiShop.Start();
        var actual = shop.Endpoints.ToDictionary(
            endpoint => $"{endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods[0]} {endpoint.RoutePattern.RawText}",
            endpoint => endpoint.Metadata.GetRequiredMetadata<AccessRequirement>().Access.ToString());

        Assert.Equal(Expected.OrderBy(row => row.Key, StringComparer.Ordinal), actual.OrderBy(row => row.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Protected_endpoints_refuse_every_wrong_credential()
    {
        await using var shop = await ApiShop.Start();
        using var owner = shop.NewCustomer();
        using var stranger = shop.NewCustomer();
        var paths = await OwnThings.Paths(shop, owner);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

        foreach (var (name, access) in Expected)
        {
            // What takes the event from the query has tests of its own.
            if (access is "Public" or "CustomerByQuery")
                continue;
            var (method, path) = (new HttpMethod(name.Split(' ')[0]), paths(name));

            Assert.Equal((name, HttpStatusCode.Forbidden), (name, (await owner.Send(method, path, null, sign: false)).Status));
            Assert.Equal((name, HttpStatusCode.Forbidden), (name, (await owner.Send(method, path, null, "")).Status));
            Assert.Equal((name, HttpStatusCode.Forbidden), (name, (await owner.Send(method, path, null, "Bearer x")).Status));
            Assert.Equal((name, HttpStatusCode.Unauthorized), (name, (await owner.Send(method, path, null, "Nostr !!!")).Status));
            Assert.Equal((name, HttpStatusCode.Unauthorized), (name, (await owner.Send(method, path, null, $"Nostr {Convert.ToBase64String("{}"u8)}")).Status));
            Assert.Equal((name, HttpStatusCode.Unauthorized), (name, (await owner.Send(method, path, null, owner.Sign(method, path, now - 700))).Status));
            Assert.Equal((name, HttpStatusCode.Unauthorized), (name, (await owner.Send(method, path, null, owner.Sign(method, path, now + 700))).Status));
            Assert.Equal((name, HttpStatusCode.Unauthorized), (name, (await owner.Send(method, path, null, owner.Sign(method, path + "x"))).Status));
            Assert.Equal((name, HttpStatusCode.Unauthorized), (name, (await owner.Send(method, path, null, owner.Sign(HttpMethod.Put, path))).Status));

            if (name.Contains('{', StringComparison.Ordinal))
                Assert.Equal((name, HttpStatusCode.Forbidden), (name, (await stranger.Send(method, path, method == HttpMethod.Post ? WellFormed() : null)).Status));
        }
    }

    [Fact]
    public async Task Protected_endpoints_take_the_right_credential_and_an_event_for_a_change_only_once()
    {
        await using var shop = await ApiShop.Start();
        using var owner = shop.NewCustomer();
        var paths = await OwnThings.Paths(shop, owner);
        // What deletes comes last, so that the others find their things.
        foreach (var (name, access) in Expected.OrderBy(row => row.Key.StartsWith("DELETE", StringComparison.Ordinal)).ThenByDescending(row => row.Key, StringComparer.Ordinal))
        {
            if (access is not ("Customer" or "CustomerOnce") || name.EndsWith("/events", StringComparison.Ordinal))
                continue;
            var (method, path) = (new HttpMethod(name.Split(' ')[0]), paths(name));
            var body = method == HttpMethod.Post || method == HttpMethod.Patch ? new JsonObject() : null;
            var credential = owner.Sign(method, path);

            var first = await owner.Send(method, path, body, credential);
            Assert.False(first.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.InternalServerError, $"{name}: {first.Status} {first.Json}");
            var second = await owner.Send(method, path, body, credential);
            Assert.Equal((name, access == "CustomerOnce"), (name, second.Status == HttpStatusCode.Unauthorized));
        }
    }

    /// <summary>A body that no endpoint refuses for its form.</summary>
    static JsonObject WellFormed() => new() { ["name"] = "x", ["ip_space_pricing_id"] = 1, ["pubkey"] = new string('1', 64) };

    [Fact]
    public async Task A_forged_event_does_not_burn_a_good_one()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var good = customer.Sign(HttpMethod.Patch, "/api/v1/account");
        var json = Encoding.UTF8.GetString(Convert.FromBase64String(good["Nostr ".Length..]));
        var at = json.IndexOf("\"sig\":\"", StringComparison.Ordinal) + 7;
        var forged = json[..at] + (json[at] == '0' ? '1' : '0') + json[(at + 1)..];

        Assert.Equal(HttpStatusCode.Unauthorized,
            (await customer.Send(HttpMethod.Patch, "/api/v1/account", null, $"Nostr {Convert.ToBase64String(Encoding.UTF8.GetBytes(forged))}")).Status);
        Assert.Equal(HttpStatusCode.OK, (await customer.Send(HttpMethod.Patch, "/api/v1/account", null, good)).Status);
    }
}
