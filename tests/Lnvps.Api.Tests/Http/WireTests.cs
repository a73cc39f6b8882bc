using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Lnvps.Api.Tests.Http;

/// <summary>What every answer has in common, whatever the endpoint (customer-api.md sections 1.1, 2.1, 3.1 and 3.2).</summary>
public class WireTests
{
    [Theory]
    [InlineData("GET", "/api/v1/vm/custom-template", "POST")]
    [InlineData("PATCH", "/api/v1/vm/custom-template", "POST")]
    [InlineData("PATCH", "/api/v1/vm/templates", "GET, HEAD")]
    [InlineData("POST", "/api/v1/payment/methods", "GET, HEAD")]
    [InlineData("DELETE", "/api/v1/vm", "GET, HEAD, POST")]
    public async Task A_path_that_is_spelt_out_is_never_an_id(string method, string path, string allowed)
    {
        await using var shop = await ApiShop.Start();
        using var http = Client(shop);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await http.SendAsync(request);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(allowed.Split(", ").Order(StringComparer.Ordinal), answer.Content.Headers.Allow.Order(StringComparer.Ordinal));
        Assert.NotNull(JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]);
    }

    [Theory]
    [InlineData("Authorization: Nostr \xff\xfe", "/api/v1/vm", 403)]
    [InlineData("Authorization: \xc3\xa9", "/api/v1/vm", 403)]
    [InlineData("Authorization: Nostr \xff", "/api/v1/image", 200)]
    [InlineData("X-Forwarded-For: \xff\xfe", "/api/v1/image", 200)]
    [InlineData("Revolut-Signature: v1=\xff", "/api/v1/image", 200)]
    public async Task Bytes_that_are_no_text_in_a_header_are_ignored_or_refused_with_an_error(string header, string path, int status)
    {
        await using var shop = await ApiShop.Start();
        var bytes = Encoding.Latin1.GetBytes($"GET {path} HTTP/1.1\r\nHost: x\r\n{header}\r\nConnection: close\r\n\r\n");
        var answer = await Raw(shop, bytes);

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains(status == 200 ? "\"data\"" : "\"error\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_preflight_echoes_names_only_and_needs_nothing()
    {
        await using var shop = await ApiShop.Start();
        foreach (var path in new[] { "/api/v1/vm", "/api/v1/vm/1/renew", "/nowhere", "/" })
        {
            var answer = await Raw(shop, Encoding.Latin1.GetBytes(
                $"OPTIONS {path} HTTP/1.1\r\nHost: x\r\nOrigin: null\r\nAccess-Control-Request-Method: PATCH\r\nAccess-Control-Request-Headers: authorization, content-type\r\nConnection: close\r\n\r\n"));
            Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
            Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
            Assert.Contains("Access-Control-Allow-Origin: *\r\n", answer, StringComparison.Ordinal);
            Assert.Contains("Access-Control-Allow-Headers: authorization, content-type\r\n", answer, StringComparison.Ordinal);
            Assert.Contains("PATCH", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("Access-Control-Allow-Credentials", answer, StringComparison.OrdinalIgnoreCase);
        }
        var odd = await Raw(shop, Encoding.Latin1.GetBytes(
            "OPTIONS / HTTP/1.1\r\nHost: x\r\nAccess-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: \xff\r\nConnection: close\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 200 ", odd, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/v1/image", false)]
    [InlineData("/api/v1/vm", true)]
    [InlineData("/nowhere", false)]
    [InlineData("/", false)]
    [InlineData("/api/v1/vm/x", true)]
    public async Task Every_answer_may_be_read_by_any_page_and_is_guarded(string path, bool needsKey)
    {
        await using var shop = await ApiShop.Start();
        using var http = Client(shop);
        using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal(["*"], answer.Headers.GetValues("Access-Control-Allow-Origin"));
        Assert.Equal(["*"], answer.Headers.GetValues("Access-Control-Expose-Headers"));
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
        Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
        Assert.Equal(["DENY"], answer.Headers.GetValues("X-Frame-Options"));
        Assert.Equal(["no-referrer"], answer.Headers.GetValues("Referrer-Policy"));
        Assert.Equal(needsKey, answer.Headers.CacheControl?.NoStore ?? false);
    }

    [Theory]
    [InlineData("/api/v1/image")]
    [InlineData("/api/v1/vm/templates")]
    [InlineData("/")]
    public async Task HEAD_answers_as_GET_without_the_body(string path)
    {
        await using var shop = await ApiShop.Start();
        using var http = Client(shop);
        using var got = await http.GetAsync(new Uri(path, UriKind.Relative));
        using var request = new HttpRequestMessage(HttpMethod.Head, path);
        using var head = await http.SendAsync(request);

        Assert.Equal((got.StatusCode, got.Content.Headers.ContentType), (head.StatusCode, head.Content.Headers.ContentType));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    static HttpClient Client(ApiShop shop) => new(new SocketsHttpHandler()) { BaseAddress = shop.Address, Timeout = TimeSpan.FromSeconds(30) };

    static async Task<string> Raw(ApiShop shop, byte[] request)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, shop.Address.Port, limit.Token);
        await client.GetStream().WriteAsync(request, limit.Token);
        using var answer = new MemoryStream();
        await client.GetStream().CopyToAsync(answer, limit.Token);
        return Encoding.Latin1.GetString(answer.ToArray());
    }
}
