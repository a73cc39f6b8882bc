using System.Net;
using System.Text.Json.Nodes;
using Lnvps.Api.Tests.Subscriptions;
using Lnvps.Testing.Nostr;

namespace Lnvps.Api.Tests.Http;

/// <summary>Idempotency-Key: a repeated call gets the first answer, and nothing is done twice, whoever dies when.</summary>
public class RepeatedCallsTests
{
    static readonly HttpMethod Post = HttpMethod.Post;

    [Fact]
    public async Task The_first_answer_is_given_again_word_for_word()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var body = await Order(customer);

        var first = await customer.Send(Post, "/api/v1/vm", body, key: "order-1");
        var again = await customer.Send(Post, "/api/v1/vm", body, key: "order-1");
        var quoted = await customer.Send(Post, "/api/v1/vm", body, key: "\"order-1\"");

        Assert.Equal(HttpStatusCode.OK, first.Status);
        Assert.Null(first.Header("Idempotent-Replayed"));
        Assert.Equal("true", again.Header("Idempotent-Replayed"));
        Assert.Equal(first.Json!.ToJsonString(), again.Json!.ToJsonString());
        Assert.Equal(first.Json.ToJsonString(), quoted.Json!.ToJsonString());
        Assert.Equal(1, await Count(shop, "vm"));
        // Without the header, and with another key, each call is a new one.
        await customer.Send(Post, "/api/v1/vm", body);
        await customer.Send(Post, "/api/v1/vm", body, key: "order-2");
        Assert.Equal(3, await Count(shop, "vm"));
    }

    [Fact]
    public async Task Refusals_of_the_call_are_first_answers_too_but_wrong_input_is_not()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.Order();

        Assert.Equal(HttpStatusCode.PaymentRequired, (await customer.Send(HttpMethod.Patch, $"/api/v1/vm/{vm}/start", null, key: "s")).Status);
        await customer.Pay(vm);
        await customer.Until(vm, "running");
        Assert.Equal(HttpStatusCode.PaymentRequired, (await customer.Send(HttpMethod.Patch, $"/api/v1/vm/{vm}/start", null, key: "s")).Status);
        Assert.Equal(HttpStatusCode.OK, (await customer.Send(HttpMethod.Patch, $"/api/v1/vm/{vm}/start", null, key: "t")).Status);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await customer.Send(Post, "/api/v1/ssh-key", new JsonObject(), key: "k")).Status);
        Assert.Equal(HttpStatusCode.OK, (await customer.Send(Post, "/api/v1/ssh-key", SshKey(), key: "k")).Status);
    }

    [Fact]
    public async Task A_key_stands_for_one_request_of_one_account()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        using var other = shop.NewCustomer();

        Assert.Equal(HttpStatusCode.OK, (await customer.Send(Post, "/api/v1/ssh-key", SshKey("a"), key: "same")).Status);
        var changed = await customer.Send(Post, "/api/v1/ssh-key", SshKey("b"), key: "same");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency_key_reused"), (changed.Status, changed.Code));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await customer.Send(Post, "/api/v1/vm", SshKey("a"), key: "same")).Status);
        Assert.Equal(HttpStatusCode.OK, (await other.Send(Post, "/api/v1/ssh-key", SshKey("b"), key: "same")).Status);
        foreach (var wrong in new[] { "", "   ", "\"\"", new string('x', 256), "ta\tb" })
            Assert.Equal("invalid_idempotency_key", (await customer.Send(Post, "/api/v1/ssh-key", SshKey("b"), key: wrong)).Code);
        Assert.Equal(2, await Count(shop, "user_ssh_key"));
    }

    [Fact]
    public async Task Anonymous_and_reading_calls_do_not_care()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();

        Assert.Equal(HttpStatusCode.OK, (await customer.Send(HttpMethod.Get, "/api/v1/image", null, sign: false, key: "\u0001")).Status);
        Assert.Equal(HttpStatusCode.OK, (await customer.Send(HttpMethod.Get, "/api/v1/vm", null, key: "x")).Status);
        await customer.Order();
        Assert.Single((await customer.Send(HttpMethod.Get, "/api/v1/vm", null, key: "x")).Data.AsArray());
        Assert.Equal(0, await Count(shop, "first_answer"));
    }

    [Fact]
    public async Task Work_that_was_begun_is_named_again()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.OrderRunning();

        var first = await customer.Send(HttpMethod.Patch, $"/api/v1/vm/{vm}/restart", null, key: "r");
        var again = await customer.Send(HttpMethod.Patch, $"/api/v1/vm/{vm}/restart", null, key: "r");

        Assert.NotNull(first.Header("X-Action-Id"));
        Assert.Equal(first.Header("X-Action-Id"), again.Header("X-Action-Id"));
        Assert.Equal(1, await Count(shop, "workflow WHERE kind LIKE '%restart%'"));
    }

    [Fact]
    public async Task After_a_day_the_key_is_new_again()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();

        await customer.Send(Post, "/api/v1/ssh-key", SshKey(), key: "k");
        await shop.Execute("UPDATE first_answer SET created = created - @day", new { day = (24L * 3600 * 1000) - 60_000 });
        Assert.Equal("true", (await customer.Send(Post, "/api/v1/ssh-key", SshKey(), key: "k")).Header("Idempotent-Replayed"));
        await shop.Execute("UPDATE first_answer SET created = created - 60000");
        Assert.Null((await customer.Send(Post, "/api/v1/ssh-key", SshKey(), key: "k")).Header("Idempotent-Replayed"));
        Assert.Equal(2, await Count(shop, "user_ssh_key"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Speed", "slow")]
    public async Task Many_at_once_on_two_processes_act_once(bool mariaDb)
    {
        await using var shop = await ApiShop.Start(mariaDb);
        await using var second = await ApiShop.Start(beside: shop);
        using var customer = shop.NewCustomer();
        using var elsewhere = second.NewCustomer(customer.Key);
        var body = await Order(customer);

        for (var round = 0; round < 5; round++)
        {
            var key = $"round-{round}";
            var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => (i % 2 == 0 ? customer : elsewhere).Send(Post, "/api/v1/vm", body.DeepClone(), key: key)));

            Assert.All(answers, answer => Assert.True(
                answer.Status == HttpStatusCode.OK || (answer.Status == HttpStatusCode.Conflict && answer.Code == "idempotency_in_progress"), $"{answer.Status}: {answer.Json}"));
            Assert.Single(answers.Where(answer => answer.Status == HttpStatusCode.OK).Select(answer => answer.Data["id"]!.GetValue<uint>()).Distinct());
            Assert.Equal(round + 1, await Count(shop, "vm"));
        }
        // And the answer is there for a process that never saw the call.
        await using var third = await ApiShop.Start(beside: shop);
        using var later = third.NewCustomer(customer.Key);
        Assert.Equal("true", (await later.Send(Post, "/api/v1/vm", body, key: "round-0")).Header("Idempotent-Replayed"));
    }

    /// <summary>What a process leaves behind that is killed after the effect was committed and before the answer was kept.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Speed", "slow")]
    public async Task A_call_that_died_between_effect_and_record_is_answered_without_acting_again(bool mariaDb)
    {
        await using var shop = await ApiShop.Start(mariaDb);
        using var customer = shop.NewCustomer();
        var body = await Order(customer);

        async Task<(Answer First, Answer Again)> Twice(HttpMethod method, string path, JsonNode? content)
        {
            var key = $"{method} {path}";
            var first = await customer.Send(method, path, content?.DeepClone(), key: key);
            await Kill(shop);
            var meanwhile = await customer.Send(method, path, content?.DeepClone(), key: key);
            Assert.Equal("idempotency_in_progress", meanwhile.Code);
            await shop.Execute("UPDATE first_answer SET lease_until = 0 WHERE status IS NULL");
            return (first, await customer.Send(method, path, content?.DeepClone(), key: key));
        }

        var (ordered, orderedAgain) = await Twice(Post, "/api/v1/vm", body);
        Assert.Equal(ordered.Data.ToJsonString(), orderedAgain.Data.ToJsonString());
        Assert.Equal(1, await Count(shop, "vm"));

        var (added, addedAgain) = await Twice(Post, "/api/v1/ssh-key", SshKey());
        Assert.Equal(added.Data.ToJsonString(), addedAgain.Data.ToJsonString());
        Assert.Equal(2, await Count(shop, "user_ssh_key"));

        var vm = ordered.Data["id"]!.GetValue<uint>();
        var (renewed, renewedAgain) = await Twice(HttpMethod.Get, $"/api/v1/vm/{vm}/renew", null);
        Assert.Equal(renewed.Data["id"]!.ToString(), renewedAgain.Data["id"]!.ToString());
        Assert.Equal(1, await Count(shop, "vm_payment"));
        await customer.Pay(vm);
        await customer.Until(vm, "running");

        var (restarted, restartedAgain) = await Twice(HttpMethod.Patch, $"/api/v1/vm/{vm}/restart", null);
        Assert.Equal(HttpStatusCode.OK, restartedAgain.Status);
        Assert.Equal(restarted.Header("X-Action-Id"), restartedAgain.Header("X-Action-Id"));
        Assert.Equal(1, await Count(shop, "workflow WHERE kind LIKE '%restart%'"));

        var (upgrade, upgradeAgain) = await Twice(Post, $"/api/v1/vm/{vm}/upgrade", new JsonObject { ["cpu"] = 2, ["memory"] = 4UL << 30 });
        Assert.Equal(upgrade.Data.ToJsonString(), upgradeAgain.Data.ToJsonString());
        Assert.Equal(1, await Count(shop, "vm_payment WHERE payment_type = 1"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_renewal_that_died_is_answered_with_its_payment_though_that_is_paid_by_then(bool wasOpen)
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.Order();
        var (_, price) = await shop.AddSpace("198.51.100.0/24", 26);
        var subscription = await customer.Subscribe(price);

        foreach (var (path, table) in new[] { ($"/api/v1/vm/{vm}", "vm_payment"), ($"/api/v1/subscriptions/{subscription}", "subscription_payment") })
        {
            if (wasOpen)
                await customer.Get($"{path}/renew");
            var first = (await customer.Send(HttpMethod.Get, $"{path}/renew", null, key: path)).Data;
            await Kill(shop);
            await customer.Post("/api/dev/v1/lightning/pay", new JsonObject { ["invoice"] = first["data"]!["lightning"]!.ToString() });
            await IpSpaceShop.Until(async () => (bool)(await customer.Get($"{path}/payments")).Data[0]!["is_paid"]!);
            await shop.Execute("UPDATE first_answer SET lease_until = 0 WHERE status IS NULL");

            var again = (await customer.Send(HttpMethod.Get, $"{path}/renew", null, key: path)).Data;

            Assert.Equal((first["id"]!.ToString(), true), (again["id"]!.ToString(), (bool)again["is_paid"]!));
            Assert.Equal(1, await Count(shop, table));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_wallet_is_charged_once_though_the_connection_breaks(bool paidAtOnce)
    {
        await using var shop = await ApiShop.Start();
        await using var relay = await TestRelay.Start();
        await using var wallet = await TestWallet.Start(relay.Url);
        using var customer = shop.NewCustomer();
        var vm = await customer.Order();
        await customer.Patch("/api/v1/account", new JsonObject { ["nwc_connection_string"] = wallet.ConnectionString });
        wallet.AnswersNothing = true;
        wallet.Pay = async invoice => paidAtOnce ? await Settle(invoice) : ("OTHER", "");
        var path = $"/api/v1/vm/{vm}/renew?method=nwc";

        using (var breaks = new CancellationTokenSource())
        using (var request = new HttpRequestMessage(HttpMethod.Get, path))
        {
            request.Headers.TryAddWithoutValidation("Authorization", customer.Sign(HttpMethod.Get, path));
            request.Headers.Add("Idempotency-Key", "k");
            var call = customer.Http.SendAsync(request, breaks.Token);
            await IpSpaceShop.Until(async () => wallet.Payments == 1 && await Count(shop, $"vm_payment WHERE is_paid = {(paidAtOnce ? 1 : 0)}") == 1);
            await breaks.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }
        wallet.AnswersNothing = false;
        wallet.Pay = Settle;
        Answer again = null!;
        await IpSpaceShop.Until(async () => (again = await customer.Send(HttpMethod.Get, path, null, key: "k")).Status != HttpStatusCode.Conflict);

        Assert.True((bool)again.Data["is_paid"]!);
        Assert.Equal(paidAtOnce ? 1 : 2, wallet.Payments);
        Assert.Single(wallet.Requests.Where(one => one.Method == "pay_invoice").Select(one => one.Parameter).Distinct());
        Assert.Equal(1, await Count(shop, "vm_payment"));

        async Task<(string, string)?> Settle(string invoice) =>
            (await customer.Post("/api/dev/v1/lightning/pay", new JsonObject { ["invoice"] = invoice })).Status == HttpStatusCode.OK ? null : ("PAYMENT_FAILED", "");
    }

    [Fact]
    public async Task A_call_that_died_before_its_effect_is_carried_out()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        await customer.Send(Post, "/api/v1/ssh-key", SshKey(), key: "k");
        await shop.Execute("DELETE FROM user_ssh_key");
        await shop.Execute("UPDATE first_answer SET acted = 0, made = NULL, status = NULL, body = NULL, lease_until = 0");

        Assert.Equal(HttpStatusCode.OK, (await customer.Send(Post, "/api/v1/ssh-key", SshKey(), key: "k")).Status);
        Assert.Equal(1, await Count(shop, "user_ssh_key"));
    }

    [Fact]
    public async Task Whoever_lost_the_lease_changes_nothing()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        await customer.Get("/api/v1/account");
        // Every transaction of the call finds its lease taken by another.
        await shop.Execute("CREATE TRIGGER thief AFTER INSERT ON first_answer BEGIN UPDATE first_answer SET lease_no = 7; END");

        var answer = await customer.Send(Post, "/api/v1/ssh-key", SshKey(), key: "k");

        Assert.Equal((HttpStatusCode.Conflict, "idempotency_in_progress"), (answer.Status, answer.Code));
        Assert.Equal(0, await Count(shop, "user_ssh_key"));
    }

    static Task Kill(ApiShop shop) => shop.Execute(
        "UPDATE first_answer SET status = NULL, body = NULL, action = NULL, lease_until = @until WHERE status IS NOT NULL AND created = (SELECT at FROM (SELECT MAX(created) AS at FROM first_answer) newest)",
        new { until = TimeProvider.System.GetUtcNow().AddMinutes(1).ToUnixTimeMilliseconds() });

    static JsonObject SshKey(string name = "laptop") => new() { ["name"] = name, ["key_data"] = ApiCustomer.SshKey };

    static async Task<JsonObject> Order(ApiCustomer customer) => new() { ["template_id"] = 1, ["image_id"] = 1, ["ssh_key_id"] = await customer.AddSshKey() };

    static Task<long> Count(ApiShop shop, string table) => shop.Platform.Shop.Db.Read(session => session.Scalar<long>($"SELECT COUNT(*) FROM {table}"), default);
}
