using System.Net;

namespace Lnvps.Api.Tests.Http;

/// <summary>Headers of every answer, and rate limits (customer-api.md sections 3.1 to 3.3).</summary>
public class HeadersTests
{
    [Fact]
    public async Task Every_answer_carries_the_security_and_cross_origin_headers()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();

        foreach (var answer in new[]
        {
            await customer.Get("/api/v1/vm"), await customer.Get("/api/v1/nothing"), await customer.Get("/api/v1/vm/x"), await customer.Send(HttpMethod.Get, "/api/v1/image", null, sign: false),
            await customer.Send(HttpMethod.Get, "/api/v1/vm", null, sign: false), await customer.Send(HttpMethod.Delete, "/api/v1/vm", null),
        })
        {
            Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
            Assert.Equal("DENY", answer.Header("X-Frame-Options"));
            Assert.Equal("no-referrer", answer.Header("Referrer-Policy"));
            Assert.Equal("*", answer.Header("Access-Control-Allow-Origin"));
            Assert.Equal("*", answer.Header("Access-Control-Expose-Headers"));
            Assert.Null(answer.Header("Access-Control-Allow-Credentials"));
        }
        Assert.Equal("no-store", (await customer.Get("/api/v1/vm")).Header("Cache-Control"));
        Assert.Equal("no-store", (await customer.Send(HttpMethod.Get, "/api/v1/vm", null, sign: false)).Header("Cache-Control"));
        Assert.Null((await customer.Send(HttpMethod.Get, "/api/v1/image", null, sign: false)).Header("Cache-Control"));
    }

    [Fact]
    public async Task A_preflight_is_answered_on_any_path()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        foreach (var path in new[] { "/api/v1/vm", "/api/v1/nothing", "/api/v1/vm/1/renew" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Options, path);
            request.Headers.Add("Origin", "null");
            request.Headers.Add("Access-Control-Request-Method", "PATCH");
            request.Headers.Add("Access-Control-Request-Headers", "authorization, content-type, idempotency-key");
            using var response = await customer.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("authorization, content-type, idempotency-key", response.Headers.GetValues("Access-Control-Allow-Headers").Single());
            Assert.Contains("PATCH", response.Headers.GetValues("Access-Control-Allow-Methods").Single(), StringComparison.Ordinal);
            Assert.Equal("", await response.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Calls_without_an_account_are_limited_by_address()
    {
        await using var shop = await ApiShop.Start(rateLimit: true);
        using var visitor = shop.NewCustomer();

        async Task<HttpResponseMessage> Call(string path, string? forwarded = null, string? real = null)
        {
            using var request = new HttpRequestMessage(path == "/api/v1/contact" ? HttpMethod.Post : HttpMethod.Get, path);
            if (forwarded is not null)
                request.Headers.TryAddWithoutValidation("X-Forwarded-For", forwarded);
            if (real is not null)
                request.Headers.TryAddWithoutValidation("X-Real-IP", real);
            return await visitor.Http.SendAsync(request);
        }

        // Ten a minute over the strict paths together; what the client claims further left changes nothing.
        var strict = new[] { "/api/v1/contact", "/.well-known/lnurlp/1", "/api/v1/vm/1/renew-lnurlp" };
        for (var i = 0; i < 10; i++)
        {
            using var fine = await Call(strict[i % 3], $"203.0.113.{i}, 198.51.100.7");
            Assert.NotEqual(HttpStatusCode.TooManyRequests, fine.StatusCode);
        }
        using var refused = await Call(strict[0], "192.0.2.1, 198.51.100.7");
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Contains("\"rate_limited\"", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("*", refused.Headers.GetValues("Access-Control-Allow-Origin").Single());
        // Others are not affected: another address, by either header, and the ordinary paths.
        Assert.NotEqual(HttpStatusCode.TooManyRequests, (await Call(strict[0], "198.51.100.8")).StatusCode);
        Assert.NotEqual(HttpStatusCode.TooManyRequests, (await Call(strict[0], real: "198.51.100.9")).StatusCode);
        Assert.NotEqual(HttpStatusCode.TooManyRequests, (await Call(strict[0])).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Call("/api/v1/image", "198.51.100.7")).StatusCode);

        // Six hundred a minute of anything, also without any header.
        var last = HttpStatusCode.OK;
        for (var i = 0; i < 605; i++)
        {
            using var answer = await Call("/api/v1/payment/methods");
            last = answer.StatusCode;
        }
        Assert.Equal(HttpStatusCode.TooManyRequests, last);
    }
}
