using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Lnvps.Api.Tests.Documents;

namespace Lnvps.Api.Tests.Http;

/// <summary>Strangers' bytes: whatever comes in, the answer is a 4xx with an error, and the process lives.</summary>
[Trait("Speed", "slow")]
public class BadInputTests
{
    const int Inputs = 10_000;
    const int Seed = 20261122;

    static readonly (string Method, string Path)[] Calls =
    [
        ("PATCH", "/api/v1/account"),
        ("POST", "/api/v1/ssh-key"),
        ("POST", "/api/v1/contact"),
        ("POST", "/api/v1/vm"),
        ("POST", "/api/v1/vm/custom-template"),
        ("POST", "/api/v1/vm/custom-template/price"),
        ("POST", "/api/v1/subscriptions"),
        ("POST", "/api/v1/subscriptions/1/ip_ranges"),
        ("POST", "/api/v1/vm/1/upgrade/quote"),
        ("POST", "/api/v1/vm/1/upgrade"),
        ("PATCH", "/api/v1/vm/1"),
        ("PATCH", "/api/v1/vm/1/re-install"),
        ("POST", "/api/v1/nostr/domain"),
        ("POST", "/api/v1/webhook/revolut"),
        ("POST", "/api/dev/v1/lightning/pay"),
        ("POST", "/api/dev/v1/clock"),
    ];

    static readonly string[] Paths =
    [
        "/api/v1/vm/{0}", "/api/v1/vm/{0}/renew?intervals={0}", "/api/v1/vm/1/renew?method={0}", "/api/v1/vm/{0}/history?limit={0}&offset={0}", "/api/v1/payment/{0}",
        "/.well-known/lnurlp/{0}", "/api/v1/subscriptions?limit={0}&offset={0}", "/api/v1/subscriptions/{0}/renew?method={0}", "/api/v1/ip_space?limit={0}", "/api/v1/ip_space/{0}", "/api/v1/vm/1/renew-lnurlp?amount={0}", "/api/v1/action?vm_id={0}",
        "/api/v1/action/{0}", "/api/v1/action/{0}/events", "/{0}", "/api/v1/{0}",
    ];

    static readonly string[] Values =
    [
        "0", "1", "-1", "18446744073709551615", "18446744073709551616", "99999999999999999999999999", "1.5", "1e3", "", "%00", "%ff%fe", "%F0%9F%92%A9", "..%2f..%2fetc",
        "null", "true", "NaN", "a", "'; DROP TABLE vm; --", "0x10", "٣", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "lightning", "nwc", "121",
    ];

    [Fact]
    public async Task Malformed_oversized_truncated_and_random_requests_bring_only_4xx()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        await customer.Order();
        using var http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = shop.Address, Timeout = TimeSpan.FromSeconds(30) };
        var random = new Random(Seed);
        var bad = new List<string>();

        for (var i = 0; i < Inputs; i++)
        {
            using var request = random.Next(3) == 0 ? Query(customer, random) : Body(customer, random);
            using var response = await http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            var status = (int)response.StatusCode;
            // A target that is no HTTP at all is refused by the server itself, before any layer of ours; it closes the connection without a body.
            var isNoHttp = status == 400 && text.Length == 0 && request.RequestUri!.OriginalString.Contains("%00", StringComparison.Ordinal);
            var fine = isNoHttp || status is >= 200 and < 300 or 501 || (status is >= 400 and < 500 && text.Length > 0 && JsonNode.Parse(text) is { } json && json["error"] is not null && json["code"] is not null);
            if (fine && !isNoHttp && response.Content.Headers.ContentType?.MediaType == "application/json")
                bad.AddRange(OpenApiDocument.Faults(request.Method.Method, request.RequestUri!.PathAndQuery, request: null, status, JsonNode.Parse(text), hasAction: false));
            if (!fine)
                bad.Add($"#{i} {request.Method} {request.RequestUri}: {status} {text}");
        }

        Assert.Empty(bad.Take(10));
        Assert.Equal(HttpStatusCode.OK, (await customer.Get("/api/v1/vm")).Status);
    }

    [Fact]
    public async Task Broken_HTTP_does_not_end_the_process()
    {
        await using var shop = await ApiShop.Start();
        var random = new Random(Seed);
        for (var i = 0; i < 500; i++)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, shop.Address.Port);
            var bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            var head = random.Next(4) switch
            {
                0 => "",
                1 => "GET /api/v1/vm HTTP/1.1\r\nHost: x\r\nAuthorization: Nostr ",
                2 => "POST /api/v1/vm HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{\"a\":",
                _ => "GET /",
            };
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
            await client.GetStream().WriteAsync(bytes);
            client.Client.Shutdown(SocketShutdown.Send);
        }
        using var customer = shop.NewCustomer();
        Assert.Equal(HttpStatusCode.OK, (await customer.Get("/api/v1/account")).Status);
    }

    [Fact]
    public async Task A_body_beyond_two_mebibytes_is_refused()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();

        var answer = await customer.Post("/api/v1/ssh-key", new JsonObject { ["name"] = "x", ["key_data"] = new string('a', 3 * 1024 * 1024) });

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
        Assert.NotNull(answer.Error);
    }

    static HttpRequestMessage Query(ApiCustomer customer, Random random)
    {
        var value = Values[random.Next(Values.Length)];
        var path = string.Format(CultureInfo.InvariantCulture, Paths[random.Next(Paths.Length)], value.Length == 0 || value.Contains('%', StringComparison.Ordinal) ? value : Uri.EscapeDataString(value));
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        request.Headers.TryAddWithoutValidation("Authorization", Credential(customer, random, HttpMethod.Get, path.Split('?')[0]));
        return request;
    }

    static HttpRequestMessage Body(ApiCustomer customer, Random random)
    {
        var (method, path) = Calls[random.Next(Calls.Length)];
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new ByteArrayContent(Bytes(random)) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", random.Next(10) == 0 ? "text/plain" : "application/json");
        request.Headers.TryAddWithoutValidation("Authorization", Credential(customer, random, request.Method, path));
        return request;
    }

    static string Credential(ApiCustomer customer, Random random, HttpMethod method, string path)
    {
        var right = customer.Sign(method, path);
        return random.Next(6) switch
        {
            0 => right[..random.Next(right.Length)],
            1 => $"Nostr {Convert.ToBase64String(Encoding.UTF8.GetBytes("{\"kind\":27235,\"tags\":[[\"u\"],[]]}"))}",
            _ => right,
        };
    }

    static byte[] Bytes(Random random)
    {
        var valid = """{"template_id":1,"line_items":[{"type":"ip_range","ip_space_pricing_id":1}],"image_id":1,"ssh_key_id":1,"pricing_id":1,"cpu":1,"memory":1073741824.0,"disk":5368709120,"disk_type":"ssd","disk_interface":"pcie","name":"x","key_data":"ssh-ed25519 AAAA","email":"a@b.c","country_code":"IRL","invoice":"lnbcrt1","advance":"0s"}"""u8.ToArray();
        switch (random.Next(6))
        {
            case 0:
                return valid[..random.Next(valid.Length)];
            case 1:
                for (var i = 0; i < 3; i++)
                    valid[random.Next(valid.Length)] = (byte)random.Next(256);
                return valid;
            case 2:
                var noise = new byte[random.Next(200)];
                random.NextBytes(noise);
                return noise;
            case 3:
                return Encoding.UTF8.GetBytes(new string('[', random.Next(2000)));
            case 4:
                var names = new[] { "template_id", "cpu", "memory", "email", "name", "key_data", "ssh_key_id", "image_id", "disk_type", "invoice", "advance" };
                var values = new[] { "null", "-1", "1e400", "\"\\ud800\"", "[]", "{}", "true", "18446744073709551616", "0.5", "\"" + new string('x', 500) + "\"", "\"\\u0000\"" };
                return Encoding.UTF8.GetBytes($"{{\"{names[random.Next(names.Length)]}\":{values[random.Next(values.Length)]},\"{names[random.Next(names.Length)]}\":{values[random.Next(values.Length)]}}}");
            default:
                return random.Next(2) == 0 ? [] : "\"text\""u8.ToArray();
        }
    }
}
