using System.Net;
using System.Text.Json.Nodes;
using Lnvps.Api.Tests.Subscriptions;
using Lnvps.Testing.Payments;

namespace Lnvps.Api.Tests.Payments;

/// <summary>Card payments over the whole program (billing.md sections 7, 9 and 14; customer-api.md sections 6.20, 6.25 and 9.1).</summary>
public sealed class RevolutTests : IAsyncLifetime
{
    RevolutSimulator _revolut = null!;

    public async Task InitializeAsync() => _revolut = await RevolutSimulator.Start();

    public async Task DisposeAsync() => await _revolut.DisposeAsync();

    async Task<ApiShop> Shop(bool mariaDb = false, string extra = "", string rates = "{EUR: 95000, USD: 100000}")
    {
        var shop = await ApiShop.Start(mariaDb, _revolut.Yaml + "\n" + extra, rates);
        for (var i = 0; _revolut.Webhooks.Count == 0 || !await HasSecret(shop); i++)
        {
            Assert.True(i < 500, "no webhook was registered");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
        return shop;
    }

    static async Task<bool> HasSecret(ApiShop shop) => (await shop.Text("SELECT config FROM payment_method_config WHERE payment_method = 1")).Contains("webhook_secret", StringComparison.Ordinal);

    static Task<Answer> Renew(ApiCustomer customer, uint vm, string more = "") => customer.Get($"/api/v1/vm/{vm}/renew?method=revolut{more}");

    static async Task<(uint Vm, JsonNode Payment, string Order)> Offer(ApiShop shop, ApiCustomer customer)
    {
        var vm = await customer.Order();
        var payment = (await Renew(customer, vm)).Data;
        return (vm, payment, await OrderOf(shop, payment));
    }

    static Task<string> OrderOf(ApiShop shop, JsonNode payment) =>
        shop.Text("SELECT external_id FROM vm_payment WHERE id = @id", new { id = Core.Identity.PaymentId.TryParse(payment["id"]!.GetValue<string>(), out var id) ? id : default });

    static async Task<bool> IsPaid(ApiCustomer customer, JsonNode payment) =>
        (await customer.Get($"/api/v1/payment/{payment["id"]}")).Data["is_paid"]!.GetValue<bool>();

    static ulong Amount(JsonNode payment, string name) => payment[name]!.GetValue<ulong>();

    [Theory, InlineData(false), InlineData(true), Trait("Speed", "slow")]
    public async Task A_card_pays_for_a_machine(bool mariaDb)
    {
        await using var shop = await Shop(mariaDb, "tax-rate: {IE: 23}");
        await shop.Execute("UPDATE payment_method_config SET processing_fee_rate = 1, processing_fee_base = 20, processing_fee_currency = 'EUR' WHERE payment_method = 1");
        using var customer = shop.NewCustomer();
        await customer.Patch("/api/v1/account", new JsonObject { ["country_code"] = "IRL" });
        var (vm, payment, order) = await Offer(shop, customer);

        // What is charged: net + tax + the gross-up of the fee, in the currency of the list.
        var gross = Amount(payment, "amount") + Amount(payment, "tax");
        Assert.Equal(Amount(payment, "amount") * 23 / 100, Amount(payment, "tax"));
        Assert.Equal((gross + 98) / 99 + 21, Amount(payment, "processing_fee"));
        Assert.Equal("EUR", payment["currency"]!.GetValue<string>());
        Assert.Equal(gross + Amount(payment, "processing_fee"), Amount(payment, "total"));
        Assert.Equal(Amount(payment, "total"), _revolut.Order(order)["amount"]!.GetValue<ulong>());
        Assert.Equal("EUR", _revolut.Order(order)["currency"]!.GetValue<string>());
        Assert.StartsWith($"VM renewal {vm} to ", _revolut.Order(order)["description"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal($"{{\"revolut\":{{\"token\":\"token-{order}\"}}}}", payment["data"]!.ToJsonString());
        Assert.Null(payment["exchange_rate"]);
        Assert.Equal(3600, (payment["expires"]!.GetValue<DateTimeOffset>() - payment["created"]!.GetValue<DateTimeOffset>()).TotalSeconds);

        // Asked again, the same order; other terms or another method, another one.
        Assert.Equal(payment.ToJsonString(), (await Renew(customer, vm)).Data.ToJsonString());
        Assert.NotEqual(payment["id"]!.ToString(), (await Renew(customer, vm, "&intervals=3")).Data["id"]!.ToString());
        Assert.NotEqual(payment["id"]!.ToString(), (await customer.Get($"/api/v1/vm/{vm}/renew")).Data["id"]!.ToString());
        Assert.Equal(2, _revolut.Orders.Count);

        _revolut.Pay(order);
        Assert.Equal(HttpStatusCode.OK, await _revolut.Deliver(shop.Address, order));
        Assert.True(await IsPaid(customer, payment));
        await customer.Until(vm, "running");
        var history = (await customer.Get($"/api/v1/vm/{vm}/history")).Data.ToJsonString();
        Assert.Contains("payment_received", history, StringComparison.Ordinal);
        Assert.Contains(order, history, StringComparison.Ordinal);
        // The completed order is kept instead; its checkout is over.
        Assert.Equal("""{"revolut":{"token":""}}""", (await customer.Get($"/api/v1/payment/{payment["id"]}")).Data["data"]!.ToJsonString());
    }

    [Fact]
    public async Task It_is_completed_once_however_often_and_in_whatever_order_messages_come()
    {
        await using var shop = await Shop();
        using var customer = shop.NewCustomer();
        var (vm, payment, order) = await Offer(shop, customer);

        // Too early, cancelled by mistake, unknown: nothing is credited.
        Assert.Equal(HttpStatusCode.OK, await _revolut.Deliver(shop.Address, order));
        Assert.Equal(HttpStatusCode.OK, await _revolut.Deliver(shop.Address, order, "ORDER_AUTHORISED"));
        Assert.Equal(HttpStatusCode.OK, await _revolut.Deliver(shop.Address, order, "ORDER_OF_THE_GARTER"));
        Assert.Equal(HttpStatusCode.OK, await _revolut.Deliver(shop.Address, "no-such-order"));
        Assert.False(await IsPaid(customer, payment));

        _revolut.Pay(order);
        Assert.Equal(HttpStatusCode.OK, await _revolut.Deliver(shop.Address, order, "ORDER_CANCELLED"));
        var statuses = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _revolut.Deliver(shop.Address, order)));
        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.OK, status));
        var view = (await customer.Get($"/api/v1/vm/{vm}")).Data;
        var added = (view["expires"]!.GetValue<DateTimeOffset>() - view["created"]!.GetValue<DateTimeOffset>()).TotalSeconds;
        Assert.InRange(added, Amount(payment, "time"), Amount(payment, "time") + 30);

        // Late and doubled messages, and the sweep, change nothing any more.
        await _revolut.Deliver(shop.Address, order, "ORDER_CANCELLED");
        await _revolut.Deliver(shop.Address, order);
        Assert.Equal(0, await shop.Platform.Revolut.Sweep.Sweep(default));
        Assert.Equal(view["expires"]!.ToString(), (await customer.Get($"/api/v1/vm/{vm}")).Data["expires"]!.ToString());
        Assert.True(await IsPaid(customer, payment));
    }

    [Fact]
    public async Task The_country_of_the_card_is_kept_for_a_customer_without_one()
    {
        await using var shop = await Shop();
        using var customer = shop.NewCustomer();
        var (vm, _, order) = await Offer(shop, customer);
        _revolut.Pay(order, cardCountry: "GB");
        await _revolut.Deliver(shop.Address, order);
        Assert.Equal("GBR", (await customer.Get("/api/v1/account")).Data["country_code"]!.GetValue<string>());

        var second = await OrderOf(shop, (await Renew(customer, vm)).Data);
        _revolut.Pay(second, cardCountry: "DE");
        await _revolut.Deliver(shop.Address, second);
        Assert.Equal("GBR", (await customer.Get("/api/v1/account")).Data["country_code"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(1UL, null)]
    [InlineData(null, "USD")]
    public async Task Another_amount_is_not_credited_and_told_to_operators_once(ulong? amount, string? currency)
    {
        await using var shop = await Shop();
        using var customer = shop.NewCustomer();
        var (_, payment, order) = await Offer(shop, customer);
        _revolut.Pay(order, amount: amount, currency: currency);

        Assert.Equal(HttpStatusCode.OK, await _revolut.Deliver(shop.Address, order));
        Assert.Equal(HttpStatusCode.OK, await _revolut.Deliver(shop.Address, order));
        Assert.Equal(0, await shop.Platform.Revolut.Sweep.Sweep(default));

        Assert.False(await IsPaid(customer, payment));
        Assert.Equal("1", await shop.Text("SELECT COUNT(*) FROM notification WHERE event_key LIKE 'revolut-amount/%'"));
    }

    [Fact]
    public async Task A_cancelled_order_ends_its_payment()
    {
        await using var shop = await Shop();
        using var customer = shop.NewCustomer();
        var (vm, payment, order) = await Offer(shop, customer);

        Assert.Equal(HttpStatusCode.OK, await _revolut.Deliver(shop.Address, order, "ORDER_CANCELLED"));

        var now = (await customer.Get($"/api/v1/payment/{payment["id"]}")).Data;
        Assert.True(now["expires"]!.GetValue<DateTimeOffset>() <= TimeProvider.System.GetUtcNow());
        Assert.NotEqual(payment["id"]!.ToString(), (await Renew(customer, vm)).Data["id"]!.ToString());
    }

    [Fact]
    public async Task The_sweep_alone_suffices()
    {
        await using var shop = await Shop();
        using var customer = shop.NewCustomer();
        var (vm, payment, order) = await Offer(shop, customer);
        var cancelled = (await Renew(customer, vm, "&intervals=2")).Data;
        _revolut.Pay(order);
        _revolut.SetState(await OrderOf(shop, cancelled), "cancelled");
        // Disabled: no new payments, but open ones settle.
        await shop.Execute("UPDATE payment_method_config SET enabled = 0 WHERE payment_method = 1");

        _revolut.Fail(RevolutFault.ServerError, 2);
        Assert.Equal(0, await shop.Platform.Revolut.Sweep.Sweep(default));
        Assert.Equal(1, await shop.Platform.Revolut.Sweep.Sweep(default));

        Assert.True(await IsPaid(customer, payment));
        Assert.True((await customer.Get($"/api/v1/payment/{cancelled["id"]}")).Data["expires"]!.GetValue<DateTimeOffset>() <= TimeProvider.System.GetUtcNow());
        var refused = await Renew(customer, vm);
        Assert.Equal((HttpStatusCode.BadRequest, "Revolut not configured"), (refused.Status, refused.Error));
    }

    [Fact]
    public async Task The_sweep_reads_on_behind_its_first_page_and_gives_up_where_nothing_answers()
    {
        const int more = 401;
        await using var shop = await Shop();
        using var customer = shop.NewCustomer();
        var (_, payment, order) = await Offer(shop, customer);
        _revolut.Pay(order);
        // Older ones of which Revolut knows nothing; many are of the same second.
        await shop.Execute($"""
            INSERT INTO vm_payment (id, vm_id, created, expires, amount, currency, payment_method, external_data, external_id, is_paid, rate, time_value, tax, processing_fee, payment_type)
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {more})
            SELECT randomblob(32), vm_id, datetime(created, '-' || (1 + i % 3) || ' hours'), expires, amount, currency, payment_method, '', 'unknown-' || i, 0, rate, time_value, tax,
                processing_fee, payment_type FROM vm_payment, n
            """);

        _revolut.Fail(RevolutFault.ServerError, 5);
        Assert.Equal(0, await shop.Platform.Revolut.Sweep.Sweep(default));
        Assert.False(await IsPaid(customer, payment));

        Assert.Equal(1, await shop.Platform.Revolut.Sweep.Sweep(default));
        Assert.True(await IsPaid(customer, payment));
        Assert.Equal(more, _revolut.Calls.Where(call => call.Path.StartsWith("/api/orders/unknown-", StringComparison.Ordinal)).Select(call => call.Path).Distinct().Count());
    }

    [Fact]
    public async Task When_Revolut_cannot_be_asked_it_must_deliver_again()
    {
        await using var shop = await Shop();
        using var customer = shop.NewCustomer();
        var (_, payment, order) = await Offer(shop, customer);
        _revolut.Pay(order);
        foreach (var fault in new[] { RevolutFault.ServerError, RevolutFault.TooMany, RevolutFault.LostAnswer, RevolutFault.Garbage, RevolutFault.Unauthorised })
        {
            _revolut.Fail(call => call.Path.StartsWith("/api/orders", StringComparison.Ordinal) ? fault : null);
            Assert.Equal(HttpStatusCode.InternalServerError, await _revolut.Deliver(shop.Address, order));
            Assert.False(await IsPaid(customer, payment));
        }
        _revolut.Heal();
        Assert.Equal(HttpStatusCode.OK, await _revolut.Deliver(shop.Address, order));
        Assert.True(await IsPaid(customer, payment));
    }

    [Theory]
    [InlineData(RevolutFault.ServerError)]
    [InlineData(RevolutFault.LostAnswer)]
    [InlineData(RevolutFault.Garbage)]
    [InlineData(RevolutFault.Unauthorised)]
    public async Task Without_an_order_there_is_no_payment(RevolutFault fault)
    {
        await using var shop = await Shop();
        using var customer = shop.NewCustomer();
        var vm = await customer.Order();
        _revolut.Fail(call => call.Path == "/api/orders" ? fault : null);

        var failed = await Renew(customer, vm);

        Assert.Equal(HttpStatusCode.InternalServerError, failed.Status);
        Assert.DoesNotContain("Revolut", failed.Error, StringComparison.Ordinal);
        Assert.Empty((await customer.Get($"/api/v1/vm/{vm}/payments")).Data.AsArray());
        _revolut.Heal();
        Assert.Equal(HttpStatusCode.OK, (await Renew(customer, vm)).Status);
    }

    [Fact]
    public async Task A_paid_renewal_withdraws_the_open_card_upgrade()
    {
        await using var shop = await Shop();
        using var customer = shop.NewCustomer();
        var (vm, _, order) = await Offer(shop, customer);
        _revolut.Pay(order);
        await _revolut.Deliver(shop.Address, order);
        var upgrade = (await customer.Post($"/api/v1/vm/{vm}/upgrade?method=revolut", new JsonObject { ["cpu"] = 2, ["memory"] = 2UL << 30, ["disk"] = 8UL << 30 })).Data;
        var upgradeOrder = await OrderOf(shop, upgrade);
        Assert.Equal(Amount(upgrade, "total"), _revolut.Order(upgradeOrder)["amount"]!.GetValue<ulong>());

        await customer.Pay(vm);

        for (var i = 0; _revolut.Order(upgradeOrder)["state"]!.GetValue<string>() != "cancelled"; i++)
        {
            Assert.True(i < 500, "the order was not cancelled");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    [Fact]
    public async Task A_card_pays_for_a_subscription()
    {
        await using var shop = await Shop();
        await shop.Execute("UPDATE payment_method_config SET processing_fee_rate = 1, processing_fee_base = 20 WHERE payment_method = 1");
        using var customer = shop.NewCustomer();
        var (_, price) = await shop.AddSpace("198.51.100.0/24", 26, month: 12_500, setup: 5_000);
        var subscription = await customer.Subscribe(price);
        var payment = (await customer.Get($"/api/v1/subscriptions/{subscription}/renew?method=revolut")).Data;
        var order = payment["data"]!["revolut"]!["token"]!.GetValue<string>()["token-".Length..];

        // S2: 17,500 with 1 % + 20.
        Assert.Equal(("USD", 198UL), (payment["processing_fee"]!["currency"]!.GetValue<string>(), Amount(payment["processing_fee"]!, "amount")));
        Assert.Equal((17_698UL, "USD"), (_revolut.Order(order)["amount"]!.GetValue<ulong>(), _revolut.Order(order)["currency"]!.GetValue<string>()));

        _revolut.Pay(order);
        Assert.Equal(HttpStatusCode.OK, await _revolut.Deliver(shop.Address, order));
        Assert.Equal(HttpStatusCode.OK, await _revolut.Deliver(shop.Address, order));
        Assert.True((await customer.Get($"/api/v1/subscriptions/{subscription}")).Data["is_active"]!.GetValue<bool>());
        Assert.Single(await customer.Ranges(subscription));
        Assert.Equal("DEU", (await customer.Get("/api/v1/account")).Data["country_code"]!.GetValue<string>());

        // Lost messages: the sweep finds those, too.
        var second = (await customer.Get($"/api/v1/subscriptions/{subscription}/renew?method=revolut")).Data;
        _revolut.Pay(second["data"]!["revolut"]!["token"]!.GetValue<string>()["token-".Length..]);
        Assert.Equal(1, await shop.Platform.Revolut.Sweep.Sweep(default));
    }

    [Fact]
    public async Task Prices_in_bitcoin_and_other_methods_are_refused()
    {
        await using var shop = await Shop(rates: "{}");
        using var customer = shop.NewCustomer();
        var vm = await customer.Order();
        // A card needs no exchange rate.
        Assert.Equal(HttpStatusCode.OK, (await Renew(customer, vm)).Status);

        await shop.Execute("UPDATE vm_cost_plan SET currency = 'BTC', amount = 1000000");
        var refused = await Renew(customer, vm);
        Assert.Equal((HttpStatusCode.BadRequest, "Cant get price from BTC to Revolut"), (refused.Status, refused.Error));
        Assert.Equal(HttpStatusCode.NotImplemented, (await customer.Get($"/api/v1/vm/{vm}/renew?method=paypal")).Status);
        Assert.Equal(HttpStatusCode.NotImplemented, (await customer.Get($"/api/v1/vm/{vm}/renew?method=stripe")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await customer.Get($"/api/v1/vm/{vm}/renew?method=Revolut")).Status);
    }

    [Fact]
    public async Task The_list_of_methods_names_what_can_be_used()
    {
        await using var shop = await Shop();
        using var customer = shop.NewCustomer();
        var card = """{"name":"revolut","metadata":{"pubkey":"pk_simulated"},"currencies":["EUR","USD"]}""";
        Assert.Equal(card, (await Methods())[^1]);

        await shop.Execute("UPDATE payment_method_config SET enabled = 0 WHERE payment_method = 1");
        Assert.DoesNotContain(await Methods(), method => method.Contains("revolut", StringComparison.Ordinal));

        // A broken row is no configuration; the enabled row with the lowest id counts.
        await Insert("{\"type\":\"revolut\"}");
        Assert.DoesNotContain(await Methods(), method => method.Contains("revolut", StringComparison.Ordinal));
        await Insert(_revolut.Config);
        Assert.Equal(card, (await Methods())[^1]);

        // A company without any row uses the file.
        await shop.Execute("DELETE FROM payment_method_config WHERE payment_method = 1");
        Assert.Equal(card, (await Methods())[^1]);
        Assert.Equal("""{"name":"lightning","currencies":["BTC"]}""", (await Methods())[0]);

        async Task<List<string>> Methods() => [.. (await customer.Send(HttpMethod.Get, "/api/v1/payment/methods", null, sign: false)).Data.AsArray().Select(method => method!.ToJsonString())];

        Task Insert(string config) => shop.Execute(
            "INSERT INTO payment_method_config (company_id, payment_method, name, enabled, provider_type, config) VALUES (1, 1, 'x', 1, 'revolut', @config)", new { config });
    }

    [Fact]
    public async Task Without_configuration_there_is_no_card_and_no_webhook()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.Order();

        var refused = await Renew(customer, vm);

        Assert.Equal((HttpStatusCode.BadRequest, "Revolut not configured"), (refused.Status, refused.Error));
        Assert.Equal(HttpStatusCode.NotFound, (await customer.Send(HttpMethod.Post, "/api/v1/webhook/revolut", new JsonObject(), sign: false)).Status);
    }
}
