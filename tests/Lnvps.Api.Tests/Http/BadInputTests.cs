using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Lnvps.Api.Development;
using Lnvps.Api.Tests.Documents;
using Xunit.Abstractions;

namespace Lnvps.Api.Tests.Http;

/// <summary>Strangers' bytes: whatever malformed comes in, the answer is a 4xx with an error, and the process lives.</summary>
[Trait("Speed", "slow")]
public class BadInputTests(ITestOutputHelper output)
{
    const int Refused = 10_000;
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

    /// <summary>Where a value goes, and which values of that place are well-formed: then the call may be taken, whatever it asks for.</summary>
    static readonly (string Path, bool IsPublic, Func<string, bool> IsFit)[] Places =
    [
        ("/api/v1/vm/{0}", false, IsCount), ("/api/v1/vm/{0}/renew?intervals={0}", false, IsCount), ("/api/v1/vm/1/renew?method={0}", false, IsMethod),
        ("/api/v1/vm/{0}/history?limit={0}&offset={0}", false, IsCount), ("/api/v1/payment/{0}", false, IsPaymentId), ("/.well-known/lnurlp/{0}", true, IsCount),
        ("/api/v1/subscriptions?limit={0}&offset={0}", false, IsCount), ("/api/v1/subscriptions/{0}/renew?method={0}", false, value => IsCount(value) && IsMethod(value)),
        ("/api/v1/ip_space?limit={0}", true, IsCount), ("/api/v1/ip_space/{0}", true, IsCount), ("/api/v1/vm/1/renew-lnurlp?amount={0}", true, IsCount),
        ("/api/v1/action?vm_id={0}", false, IsCount), ("/api/v1/action/{0}", false, IsCount), ("/api/v1/action/{0}/events", false, IsCount),
        ("/{0}", true, value => value.Length == 0), ("/api/v1/{0}", true, _ => false),
    ];

    static readonly string[] Values =
    [
        "0", "1", "-1", "18446744073709551615", "18446744073709551616", "99999999999999999999999999", "1.5", "1e3", "", "%00", "%ff%fe", "%F0%9F%92%A9", "..%2f..%2fetc",
        "null", "true", "NaN", "a", "'; DROP TABLE vm; --", "0x10", "٣", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "lightning", "nwc", "121",
    ];

    /// <param name="MayBeTaken">What it says is well-formed after all.</param>
    sealed record Odd(HttpRequestMessage Request, bool MayBeTaken);

    [Fact]
    public async Task Malformed_oversized_truncated_and_random_requests_bring_only_4xx()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        await customer.Order();
        using var http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = shop.Address, Timeout = TimeSpan.FromSeconds(30) };
        var random = new Random(Seed);
        var bad = new List<string>();
        var (refused, taken, mayBeTaken) = (0, 0, 0);

        for (var i = 0; refused < Refused; i++)
        {
            var odd = random.Next(3) == 0 ? Query(customer, random) : Body(customer, random);
            using var request = odd.Request;
            using var response = await http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            var status = (int)response.StatusCode;
            // A target that is no HTTP at all is refused by the server itself, before any layer of ours; it closes the connection without a body.
            var isNoHttp = status == 400 && text.Length == 0 && request.RequestUri!.OriginalString.Contains("%00", StringComparison.Ordinal);
            // Wallets are told with 200 and an error in the body (LUD-06).
            var isToldToWallet = status == 200 && IsForWallets(request.RequestUri!.PathAndQuery) && JsonNode.Parse(text)?["status"]?.GetValue<string>() == "ERROR";
            var isRefused = isNoHttp || isToldToWallet
                || (status is >= 400 and < 500 && text.Length > 0 && JsonNode.Parse(text) is { } json && json["error"] is not null && json["code"] is not null);
            // What is known and not offered is well-formed.
            var isTaken = !isRefused && status is >= 200 and < 300 or 501;
            if (!isNoHttp && response.Content.Headers.ContentType?.MediaType == "application/json")
                bad.AddRange(OpenApiDocument.Faults(request.Method.Method, request.RequestUri!.PathAndQuery, request: null, status, JsonNode.Parse(text), hasAction: false));
            if (!isRefused && !(isTaken && odd.MayBeTaken))
                bad.Add($"#{i} {request.Method} {request.RequestUri} {(request.Content is null ? "" : await request.Content.ReadAsStringAsync())}: {status} {text}");
            // A refusal counts as proof only where the call was malformed for certain.
            refused += isRefused && !odd.MayBeTaken ? 1 : 0;
            mayBeTaken += odd.MayBeTaken ? 1 : 0;
            taken += isTaken ? 1 : 0;
            if (bad.Count > 10)
                break;
        }

        output.WriteLine($"{refused} malformed requests refused; of {mayBeTaken} that were well-formed after all {taken} were taken");
        Assert.Empty(bad);
        Assert.InRange(taken, 1, mayBeTaken);
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

    static Odd Query(ApiCustomer customer, Random random)
    {
        var value = Values[random.Next(Values.Length)];
        var (place, isPublic, isFit) = Places[random.Next(Places.Length)];
        var path = string.Format(CultureInfo.InvariantCulture, place, value.Length == 0 || value.Contains('%', StringComparison.Ordinal) ? value : Uri.EscapeDataString(value));
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        var (credential, isRight) = Credential(customer, random, HttpMethod.Get, path.Split('?')[0]);
        request.Headers.TryAddWithoutValidation("Authorization", credential);
        return new Odd(request, isFit(value) && (isPublic || isRight));
    }

    static Odd Body(ApiCustomer customer, Random random)
    {
        var (method, path) = Calls[random.Next(Calls.Length)];
        var bytes = Bytes(random);
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new ByteArrayContent(bytes) };
        var isJson = random.Next(10) != 0;
        request.Content.Headers.TryAddWithoutValidation("Content-Type", isJson ? "application/json" : "text/plain");
        var (credential, isRight) = Credential(customer, random, request.Method, path);
        request.Headers.TryAddWithoutValidation("Authorization", credential);
        var isPublic = AccessMatrixTests.Expected.GetValueOrDefault($"{method} {path}") == "Public";
        return new Odd(request, (isJson || bytes.Length == 0) && (isPublic || isRight) && IsFit(method, path, bytes));
    }

    /// <summary>Whether the OpenAPI document allows these bytes; of the development endpoints, which are not in it, what could be taken by chance.</summary>
    static bool IsFit(string method, string path, byte[] bytes)
    {
        if (bytes.Length == 0)
            return OpenApiDocument.Allows(method, path, null);
        if (!Utf8.IsValid(bytes) || TryParse(bytes) is not JsonObject body)
            return false;
        try
        {
            return path == "/api/dev/v1/clock"
                ? body["advance"] is JsonValue text && text.TryGetValue<string>(out var span) && DevelopmentEndpoints.TryReadSpan(span) is not null
                : OpenApiDocument.Allows(method, path, body);
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: JSON can spell it, but it is no text.
            return false;
        }
    }

    static JsonNode? TryParse(byte[] bytes)
    {
        try
        {
            return JsonNode.Parse(bytes);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static bool IsForWallets(string path) => path.StartsWith("/.well-known/lnurlp/", StringComparison.Ordinal) || path.Contains("/renew-lnurlp", StringComparison.Ordinal);

    static bool IsCount(string value) => ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    static bool IsMethod(string value) => value is "lightning" or "revolut" or "nwc" or "paypal" or "stripe";

    static bool IsPaymentId(string value) => value.Length == 64 && value.All(char.IsAsciiHexDigit);

    static (string Credential, bool IsRight) Credential(ApiCustomer customer, Random random, HttpMethod method, string path)
    {
        var right = customer.Sign(method, path);
        return random.Next(6) switch
        {
            0 => (right[..random.Next(right.Length)], false),
            1 => ($"Nostr {Convert.ToBase64String(Encoding.UTF8.GetBytes("{\"kind\":27235,\"tags\":[[\"u\"],[]]}"))}", false),
            _ => (right, true),
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
                var first = random.Next(names.Length);
                // Another one: which of two equal names counts is nobody's business.
                var second = (first + random.Next(1, names.Length)) % names.Length;
                return Encoding.UTF8.GetBytes($"{{\"{names[first]}\":{values[random.Next(values.Length)]},\"{names[second]}\":{values[random.Next(values.Length)]}}}");
            default:
                return random.Next(2) == 0 ? [] : "\"text\""u8.ToArray();
        }
    }
}
