using System.Net;
using System.Text.Json.Nodes;
using Lnvps.Core.Identity;
using Lnvps.Core.Pricing;
using Lnvps.Core.Time;
using Lnvps.Database.Notifications;
using Lnvps.Database.Subscriptions;
using Lnvps.Platform.Payments;
using Lnvps.Platform.Subscriptions;
using Microsoft.Extensions.Logging.Abstractions;
using static Lnvps.Api.Tests.Subscriptions.IpSpaceShop;

namespace Lnvps.Api.Tests.Subscriptions;

/// <summary>billing.md section 19, customer-api.md sections 6.26 to 6.31.</summary>
public sealed class SubscriptionTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Is_ordered_paid_and_gets_its_range(bool mariaDb)
    {
        await using var shop = await ApiShop.Start(mariaDb);
        using var customer = shop.NewCustomer();
        var (space, price) = await shop.AddSpace("198.51.100.0/24", 26);

        var order = Order(price);
        (order["name"], order["description"]) = ("My block", "for tests");
        var ordered = (await customer.Post("/api/v1/subscriptions", order)).Data;
        var id = ordered["id"]!.GetValue<uint>();
        Assert.Equal($$$"""
            {"id":{{{id}}},"name":"My block","description":"for tests","created":"{{{ordered["created"]}}}","expires":null,"is_active":false,"auto_renewal_enabled":true,"line_items":[{"id":{{{ordered["line_items"]![0]!["id"]}}},"subscription_id":{{{id}}},"name":"IP Range: /26 from 198.51.100.0/24","description":"/26 IP range from 198.51.100.0/24 block","price":{"currency":"USD","amount":4000},"setup_fee":{"currency":"USD","amount":2000},"configuration":{"ip_space_pricing_id":{{{price}}},"available_ip_space_id":{{{space}}},"prefix_size":26}}]}
            """.Trim(), ordered.ToJsonString());
        Assert.Equal(ordered.ToJsonString(), (await customer.Get($"/api/v1/subscriptions/{id}")).Data.ToJsonString());
        Assert.Empty(await customer.Ranges(id));

        var first = (await customer.Get($"/api/v1/subscriptions/{id}/renew")).Data;
        Assert.Equal(("Purchase", "lightning", "BTC", 60_000_000UL, false), (first["payment_type"]!.ToString(), first["payment_method"]!.ToString(),
            first["amount"]!["currency"]!.ToString(), first["amount"]!["amount"]!.GetValue<ulong>(), first["is_paid"]!.GetValue<bool>()));
        Assert.StartsWith("lnbcrt600u1", first["data"]!["lightning"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal(first["id"]!.ToString(), (await customer.Get($"/api/v1/subscriptions/{id}/renew?method=lightning")).Data["id"]!.ToString());

        await customer.PaySubscription(id);
        var paid = (await customer.Get($"/api/v1/subscriptions/{id}")).Data;
        var expires = Instant.From(paid["expires"]!.GetValue<DateTimeOffset>());
        Assert.True(paid["is_active"]!.GetValue<bool>());
        Assert.InRange(expires.SecondsSince(BillingInterval.Month.After(shop.Platform.Shop.Clock.Now, 1)!.Value), -30, 0);
        var range = Assert.Single((await customer.Get($"/api/v1/subscriptions/{id}/ip_ranges")).Data.AsArray())!;
        Assert.Equal(("198.51.100.0/26", true, null, "198.51.100.0/24"), (range["cidr"]!.ToString(), range["is_active"]!.GetValue<bool>(), range["ended_at"], range["parent_cidr"]!.ToString()));

        var second = await customer.PaySubscription(id);
        Assert.Equal(("Renewal", 40_000_000UL), (second["payment_type"]!.ToString(), second["amount"]!["amount"]!.GetValue<ulong>()));
        Assert.Equal(BillingInterval.Month.After(expires, 1), Instant.From((await customer.Get($"/api/v1/subscriptions/{id}")).Data["expires"]!.GetValue<DateTimeOffset>()));
        Assert.Equal([("198.51.100.0/26", true)], await customer.Ranges(id));
        var page = (await customer.Get($"/api/v1/subscriptions/{id}/payments?limit=1")).Json!;
        Assert.Equal((1, 2, 1, 0), (page["data"]!.AsArray().Count, page["total"]!.GetValue<int>(), page["limit"]!.GetValue<int>(), page["offset"]!.GetValue<int>()));
    }

    [Fact]
    public async Task Orders_are_refused_with_the_status_that_fits()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var (_, price) = await shop.AddSpace("198.51.100.0/24", 26);
        var (_, reserved) = await shop.AddSpace("203.0.113.0/24", 26, reserved: true);
        var (_, gone) = await shop.AddSpace("192.0.2.0/24", 26, available: false);
        var other = await shop.Platform.Shop.Db.Write(session => session.Insert("INSERT INTO company (name, email, base_currency) VALUES ('Other', '', 'USD')"), default);
        var (_, foreign) = await shop.AddSpace("2001:db8::/32", 48, company: other);
        var (_, pounds) = await shop.AddSpace("2001:db9::/32", 48, currency: "GBP");

        async Task Expect(HttpStatusCode status, JsonNode body, string? error = null)
        {
            var answer = await customer.Post("/api/v1/subscriptions", body);
            Assert.Equal((status, body.ToJsonString()), (answer.Status, body.ToJsonString()));
            if (error is not null)
                Assert.Equal(error, answer.Error);
        }
        JsonObject With(string key, JsonNode value)
        {
            var order = Order(price);
            order[key] = value;
            return order;
        }
        await Expect(HttpStatusCode.BadRequest, Order(), "At least one line item is required");
        await Expect(HttpStatusCode.NotFound, Order(9_999));
        await Expect(HttpStatusCode.NotFound, new JsonObject { ["line_items"] = new JsonArray(new JsonObject { ["type"] = "ip_range", ["ip_space_pricing_id"] = ulong.MaxValue }) });
        await Expect(HttpStatusCode.Conflict, Order(reserved), "IP space is not available for allocation");
        await Expect(HttpStatusCode.Conflict, Order(gone), "IP space is not available for allocation");
        await Expect(HttpStatusCode.BadRequest, Order(price, foreign), "All line items must belong to the same company");
        await Expect(HttpStatusCode.BadRequest, With("currency", "XYZ"));
        await Expect(HttpStatusCode.ServiceUnavailable, Order(price, pounds));
        await Expect(HttpStatusCode.BadRequest, With("name", new string('x', 201)));
        await Expect(HttpStatusCode.NotImplemented, new JsonObject { ["line_items"] = new JsonArray(new JsonObject { ["type"] = "asn_sponsoring", ["asn"] = 64_512 }) });
        await Expect(HttpStatusCode.NotImplemented, new JsonObject { ["line_items"] = new JsonArray(new JsonObject { ["type"] = "dns_hosting", ["domain"] = "example.com" }) });
        await Expect(HttpStatusCode.UnprocessableEntity, new JsonObject { ["line_items"] = new JsonArray(new JsonObject { ["type"] = "moon" }) });
        await Expect(HttpStatusCode.UnprocessableEntity, new JsonObject { ["line_items"] = new JsonArray(new JsonObject { ["type"] = "ip_range" }) });
        await Expect(HttpStatusCode.UnprocessableEntity, new JsonObject { ["line_items"] = new JsonArray(new JsonObject { ["ip_space_pricing_id"] = price }) });
        await Expect(HttpStatusCode.UnprocessableEntity, new JsonObject { ["name"] = "no lines" });
        Assert.Equal(0, (await customer.Get("/api/v1/subscriptions")).Json!["total"]!.GetValue<int>());
    }

    /// <summary>S1 and S3: lines of several currencies become one, and one conversion makes the invoice.</summary>
    [Fact]
    public async Task Prices_of_another_currency_are_converted_never_copied()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var (_, dollars) = await shop.AddSpace("198.51.100.0/24", 26, month: 10_000, setup: 5_000);
        var (_, euros) = await shop.AddSpace("203.0.113.0/24", 28, month: 9_500, setup: 0, currency: "EUR");

        var lines = (await customer.Post("/api/v1/subscriptions", Order(dollars, euros))).Data["line_items"]!.AsArray();
        Assert.Equal(["USD", "USD"], lines.Select(line => line!["price"]!["currency"]!.ToString()));
        Assert.Equal([10_000UL, 10_000UL], lines.Select(line => line!["price"]!["amount"]!.GetValue<ulong>()));

        var order = Order(dollars, euros);
        order["currency"] = "btc";
        var bitcoin = (await customer.Post("/api/v1/subscriptions", order)).Data;
        Assert.Equal([(100_000_000UL, 50_000_000UL), (100_000_000UL, 0UL)],
            bitcoin["line_items"]!.AsArray().Select(line => (line!["price"]!["amount"]!.GetValue<ulong>(), line["setup_fee"]!["amount"]!.GetValue<ulong>())));
        var payment = (await customer.Get($"/api/v1/subscriptions/{bitcoin["id"]}/renew")).Data;
        Assert.Equal(250_000_000UL, payment["amount"]!["amount"]!.GetValue<ulong>());
    }

    [Fact]
    public async Task Belongs_to_its_owner_and_is_listed_in_pages()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        using var stranger = shop.NewCustomer();
        var (_, price) = await shop.AddSpace("198.51.100.0/24", 28);
        var ids = new List<uint>();
        for (var i = 0; i < 3; i++)
            ids.Add(await customer.Subscribe(price));

        foreach (var path in new[] { "", "/renew", "/payments", "/ip_ranges" })
        {
            var answer = await stranger.Get($"/api/v1/subscriptions/{ids[0]}{path}");
            Assert.Equal((HttpStatusCode.Forbidden, "Access denied: not your subscription"), (answer.Status, answer.Error));
            Assert.Equal(HttpStatusCode.NotFound, (await customer.Get($"/api/v1/subscriptions/999{path}")).Status);
            Assert.Equal(HttpStatusCode.BadRequest, (await customer.Get($"/api/v1/subscriptions/x{path}")).Status);
        }
        var add = new JsonObject { ["ip_space_pricing_id"] = price };
        Assert.Equal(HttpStatusCode.NotImplemented, (await customer.Post($"/api/v1/subscriptions/{ids[0]}/ip_ranges", add)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await stranger.Post($"/api/v1/subscriptions/{ids[0]}/ip_ranges", add)).Status);

        var page = (await customer.Get("/api/v1/subscriptions?limit=2&offset=1")).Json!;
        Assert.Equal([ids[1], ids[2]], page["data"]!.AsArray().Select(row => row!["id"]!.GetValue<uint>()));
        Assert.Equal((3, 2, 1), (page["total"]!.GetValue<int>(), page["limit"]!.GetValue<int>(), page["offset"]!.GetValue<int>()));
        Assert.Equal(0, (await stranger.Get("/api/v1/subscriptions")).Json!["total"]!.GetValue<int>());
        foreach (var (query, status, limit) in new[] { ("", 200, 50), ("?limit=1000", 200, 100), ("?limit=0", 200, 0), ("?limit=-1", 400, 0), ("?offset=", 400, 0), ("?limit=a", 400, 0) })
        {
            var answer = await customer.Get($"/api/v1/subscriptions{query}");
            Assert.Equal((query, status), (query, (int)answer.Status));
            if (status == 200)
                Assert.Equal((limit, 3, Math.Min(limit, 3)), (answer.Json!["limit"]!.GetValue<int>(), answer.Json["total"]!.GetValue<int>(), answer.Json["data"]!.AsArray().Count));
        }
    }

    [Fact]
    public async Task Methods_of_payment_are_refused_as_for_a_vm()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var (space, price) = await shop.AddSpace("198.51.100.0/24", 28);
        var id = await customer.Subscribe(price);
        foreach (var (method, status) in new[] { ("nwc", 400), ("revolut", 400), ("paypal", 501), ("stripe", 501), ("cash", 400) })
            Assert.Equal((method, status), (method, (int)(await customer.Get($"/api/v1/subscriptions/{id}/renew?method={method}")).Status));
        await shop.Platform.Shop.Db.Write(session => session.Execute("DELETE FROM subscription_line_item"), default);
        Assert.Equal(HttpStatusCode.BadRequest, (await customer.Get($"/api/v1/subscriptions/{id}/renew")).Status);
        Assert.NotEqual(0u, space);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Many_first_payments_at_once_never_share_an_address(bool mariaDb)
    {
        await using var shop = await ApiShop.Start(mariaDb);
        using var customer = shop.NewCustomer();
        var (_, small) = await shop.AddSpace("192.0.2.0/24", 28);
        var (_, large) = await shop.AddSpace("198.51.100.0/24", 26);
        var payments = new List<JsonNode>();
        for (var i = 0; i < 20; i++)
            payments.Add((await customer.Get($"/api/v1/subscriptions/{await customer.Subscribe(i % 5 == 0 ? [small, large] : [small])}/renew")).Data);

        var completions = await Task.WhenAll(payments.SelectMany(payment => Enumerable.Range(0, 2).Select(_ => Task.Run(() => shop.Platform.Completion.Settle(IdOf(payment), null, default)))));

        Assert.Equal(20, completions.Count(completion => completion == Completion.Completed));
        var cidrs = await shop.Platform.Shop.Db.Read(session => session.List<string>("SELECT cidr FROM ip_range_subscription WHERE is_active = 1"), default);
        // Sixteen of the small ones exist, and four of the large.
        Assert.Equal(20, cidrs.Count);
        Assert.Equal(20, cidrs.Distinct().Count());
        Assert.Equal(4, cidrs.Count(cidr => cidr.EndsWith("/26", StringComparison.Ordinal)));
        // Who came too late is active, told of, and served as soon as there is one.
        var told = await shop.Platform.Shop.Db.Read(session => session.ListNotifications(null, default), default);
        Assert.Equal(4, told.Count(message => message.Title.StartsWith("No address range for subscription", StringComparison.Ordinal)));
        Assert.Equal(20, await shop.Platform.Shop.Db.Read(session => session.Scalar<long>("SELECT COUNT(*) FROM subscription WHERE is_active = 1"), default));

        var lucky = await shop.Platform.Shop.Db.Read(session => session.Find<uint>("""
            SELECT MIN(l.subscription_id) FROM ip_range_subscription r JOIN subscription_line_item l ON l.id = r.subscription_line_item_id WHERE r.cidr LIKE '192.%'
            """), default);
        await shop.Platform.Shop.Db.Write(session => session.EndAllocations(new SubscriptionId(lucky), shop.Platform.Shop.Clock.Now, default), default);
        await shop.Platform.Shop.Db.Write(session => session.Execute("UPDATE subscription SET is_active = 0 WHERE id = @lucky", new { lucky }), default);
        await Round(shop);
        Assert.Equal(16, await shop.Platform.Shop.Db.Read(session =>
            session.Scalar<long>("SELECT COUNT(*) FROM ip_range_subscription WHERE is_active = 1 AND cidr LIKE '192.%'"), default));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Lapsed_it_loses_its_range_and_gets_the_same_back_while_that_is_free(bool mariaDb)
    {
        await using var shop = await ApiShop.Start(mariaDb);
        using var customer = shop.NewCustomer();
        using var other = shop.NewCustomer();
        var (_, price) = await shop.AddSpace("192.0.2.0/25", 26);
        var (first, second) = (await customer.Subscribe(price), await customer.Subscribe(price));
        await customer.PaySubscription(first);
        await customer.PaySubscription(second);
        Assert.Equal([("192.0.2.64/26", true)], await customer.Ranges(second));
        await Expire(shop, second, 60);
        await Expire(shop, first, 60);
        Assert.Equal([("192.0.2.64/26", false)], await customer.Ranges(second));

        // Nobody took it: renewed, the second has it again, although the first's is lower.
        await customer.PaySubscription(second);
        Assert.Equal([("192.0.2.64/26", true)], await customer.Ranges(second));

        // The first's is the only free one; somebody takes it over.
        var third = await other.Subscribe(price);
        await other.PaySubscription(third);
        Assert.Equal([("192.0.2.0/26", true)], await other.Ranges(third));
        Assert.Empty(await customer.Ranges(first));
        await customer.PaySubscription(first);
        Assert.Empty(await customer.Ranges(first));
        Assert.True((await customer.Get($"/api/v1/subscriptions/{first}")).Data["is_active"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Its_owner_is_told_before_at_and_after_its_end_once_each()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var (_, price) = await shop.AddSpace("192.0.2.0/24", 26);
        var id = await customer.Subscribe(price);
        await customer.PaySubscription(id);
        await Round(shop);
        Assert.Empty(await Titles(shop));

        await SetExpires(shop, id, 86_000);
        await Round(shop);
        await Round(shop);
        Assert.Equal([$"[Subscription{id}] Expiring Soon"], await Titles(shop));
        await Expire(shop, id, 0);
        await Round(shop);
        Assert.Equal([$"[Subscription{id}] Expired", $"[Subscription{id}] Expiring Soon"], await Titles(shop));
        Assert.True((await customer.Get($"/api/v1/subscriptions/{id}")).Data["is_active"]!.GetValue<bool>());
        await Expire(shop, id, 3 * 86_400);
        await Round(shop);
        Assert.False((await customer.Get($"/api/v1/subscriptions/{id}")).Data["is_active"]!.GetValue<bool>());
        Assert.Contains($"[Subscription{id}] Ended", await Titles(shop));

        await customer.PaySubscription(id);
        Assert.True((await customer.Get($"/api/v1/subscriptions/{id}")).Data["is_active"]!.GetValue<bool>());
        Assert.Equal([("192.0.2.0/26", true)], await customer.Ranges(id));
    }

    [Fact]
    public async Task A_second_first_payment_counts_as_a_month_and_its_setup_fee_is_reported()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var (_, price) = await shop.AddSpace("192.0.2.0/24", 26);
        var id = await customer.Subscribe(price);
        var first = (await customer.Get($"/api/v1/subscriptions/{id}/renew")).Data;
        await shop.Platform.Shop.Db.Write(session => session.Execute("UPDATE subscription_payment SET expires = created"), default);
        var second = (await customer.Get($"/api/v1/subscriptions/{id}/renew")).Data;
        Assert.NotEqual(first["id"]!.ToString(), second["id"]!.ToString());

        Assert.Equal(Completion.Completed, await shop.Platform.Completion.Settle(IdOf(second), null, default));
        var expires = Instant.From((await customer.Get($"/api/v1/subscriptions/{id}")).Data["expires"]!.GetValue<DateTimeOffset>());
        Assert.Equal(Completion.Completed, await shop.Platform.Completion.Settle(IdOf(first), null, default));
        Assert.Equal(Completion.CompletedBefore, await shop.Platform.Completion.Settle(IdOf(first), null, default));
        Assert.Equal(BillingInterval.Month.After(expires, 1), Instant.From((await customer.Get($"/api/v1/subscriptions/{id}")).Data["expires"]!.GetValue<DateTimeOffset>()));
        var told = await shop.Platform.Shop.Db.Read(session => session.ListNotifications(null, default), default);
        Assert.Contains(first["id"]!.ToString(), Assert.Single(told, message => message.Title == $"Setup of subscription {id} paid twice").Message, StringComparison.Ordinal);
    }

    /// <summary>The stream is the listener's; here nothing but the sweep notices.</summary>
    [Fact]
    public async Task The_sweep_alone_finds_a_paid_subscription()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var (_, price) = await shop.AddSpace("192.0.2.0/24", 26);
        var id = await customer.Subscribe(price);
        var listener = shop.Platform.BackgroundServices.OfType<SettlementListener>().Single();
        await listener.StopAsync(default);
        var payment = (await customer.Get($"/api/v1/subscriptions/{id}/renew")).Data;
        Assert.True((await shop.Platform.Development!.Node.Pay(payment["data"]!["lightning"]!.ToString(), default)).IsOk);

        Assert.Equal(1, await listener.Sweep(default));
        Assert.Equal(0, await listener.Sweep(default));
        Assert.True((await customer.Get($"/api/v1/subscriptions/{id}")).Data["is_active"]!.GetValue<bool>());
    }

    static Task Round(ApiShop shop) => new CheckSubscriptions(shop.Platform.Shop, NullLogger<CheckSubscriptions>.Instance).Round(default);

    static async Task Expire(ApiShop shop, uint id, int secondsAgo)
    {
        await SetExpires(shop, id, -secondsAgo);
        await Round(shop);
    }

    static Task SetExpires(ApiShop shop, uint id, int fromNow) => shop.Platform.Shop.Db.Write(session =>
        session.Execute("UPDATE subscription SET expires = @at WHERE id = @id", new { id, at = shop.Platform.Shop.Clock.Now.PlusSeconds(fromNow) }), default);

    static async Task<List<string>> Titles(ApiShop shop) =>
        [.. (await shop.Platform.Shop.Db.Read(session => session.List<string>("SELECT title FROM notification WHERE user_id IS NOT NULL ORDER BY title"), default))];
}
