using System.Net;
using System.Net.Sockets;
using System.Text;
using Lnvps.Core.Time;
using Lnvps.Nostr.HttpAuth;

namespace Lnvps.Api.Tests.Http;

/// <summary>
/// What the web server refuses before any layer of ours sees a request: a clear 4xx and the end of the connection, without a body. What got as far as a request
/// (such as a body that is too large) is answered with the error envelope.
/// </summary>
public class ServerLimitsTests
{
    [Fact]
    public async Task What_is_no_HTTP_or_too_large_gets_a_clear_4xx()
    {
        await using var shop = await ApiShop.Start();
        Assert.Equal("HTTP/1.1 414 ", await FirstOf(shop, $"GET /{new string('a', 9000)} HTTP/1.1\r\nHost: x\r\n\r\n"));
        Assert.Equal("HTTP/1.1 431 ", await FirstOf(shop, $"GET / HTTP/1.1\r\nHost: x\r\nX-Large: {new string('a', 40_000)}\r\n\r\n"));
        Assert.Equal("HTTP/1.1 431 ", await FirstOf(shop, $"GET / HTTP/1.1\r\nHost: x\r\n{string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: a\r\n"))}\r\n"));
        Assert.Equal("HTTP/1.1 400 ", await FirstOf(shop, "GET / HTTP/1.1\r\n\r\n"));
        Assert.Equal("HTTP/1.1 400 ", await FirstOf(shop, "hello?\r\n\r\n"));
        Assert.Equal("HTTP/1.1 413 ", await FirstOf(shop, "POST /api/dev/v1/clock HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 3000000\r\n\r\n{"));

        using var customer = shop.NewCustomer();
        Assert.Equal(HttpStatusCode.OK, (await customer.Get("/api/v1/vm")).Status);
    }

    [Fact]
    public async Task A_body_is_limited_before_it_is_read_for_its_hash()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        // The limit is passed with the very last byte, so that all has been read when the answer comes.
        var body = new byte[(2 * 1024 * 1024) + 1];
        var url = new Uri(shop.Address, "/api/v1/ssh-key").AbsoluteUri;
        var authorization = Nip98.Sign(customer.Key, "POST", url, Instant.From(TimeProvider.System.GetUtcNow()), body);
        const string Head = "POST /api/v1/ssh-key HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

        var chunked = new StringBuilder($"{Head}Authorization: {authorization}\r\nTransfer-Encoding: chunked\r\n\r\n");
        foreach (var chunk in body.Chunk(64 * 1024))
            chunked.Append(System.Globalization.CultureInfo.InvariantCulture, $"{chunk.Length:x}\r\n{Encoding.ASCII.GetString(chunk)}\r\n");
        Assert.Equal("HTTP/1.1 413 ", await FirstOf(shop, chunked.ToString()));

        Assert.Equal("HTTP/1.1 413 ", await FirstOf(shop, $"{Head}Content-Length: {body.Length}\r\n\r\n"));
        Assert.Equal("HTTP/1.1 413 ", await FirstOf(shop, $"{Head}Authorization: {authorization}\r\nContent-Length: {body.Length}\r\n\r\n"));
    }

    [Fact]
    public async Task A_client_that_sends_all_of_a_body_that_is_too_large_gets_the_answer_and_keeps_its_connection()
    {
        await using var shop = await ApiShop.Start();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, shop.Address.Port, limit.Token);
        var body = new byte[3_000_000];
        for (var i = 0; i < 20; i++)
        {
            await client.GetStream().WriteAsync(
                Encoding.ASCII.GetBytes($"POST /api/dev/v1/clock HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"), limit.Token);
            await client.GetStream().WriteAsync(body, limit.Token);
            using var reader = new StreamReader(client.GetStream(), Encoding.ASCII, detectEncodingFromByteOrderMarks: false, 1024, leaveOpen: true);
            Assert.Equal("HTTP/1.1 413 Payload Too Large", await reader.ReadLineAsync(limit.Token));
            var length = 0;
            while (await reader.ReadLineAsync(limit.Token) is { Length: > 0 } header)
            {
                if (header.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase))
                    length = int.Parse(header["Content-Length: ".Length..], System.Globalization.CultureInfo.InvariantCulture);
            }
            var error = new char[length];
            Assert.Equal(length, await reader.ReadBlockAsync(error, limit.Token));
            Assert.Contains("body_too_large", new string(error), StringComparison.Ordinal);
        }
    }

    static async Task<string> FirstOf(ApiShop shop, string request)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, shop.Address.Port, limit.Token);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), limit.Token);
        var answer = new byte[13];
        await client.GetStream().ReadExactlyAsync(answer, limit.Token);
        return Encoding.ASCII.GetString(answer);
    }
}
