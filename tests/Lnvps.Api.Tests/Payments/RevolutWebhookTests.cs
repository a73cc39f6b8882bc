using System.Globalization;
using System.Net;
using System.Text;
using Lnvps.Core.Payments;
using Lnvps.Testing.Payments;

namespace Lnvps.Api.Tests.Payments;

/// <summary>Strangers at the webhook (customer-api.md section 9.1).</summary>
public sealed class RevolutWebhookTests : IAsyncLifetime
{
    const string Secret = "wsk_test_secret";

    RevolutSimulator _revolut = null!;
    ApiShop _shop = null!;
    HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        _http = NewClient();
        _revolut = await RevolutSimulator.Start();
        _shop = await ApiShop.Start();
        // Disabled: messages for open payments still arrive.
        await _shop.Execute(
            "INSERT INTO payment_method_config (company_id, payment_method, name, enabled, provider_type, config) VALUES (1, 1, 'x', 0, 'revolut', @config)",
            new { config = Lnvps.Platform.Payments.Revolut.RevolutAccount.WithSecret(_revolut.Config, Secret) });
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _shop.DisposeAsync();
        await _revolut.DisposeAsync();
    }

    static HttpClient NewClient() => new(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 }) { Timeout = TimeSpan.FromSeconds(30) };

    static string Now(TimeSpan off = default) => (TimeProvider.System.GetUtcNow() + off).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

    static string Sign(string sent, byte[] body, string secret = Secret) => $"v1={WebhookSignature.Compute(secret, "v1", sent, body)}";

    async Task<(HttpStatusCode Status, string Text)> Send(byte[] body, string? sent, string? signature, string method = "POST")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(_shop.Address, "/api/v1/webhook/revolut")) { Content = new ByteArrayContent(body) };
        if (sent is not null)
            request.Headers.TryAddWithoutValidation("Revolut-Request-Timestamp", sent);
        if (signature is not null)
            request.Headers.TryAddWithoutValidation("Revolut-Signature", signature);
        using var response = await _http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("GET")]
    public async Task A_right_message_is_answered_with_an_empty_200(string method)
    {
        var body = """{"event":"ORDER_COMPLETED","order_id":"unknown"}"""u8.ToArray();
        var sent = Now();
        Assert.Equal((HttpStatusCode.OK, ""), await Send(body, sent, Sign(sent, body), method));
        Assert.Equal((HttpStatusCode.OK, ""), await Send(body, sent, $"v1=00,{Sign(sent, body)}", method));
    }

    [Fact]
    public async Task Wrong_signatures_and_times_are_refused()
    {
        var body = """{"event":"ORDER_COMPLETED","order_id":"unknown"}"""u8.ToArray();
        var sent = Now();
        (string? Sent, string? Signature)[] wrong =
        [
            (null, Sign(sent, body)), (sent, null), (null, null), ("", ""), (sent, ""), (sent, "v1="), (sent, Sign(sent, body, "another")), (sent, Sign(Now(TimeSpan.FromSeconds(1)), body)),
            (Now(TimeSpan.FromSeconds(-302)), Sign(Now(TimeSpan.FromSeconds(-302)), body)), (Now(TimeSpan.FromSeconds(330)), Sign(Now(TimeSpan.FromSeconds(330)), body)),
            ("99999999999999999999", Sign("99999999999999999999", body)), (sent[..10], Sign(sent[..10], body)), (sent, Sign(sent, [.. body, 32])),
        ];
        foreach (var (time, signature) in wrong)
        {
            var (status, text) = await Send(body, time, signature);
            Assert.Equal((signature, HttpStatusCode.BadRequest), (signature, status));
            Assert.Contains("\"error\"", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_large_body_is_refused()
    {
        var sent = Now();
        var most = Encoding.UTF8.GetBytes("\"" + new string('x', 256 * 1024 - 2) + "\"");
        Assert.Equal(HttpStatusCode.OK, (await Send(most, sent, Sign(sent, most))).Status);
        var larger = (byte[])[.. most, 32];
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await Send(larger, sent, Sign(sent, larger))).Status);
    }

    [Fact, Trait("Speed", "slow")]
    public async Task Random_headers_and_bodies_bring_no_5xx()
    {
        var random = new Random(20261122);
        var bad = new List<string>();
        for (var i = 0; i < 5_000; i++)
        {
            var body = Body(random);
            var sent = random.Next(4) == 0 ? Text(random) : Now();
            // Half of them are signed, so that the body itself is read.
            var signature = random.Next(2) == 0 ? Sign(sent, body) : $"{Text(random)}{(random.Next(2) == 0 ? "=" : ",")}{Text(random)}";
            var (status, text) = await Send(body, sent, signature);
            if (status != HttpStatusCode.OK && status != HttpStatusCode.BadRequest)
                bad.Add($"#{i} {(int)status} {text}");
        }
        Assert.Empty(bad.Take(5));

        static string Text(Random random)
        {
            const string Characters = "v1=,.; \t0123456789abcdef-+eE\u00e9\u00ff\u20ac\"{}";
            return string.Concat(Enumerable.Range(0, random.Next(80)).Select(_ => Characters[random.Next(Characters.Length)]));
        }

        static byte[] Body(Random random)
        {
            string[] values = ["\"ORDER_COMPLETED\"", "\"ORDER_CANCELLED\"", "\"x\"", "null", "1", "[]", "{}", "\"\\ud800\"", "\"\\u0000\"", "\"" + new string('y', 300) + "\"", "\"%00\""];
            var body = Encoding.UTF8.GetBytes($"{{\"event\":{values[random.Next(values.Length)]},\"order_id\":{values[random.Next(values.Length)]},\"merchant_order_ext_ref\":{values[random.Next(values.Length)]}}}");
            switch (random.Next(4))
            {
                case 0:
                    return body[..random.Next(body.Length)];
                case 1:
                    body[random.Next(body.Length)] = (byte)random.Next(256);
                    return body;
                case 2:
                    random.NextBytes(body);
                    return body;
                default:
                    return body;
            }
        }
    }

    [Fact]
    public async Task Raw_bytes_in_the_headers_do_not_end_the_process()
    {
        var random = new Random(7);
        for (var i = 0; i < 200; i++)
        {
            using var client = new System.Net.Sockets.TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, _shop.Address.Port);
            var noise = new byte[60];
            random.NextBytes(noise);
            for (var at = 0; at < noise.Length; at++)
            {
                if (noise[at] is 10 or 13 or 0)
                    noise[at] = 200;
            }
            byte[] request =
            [
                .. "POST /api/v1/webhook/revolut HTTP/1.1\r\nHost: x\r\nConnection: close\r\nRevolut-Request-Timestamp: "u8, .. Encoding.ASCII.GetBytes(Now()),
                .. "\r\nRevolut-Signature: v1="u8, .. noise, .. "\r\nContent-Length: 2\r\n\r\n{}"u8,
            ];
            await client.GetStream().WriteAsync(request);
            using var reader = new StreamReader(client.GetStream());
            Assert.StartsWith("HTTP/1.1 400", await reader.ReadToEndAsync(), StringComparison.Ordinal);
        }
    }
}
