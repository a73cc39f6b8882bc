using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Core.Sizes;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Database.Notifications;
using Lnvps.Database.Payments;
using Lnvps.Database.Vms;
using Lnvps.Lightning.Nodes;
using Lnvps.Platform.Payments;
using Lnvps.Testing.Invariants;

namespace Lnvps.Api.Tests.Payments;

/// <summary>billing.md section 16 and customer-api.md sections 6.21 and 6.22, over HTTP.</summary>
public sealed class UpgradeTests
{
    const ulong Gib = Bytes.Gib;

    // The seeded monthly plan costs 250 cents; the custom pricing 150 a core, 50 a GiB, 5 a GiB of disk, 50 and 5 for its two addresses.
    const uint Monthly = 2;

    static JsonObject Wish(ushort? cpu = 2, ulong? memory = 2 * Gib, ulong? disk = 8 * Gib) => new() { ["cpu"] = cpu, ["memory"] = memory, ["disk"] = disk };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Is_quoted_paid_and_applied(bool mariaDb)
    {
        await using var shop = await ApiShop.Start(mariaDb);
        using var customer = shop.NewCustomer();
        var vm = await customer.OrderRunning(Monthly);
        var expires = Instant.From((await customer.Get($"/api/v1/vm/{vm}")).Data["expires"]!.GetValue<DateTimeOffset>());

        var quote = (await customer.Post($"/api/v1/vm/{vm}/upgrade/quote", Wish())).Data;
        var payment = (await customer.Post($"/api/v1/vm/{vm}/upgrade", Wish())).Data;
        var left = expires.SecondsSince(shop.Platform.Shop.Clock.Now);

        // 2 cores, 2 GiB, 8 GiB disk and an address of each family.
        const ulong monthly = 300 + 100 + 40 + 50 + 5;
        Assert.Equal(("BTC", Sat(monthly)), (quote["new_renewal_cost"]!["currency"]!.ToString(), quote["new_renewal_cost"]!["amount"]!.GetValue<ulong>()));
        // A few seconds may pass between the calls.
        var costs = Enumerable.Range(0, 10).Select(late => Sat(Part(monthly, left + late)) - Sat(Part(250, left + late)));
        Assert.Contains(quote["cost_difference"]!["amount"]!.GetValue<ulong>(), costs);
        Assert.Contains(payment["amount"]!.GetValue<ulong>(), costs);
        Assert.Equal((0UL, 0UL), (quote["tax"]!.GetValue<ulong>(), quote["processing_fee"]!.GetValue<ulong>()));
        Assert.Equal((true, 0UL, "BTC", false), (payment["is_upgrade"]!.GetValue<bool>(), payment["time"]!.GetValue<ulong>(), payment["currency"]!.ToString(), payment["is_paid"]!.GetValue<bool>()));
        Assert.Equal($$"""{"new_cpu":2,"new_memory":{{2 * Gib}},"new_disk":{{8 * Gib}}}""", payment["upgrade_params"]!.ToString());

        Assert.Equal("Small", (await customer.Get($"/api/v1/vm/{vm}")).Data["template"]!["name"]!.ToString());
        await Pay(customer, payment);
        var after = await Upgraded(customer, vm);
        Assert.Equal(("Custom", 2, 8 * Gib, monthly), (after["template"]!["name"]!.ToString(), after["template"]!["cpu"]!.GetValue<int>(),
            after["template"]!["disk_size"]!.GetValue<ulong>(), after["template"]!["cost_plan"]!["amount"]!.GetValue<ulong>()));
        Assert.Equal(expires, Instant.From(after["expires"]!.GetValue<DateTimeOffset>()));
        Assert.True((await customer.Get($"/api/v1/payment/{payment["id"]}")).Data["is_paid"]!.GetValue<bool>());
        await using var session = await shop.Platform.Shop.Db.Open(default);
        Assert.Empty(await ShopInvariants.Check(session, default));
    }

    [Fact]
    public async Task Is_refused_with_the_status_that_fits()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var unpaid = await customer.Order(Monthly);
        var vm = await customer.OrderRunning(Monthly);
        foreach (var path in new[] { "upgrade/quote", "upgrade" })
        {
            async Task<(HttpStatusCode, string)> Ask(JsonNode? body, uint id, string query = "")
            {
                var answer = await customer.Post($"/api/v1/vm/{id}/{path}{query}", body);
                return (answer.Status, answer.Error);
            }
            Assert.Equal((HttpStatusCode.BadRequest, "Can't upgrade an expired VM"), await Ask(Wish(), unpaid));
            Assert.Equal((HttpStatusCode.NotFound, "VM not found"), await Ask(Wish(), 999));
            Assert.Equal((HttpStatusCode.BadRequest, "Nothing would be upgraded"), await Ask(new JsonObject(), vm));
            Assert.Equal((HttpStatusCode.BadRequest, "Nothing would be upgraded"), await Ask(Wish(1, null, 4 * Gib), vm));
            Assert.Equal((HttpStatusCode.BadRequest, "A VM cannot shrink"), await Ask(Wish(disk: Gib), vm));
            Assert.Equal((HttpStatusCode.BadRequest, "cpu must be between 1 and 8 cores"), await Ask(Wish(cpu: 9), vm));
            Assert.Equal((HttpStatusCode.BadRequest, $"memory must be between {Gib} and {16 * Gib} bytes"), await Ask(Wish(memory: null), vm));
            Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await Ask(null, vm)).Item1);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Ask(new JsonObject { ["cpu"] = 70_000 }, vm)).Item1);
            Assert.Equal((HttpStatusCode.BadRequest, "Unknown payment method"), await Ask(Wish(), vm, "?method=cash"));
            Assert.Equal(HttpStatusCode.NotImplemented, (await Ask(Wish(), vm, "?method=paypal")).Item1);
        }
        Assert.Equal(HttpStatusCode.OK, (await customer.Post($"/api/v1/vm/{vm}/upgrade/quote?method=nwc", Wish())).Status);
        Assert.DoesNotContain((await customer.Get($"/api/v1/vm/{vm}/payments")).Data.AsArray(), payment => payment!["is_upgrade"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Needs_a_pricing_that_is_on_sale_for_a_standard_vm_and_its_own_enabled_one_for_a_custom_vm()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var standard = await customer.OrderRunning(Monthly);
        var custom = await customer.OrderRunning(Monthly);
        await Pay(customer, (await customer.Post($"/api/v1/vm/{custom}/upgrade", Wish())).Data);
        await Upgraded(customer, custom);

        await Execute(shop, "UPDATE vm_custom_pricing SET expires = '2026-01-01 00:00:00'");
        var refused = await customer.Post($"/api/v1/vm/{standard}/upgrade/quote", Wish());
        Assert.Equal((HttpStatusCode.BadRequest, "No custom pricing available for this region that supports disk type ssd with interface pcie"), (refused.Status, refused.Error));
        Assert.Equal(HttpStatusCode.OK, (await customer.Post($"/api/v1/vm/{custom}/upgrade/quote", Wish(cpu: 3))).Status);

        await Execute(shop, "UPDATE vm_custom_pricing SET enabled = 0");
        Assert.Equal(HttpStatusCode.BadRequest, (await customer.Post($"/api/v1/vm/{custom}/upgrade/quote", Wish(cpu: 3))).Status);
    }

    [Fact]
    public async Task Without_room_on_its_host_no_invoice_is_made()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.OrderRunning(Monthly);
        await Execute(shop, "UPDATE vm_host SET cpu = 1, load_cpu = 1");

        Assert.Equal(HttpStatusCode.Conflict, (await customer.Post($"/api/v1/vm/{vm}/upgrade/quote", Wish())).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await customer.Post($"/api/v1/vm/{vm}/upgrade", Wish())).Status);
        Assert.Single((await customer.Get($"/api/v1/vm/{vm}/payments")).Data.AsArray());
        Assert.Equal(HttpStatusCode.OK, (await customer.Post($"/api/v1/vm/{vm}/upgrade/quote", Wish(cpu: null))).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_open_offer_holds_what_it_adds_until_it_lapses(bool mariaDb)
    {
        await using var shop = await ApiShop.Start(mariaDb);
        using var customer = shop.NewCustomer();
        var (first, other) = (await customer.OrderRunning(Monthly), await customer.OrderRunning(Monthly));
        // Each has one core, and there is one more.
        await Execute(shop, "UPDATE vm_host SET cpu = 3, load_cpu = 1");
        var offered = (await customer.Post($"/api/v1/vm/{first}/upgrade", Wish())).Data;

        foreach (var path in new[] { "upgrade/quote", "upgrade" })
            Assert.Equal(HttpStatusCode.Conflict, (await customer.Post($"/api/v1/vm/{other}/{path}", Wish())).Status);
        Assert.Single((await customer.Get($"/api/v1/vm/{other}/payments")).Data.AsArray());
        Assert.Equal(HttpStatusCode.OK, (await customer.Post($"/api/v1/vm/{other}/upgrade/quote", Wish(cpu: null))).Status);
        // It may be offered again to the same VM, of which only one offer can be used.
        Assert.Equal(HttpStatusCode.OK, (await customer.Post($"/api/v1/vm/{first}/upgrade", Wish())).Status);

        await Execute(shop, "UPDATE vm_payment SET expires = created WHERE is_paid = 0");
        var paid = (await customer.Post($"/api/v1/vm/{other}/upgrade", Wish())).Data;
        await Pay(customer, paid);
        await Upgraded(customer, other);
        Assert.Equal(HttpStatusCode.Conflict, (await customer.Post($"/api/v1/vm/{first}/upgrade", Wish())).Status);
        Assert.NotEqual(offered["id"]!.ToString(), paid["id"]!.ToString());
    }

    [Fact]
    public async Task An_offer_holds_what_it_adds_while_its_invoice_is_made_and_gives_it_back_when_none_is()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var (first, other) = (new VmId(await customer.OrderRunning(Monthly)), new VmId(await customer.OrderRunning(Monthly)));
        await Execute(shop, "UPDATE vm_host SET cpu = 3, load_cpu = 1");
        var wish = new UpgradeWish(2, Bytes.FromGib(2), Disk: null);
        var meanwhile = new List<bool>();
        var node = new MeddlingNode(shop.Platform.Shop.Node, async () =>
        {
            meanwhile.Add((await shop.Platform.Upgrades.Quote(other, wish, PaymentMethod.Lightning, default)).IsOk);
            throw Core.Outcomes.OutsideFault.Transient("The node is down");
        });
        var upgrades = new OpenUpgrade(shop.Platform.Shop with { Providers = new([new Platform.Payments.Providers.LightningProvider(node)]) }, shop.Platform.Rooms);

        await Assert.ThrowsAsync<Core.Outcomes.OutsideFault>(() => upgrades.Open(first, wish, PaymentMethod.Lightning, default));

        Assert.Equal([false], meanwhile);
        Assert.True((await shop.Platform.Upgrades.Open(other, wish, PaymentMethod.Lightning, default)).IsOk);
        Assert.Equal("0", await shop.Text("SELECT COUNT(*) FROM offer_hold"));
    }

    [Fact]
    public async Task Read_only_mode_refuses_upgrades_but_quotes_them()
    {
        await using var shop = await ApiShop.Start(extra: "read-only: true");
        using var customer = shop.NewCustomer();
        var vm = await Seed(shop, customer);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await customer.Post($"/api/v1/vm/{vm}/upgrade", Wish())).Status);
        Assert.Equal(HttpStatusCode.OK, (await customer.Post($"/api/v1/vm/{vm}/upgrade/quote", Wish())).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_paid_renewal_withdraws_open_upgrades_and_a_paid_upgrade_everything_open(bool mariaDb)
    {
        await using var shop = await ApiShop.Start(mariaDb);
        using var customer = shop.NewCustomer();
        var vm = await customer.OrderRunning(Monthly);
        var tiny = (await customer.Post($"/api/v1/vm/{vm}/upgrade", Wish())).Data;
        await customer.Pay(vm, intervals: 3);
        await Withdrawn(shop, customer, tiny);

        var renewal = (await customer.Get($"/api/v1/vm/{vm}/renew")).Data;
        var other = (await customer.Post($"/api/v1/vm/{vm}/upgrade", Wish(cpu: 3))).Data;
        await Pay(customer, (await customer.Post($"/api/v1/vm/{vm}/upgrade", Wish())).Data);
        await Withdrawn(shop, customer, renewal);
        await Withdrawn(shop, customer, other);
        Assert.NotEqual(renewal["id"]!.ToString(), (await customer.Get($"/api/v1/vm/{vm}/renew")).Data["id"]!.ToString());
    }

    [Fact]
    public async Task A_deletion_by_an_operator_withdraws_everything_open()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.OrderRunning(Monthly);
        var renewal = (await customer.Get($"/api/v1/vm/{vm}/renew")).Data;
        var upgrade = (await customer.Post($"/api/v1/vm/{vm}/upgrade", Wish())).Data;
        Assert.Equal(HttpStatusCode.OK, (await customer.Post($"/api/dev/v1/vm/{vm}/delete", null)).Status);
        await Withdrawn(shop, customer, renewal);
        await Withdrawn(shop, customer, upgrade);
    }

    [Fact]
    public async Task A_withdrawn_payment_that_is_paid_after_all_is_credited()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.OrderRunning(Monthly);
        var renewal = (await customer.Get($"/api/v1/vm/{vm}/renew")).Data;
        var larger = (await customer.Post($"/api/v1/vm/{vm}/upgrade", Wish(cpu: 3))).Data;
        var same = (await customer.Post($"/api/v1/vm/{vm}/upgrade", Wish())).Data;
        await Pay(customer, (await customer.Post($"/api/v1/vm/{vm}/upgrade", Wish())).Data);
        var before = Instant.From((await Upgraded(customer, vm))["expires"]!.GetValue<DateTimeOffset>());

        foreach (var late in new[] { same, renewal, larger })
            Assert.Equal(Completion.Completed, await shop.Platform.Completion.Settle(IdOf(late), null, default));

        await Until(async () => (await customer.Get($"/api/v1/vm/{vm}")).Data["template"]!["cpu"]!.GetValue<int>() == 3);
        var view = (await customer.Get($"/api/v1/vm/{vm}")).Data;
        Assert.Equal(before.PlusSeconds(renewal["time"]!.GetValue<long>()), Instant.From(view["expires"]!.GetValue<DateTimeOffset>()));
        var told = await shop.Platform.Shop.Db.Read(session => session.ListNotifications(null, default), default);
        Assert.Contains(same["id"]!.ToString(), Assert.Single(told, message => message.Title == $"Upgrade of VM {vm} raises nothing").Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_renewal_that_settles_while_the_invoice_is_made_makes_it_anew()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = new VmId(await customer.OrderRunning(Monthly));
        var renewal = (await customer.Get($"/api/v1/vm/{vm}/renew?intervals=120")).Data;
        var node = new MeddlingNode(shop.Platform.Shop.Node, () => shop.Platform.Completion.Settle(IdOf(renewal), null, default));
        var upgrades = new OpenUpgrade(shop.Platform.Shop with { Providers = new([new Platform.Payments.Providers.LightningProvider(node)]) }, shop.Platform.Rooms);
        var cheap = await upgrades.Quote(vm, new UpgradeWish(2, Bytes.FromGib(2), Disk: null), PaymentMethod.Lightning, default);

        var payment = (await upgrades.Open(vm, new UpgradeWish(2, Bytes.FromGib(2), Disk: null), PaymentMethod.Lightning, default)).Value;

        Assert.True(payment.Amount > 100 * cheap.Value.Cost.Amount);
        Assert.Equal((2, 1), (node.Made, node.Cancelled));
    }

    [Fact]
    public async Task A_paid_upgrade_of_a_deleted_vm_brings_it_back_in_its_new_size_while_time_is_left()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.OrderRunning(Monthly);
        var upgrade = (await customer.Post($"/api/v1/vm/{vm}/upgrade", Wish())).Data;
        Assert.Equal(HttpStatusCode.OK, (await customer.Post($"/api/dev/v1/vm/{vm}/delete", null)).Status);
        await Until(async () => (await customer.Get($"/api/v1/vm/{vm}")).Status == HttpStatusCode.NotFound);

        Assert.Equal(Completion.Completed, await shop.Platform.Completion.Settle(IdOf(upgrade), null, default));
        await customer.Until(vm, "running");
        Assert.Equal(2, (await customer.Get($"/api/v1/vm/{vm}")).Data["template"]!["cpu"]!.GetValue<int>());

        var late = (await customer.Post($"/api/v1/vm/{vm}/upgrade", Wish(cpu: 3))).Data;
        await customer.Post($"/api/dev/v1/vm/{vm}/delete", null);
        await Until(async () => (await customer.Get($"/api/v1/vm/{vm}")).Status == HttpStatusCode.NotFound);
        await shop.Platform.Shop.Db.Write(session => session.SetVmExpires(new VmId(vm), shop.Platform.Shop.Clock.Now, default), default);
        Assert.Equal(Completion.Completed, await shop.Platform.Completion.Settle(IdOf(late), null, default));
        Assert.Equal(HttpStatusCode.NotFound, (await customer.Get($"/api/v1/vm/{vm}")).Status);
        var told = await shop.Platform.Shop.Db.Read(session => session.ListNotifications(null, default), default);
        Assert.Contains(told, message => message.Message.Contains(late["id"]!.ToString(), StringComparison.Ordinal));
    }

    static ulong Part(ulong price, long seconds) => (ulong)((UInt128)price * (ulong)seconds / 2_592_000);

    /// <summary>Cents at 95,000 euro in whole satoshi, rounded up after the half-up conversion.</summary>
    static ulong Sat(ulong cents) => ((ulong)(((UInt128)cents * 1_000_000_000 * 2 + 95_000) / (2 * 95_000)) + 999) / 1000 * 1000;

    static PaymentId IdOf(JsonNode payment) => PaymentId.TryParse(payment["id"]!.ToString(), out var id) ? id : throw new FormatException();

    static async Task Pay(ApiCustomer customer, JsonNode payment) =>
        (await customer.Post("/api/dev/v1/lightning/pay", new JsonObject { ["invoice"] = payment["data"]!["lightning"]!.ToString() })).Data.ToString();

    static async Task<JsonNode> Upgraded(ApiCustomer customer, uint vm)
    {
        await Until(async () => (await customer.Get($"/api/v1/action?vm_id={vm}")).Data.AsArray()
            .Any(action => action!["kind"]!.ToString() == "upgrade-vm" && action["state"]!.ToString() == "succeeded"));
        return await customer.Until(vm, "running");
    }

    /// <summary>Lapsed in the database, and soon afterwards cancelled at the node.</summary>
    static async Task Withdrawn(ApiShop shop, ApiCustomer customer, JsonNode payment)
    {
        await Until(async () => Instant.From((await customer.Get($"/api/v1/payment/{payment["id"]}")).Data["expires"]!.GetValue<DateTimeOffset>()) <= shop.Platform.Shop.Clock.Now);
        await Until(async () => (await shop.Platform.Shop.Node.LookUp(IdOf(payment).Bytes, default)).State == InvoiceState.Cancelled);
    }

    static async Task Until(Func<Task<bool>> done)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await done())
        {
            if (TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromSeconds(30))
                throw new TimeoutException();
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    static Task Execute(ApiShop shop, string sql) => shop.Platform.Shop.Db.Write(session => session.Execute(sql, null, default), default);

    /// <summary>A paid VM by hand, for a shop that takes no orders.</summary>
    static async Task<uint> Seed(ApiShop shop, ApiCustomer customer)
    {
        var key = await customer.AddSshKey();
        var now = shop.Platform.Shop.Clock.Now;
        return (await shop.Platform.Shop.Db.Write(session => session.InsertVm(new VmRow
        {
            HostId = new HostId(1),
            UserId = new UserId(1),
            ImageId = new ImageId(1),
            TemplateId = new TemplateId(Monthly),
            SshKeyId = new SshKeyId(key),
            Created = now.PlusSeconds(-60),
            Expires = now.PlusSeconds(86_400),
            DiskId = new DiskId(1),
            MacAddress = Core.Network.MacAddress.Unassigned,
        }, default), default)).Value;
    }
}
