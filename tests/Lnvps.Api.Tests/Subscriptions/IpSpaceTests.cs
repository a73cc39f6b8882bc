using System.Net;
using Lnvps.Core.Time;

namespace Lnvps.Api.Tests.Subscriptions;

/// <summary>customer-api.md section 6.32.</summary>
public sealed class IpSpaceTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Lists_what_is_on_sale_without_telling_the_block(bool mariaDb)
    {
        await using var shop = await ApiShop.Start(mariaDb);
        using var anyone = shop.NewCustomer();
        var (old, price) = await shop.AddSpace("198.51.100.0/22", 26, largest: 22, smallest: 26, created: Instant.Utc(2025, 1, 1));
        var (young, _) = await shop.AddSpace("2001:db8::/32", 48, currency: "EUR", largest: 32, smallest: 48);
        await shop.AddSpace("203.0.113.0/24", 26, reserved: true);
        var (hidden, _) = await shop.AddSpace("192.0.2.0/24", 26, available: false);
        await shop.Platform.Shop.Db.Write(session => session.Execute(
            "INSERT INTO ip_space_pricing (available_ip_space_id, prefix_size, price_per_month, currency, setup_fee, created) VALUES (@old, 24, 1, 'XXX', 0, '2025-01-01 00:00:00'), (@old, 25, 7000, 'USD', 0, '2025-01-01 00:00:00')",
            new { old }), default);

        var answer = await anyone.Send(HttpMethod.Get, "/api/v1/ip_space", null, sign: false);
        Assert.Equal((2, 50, 0), (answer.Json!["total"]!.GetValue<int>(), answer.Json["limit"]!.GetValue<int>(), answer.Json["offset"]!.GetValue<int>()));
        Assert.Equal([young, old], answer.Data.AsArray().Select(space => space!["id"]!.GetValue<uint>()));
        Assert.DoesNotContain("198.51", answer.Json.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("ipv6", answer.Data[0]!["ip_version"]!.ToString());

        var detail = (await anyone.Send(HttpMethod.Get, $"/api/v1/ip_space/{old}", null, sign: false)).Data;
        Assert.Equal(answer.Data[1]!.ToJsonString(), detail.ToJsonString());
        Assert.Equal((26, 22, "ripe", "ipv4"), (detail["min_prefix_size"]!.GetValue<int>(), detail["max_prefix_size"]!.GetValue<int>(), detail["registry"]!.ToString(), detail["ip_version"]!.ToString()));
        // By size; the price in a currency that nobody knows is left out.
        Assert.Equal([25, 26], detail["pricing"]!.AsArray().Select(row => row!["prefix_size"]!.GetValue<int>()));
        Assert.Equal($$$"""
            {"id":{{{price}}},"prefix_size":26,"price":{"currency":"USD","amount":4000},"setup_fee":{"currency":"USD","amount":2000},"other_price":[{"currency":"BTC","amount":40000000},{"currency":"EUR","amount":3800}],"other_setup_fee":[{"currency":"BTC","amount":20000000},{"currency":"EUR","amount":1900}]}
            """.Trim(), detail["pricing"]![1]!.ToJsonString());

        Assert.Equal((HttpStatusCode.NotFound, "IP space not available"), await Error(anyone, $"/api/v1/ip_space/{hidden}"));
        Assert.Equal((HttpStatusCode.NotFound, "IP space not available"), await Error(anyone, "/api/v1/ip_space/999"));
        Assert.Equal(HttpStatusCode.BadRequest, (await Error(anyone, "/api/v1/ip_space/x")).Status);
        var page = await anyone.Send(HttpMethod.Get, "/api/v1/ip_space?limit=1&offset=1", null, sign: false);
        Assert.Equal((old, 2), (page.Data[0]!["id"]!.GetValue<uint>(), page.Json!["total"]!.GetValue<int>()));
    }

    static async Task<(HttpStatusCode Status, string Error)> Error(ApiCustomer anyone, string path)
    {
        var answer = await anyone.Send(HttpMethod.Get, path, null, sign: false);
        return (answer.Status, answer.Error);
    }
}
