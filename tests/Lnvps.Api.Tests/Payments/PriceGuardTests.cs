using System.Data.Common;
using System.Globalization;
using System.Net;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Sizes;
using Lnvps.Database.Sessions;
using Lnvps.Lightning.Nodes;
using Lnvps.Platform;
using Lnvps.Platform.Payments;
using Lnvps.Platform.Payments.Providers;

namespace Lnvps.Api.Tests.Payments;

/// <summary>No payment is offered at a price that does not hold any more (billing.md sections 10.4, 16 and 18).</summary>
public sealed class PriceGuardTests
{
    const uint Monthly = 2;

    // 2 cores, 2 GiB, 8 GiB of disk, an address of each family; the seeded monthly plan costs 250 cents.
    const ulong LargerPrice = 300 + 100 + 40 + 50 + 5;

    static readonly UpgradeWish Larger = new(2, Bytes.FromGib(2), Bytes.FromGib(8));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_paid_upgrade_a_renewal_costs_the_new_price_although_the_machine_is_busy(bool mariaDb)
    {
        await using var shop = await ApiShop.Start(mariaDb);
        using var customer = shop.NewCustomer();
        var vm = new VmId(await customer.OrderRunning(Monthly));
        var upgrade = (await shop.Platform.Upgrades.Open(vm, Larger, PaymentMethod.Lightning, default)).Value;
        shop.Platform.World!.SetReachable("simulated", false);
        var hanging = customer.Patch($"/api/v1/vm/{vm}/re-install");
        while (await shop.Text("SELECT COUNT(*) FROM workflow WHERE kind = 'reinstall-vm'") != "1")
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);

        Assert.Equal(Completion.Completed, await shop.Platform.Completion.Settle(upgrade.Id, null, default));
        var renewal = (await shop.Platform.Renewals.Open(vm, PaymentMethod.Lightning, 120, default)).Value;

        Assert.Equal(120 * Sat(LargerPrice), renewal.Amount);
        Assert.Equal(2, (await customer.Get($"/api/v1/vm/{vm}")).Data["template"]!["cpu"]!.GetValue<int>());
        shop.Platform.World.SetReachable("simulated", true);
        await hanging;
    }

    [Fact]
    public async Task A_renewal_is_priced_again_when_an_upgrade_settles_while_its_invoice_is_made()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = new VmId(await customer.OrderRunning(Monthly));
        var (meddled, node) = await SettlingAnUpgrade(shop, vm);

        var renewal = (await new OpenRenewal(meddled, shop.Platform.Rooms).Open(vm, PaymentMethod.Lightning, 120, default)).Value;

        Assert.Equal(120 * Sat(LargerPrice), renewal.Amount);
        Assert.Equal((2, 1), (node.Made, node.Cancelled));
        Assert.Equal("1", await shop.Text("SELECT COUNT(*) FROM vm_payment WHERE is_paid = 0 AND payment_type = 0"));
    }

    [Fact]
    public async Task A_top_up_is_priced_again_when_an_upgrade_settles_while_its_invoice_is_made()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = new VmId(await customer.OrderRunning(Monthly));
        var (meddled, node) = await SettlingAnUpgrade(shop, vm);

        var invoice = await new OpenTopUp(meddled, shop.Platform.Rooms).Open(vm, new Msat(1_000_000), default);

        Assert.True(invoice.IsOk);
        Assert.Equal((2, 1), (node.Made, node.Cancelled));
        var added = double.Parse(await shop.Text("SELECT time_value FROM vm_payment WHERE is_paid = 0"), CultureInfo.InvariantCulture);
        Assert.InRange(added * Sat(LargerPrice) / 1_000_000, 27.9 * 86_400, 31.1 * 86_400);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_is_offered_for_a_vm_that_is_deleted_meanwhile(bool isTopUp)
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = new VmId(await customer.Order(Monthly));
        var (meddled, node) = Meddle(shop, () => shop.Execute("UPDATE vm SET deleted = 1"));

        var refusal = await Offer(meddled, shop.Platform, vm, isTopUp);

        Assert.Equal(RefusalKind.NotFound, refusal!.Kind);
        Assert.Equal((1, 1), (node.Made, node.Cancelled));
        Assert.Equal("0", await shop.Text("SELECT COUNT(*) FROM vm_payment"));
        Assert.Equal("0", await shop.Text("SELECT COUNT(*) FROM offer_hold"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_is_offered_for_a_vm_whose_refund_begins_meanwhile(bool isTopUp)
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = new VmId(await customer.Order(Monthly));
        var (meddled, node) = Meddle(shop, () => shop.Execute("""
            INSERT INTO vm_refund (payment_hash, vm_id, workflow_id, invoice, amount, list_amount, list_currency) SELECT zeroblob(32), id, 1, '', 1, 1, 'EUR' FROM vm
            """));

        var refusal = await Offer(meddled, shop.Platform, vm, isTopUp);

        Assert.Equal((ErrorCode.Conflict, "A refund of this VM is under way"), (refusal!.Code, refusal.Message));
        Assert.Equal((1, 1), (node.Made, node.Cancelled));
        Assert.Equal("0", await shop.Text("SELECT COUNT(*) FROM vm_payment"));
        Assert.Equal("0", await shop.Text("SELECT COUNT(*) FROM offer_hold"));
        var answer = await customer.Get($"/api/v1/vm/{vm}/renew");
        Assert.Equal((HttpStatusCode.Conflict, "A refund of this VM is under way"), (answer.Status, answer.Error));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_price_that_never_holds_is_refused_in_the_end(bool isTopUp)
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = new VmId(await customer.Order(Monthly));
        var price = 250;
        var node = new MeddlingNode(shop.Platform.Shop.Node, () => shop.Execute("UPDATE vm_cost_plan SET amount = @price", new { price = ++price }), times: int.MaxValue);

        var refusal = await Offer(With(shop, node), shop.Platform, vm, isTopUp);

        Assert.Equal(RefusalKind.Conflict, refusal!.Kind);
        Assert.InRange(node.Made, 2, 5);
        Assert.Equal(node.Made, node.Cancelled);
        Assert.Equal("0", await shop.Text("SELECT COUNT(*) FROM offer_hold"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_node_that_is_down_leaves_no_room_held(bool isTopUp)
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = new VmId(await customer.Order(Monthly));
        var (meddled, _) = Meddle(shop, () => throw OutsideFault.Transient("The node is down"));

        await Assert.ThrowsAsync<OutsideFault>(() => Offer(meddled, shop.Platform, vm, isTopUp));

        Assert.Equal("0", await shop.Text("SELECT COUNT(*) FROM offer_hold"));
    }

    [Fact]
    public async Task An_offer_that_breaks_off_leaves_the_room_held_for_another_of_the_same_vm()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = new VmId(await customer.Order(Monthly));
        var (broken, _) = Meddle(shop, () => throw OutsideFault.Transient("The node is down"));
        var held = new List<string>();
        var (meddled, _) = Meddle(shop, async () =>
        {
            await Assert.ThrowsAsync<OutsideFault>(() => new OpenTopUp(broken, shop.Platform.Rooms).Open(vm, new Msat(1_000_000), default));
            held.Add(await shop.Text("SELECT COUNT(*) FROM offer_hold"));
        });

        Assert.Null(await Offer(meddled, shop.Platform, vm, isTopUp: false));

        Assert.Equal(["1"], held);
        Assert.Equal("0", await shop.Text("SELECT COUNT(*) FROM offer_hold"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_invoice_whose_payment_cannot_be_stored_is_cancelled(bool isTopUp)
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = new VmId(await customer.Order(Monthly));
        await shop.Execute("CREATE TRIGGER no_payments BEFORE INSERT ON vm_payment BEGIN SELECT RAISE(ABORT, 'no room on the disk'); END");
        var (meddled, node) = Meddle(shop, () => Task.CompletedTask);

        await Assert.ThrowsAnyAsync<DbException>(() => Offer(meddled, shop.Platform, vm, isTopUp));

        Assert.Equal((1, 1), (node.Made, node.Cancelled));
        Assert.Equal("0", await shop.Text("SELECT COUNT(*) FROM offer_hold"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_invoice_of_a_call_that_another_has_taken_over_is_cancelled(bool isTopUp)
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = new VmId(await customer.Order(Monthly));
        var witness = new TakenOver();
        var (meddled, node) = Meddle(shop, () => Task.CompletedTask);

        using (witness.Watch())
            await Assert.ThrowsAsync<OperationCanceledException>(() => Offer(meddled, shop.Platform, vm, isTopUp));

        Assert.Equal((1, 1), (node.Made, node.Cancelled));
        Assert.Equal("0", await shop.Text("SELECT COUNT(*) FROM vm_payment"));
        Assert.Equal("0", await shop.Text("SELECT COUNT(*) FROM offer_hold"));
    }

    /// <summary>The call's lease is lost when its payment is about to be committed: that is not, nor is anything afterwards.</summary>
    sealed class TakenOver : CommitWitness
    {
        bool _isLost;

        protected override Task BeforeCommit(Session session, string? made, CancellationToken stop) =>
            (_isLost |= made is not null) ? throw new OperationCanceledException("Another has this call") : Task.CompletedTask;
    }

    [Fact]
    public async Task A_slow_node_holds_up_nobody_elses_renewal()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var first = new VmId(await customer.Order(Monthly));
        await shop.Execute("UPDATE sqlite_sequence SET seq = seq + 255 WHERE name = 'vm'");
        var other = new VmId(await customer.Order(Monthly));
        var answer = new TaskCompletionSource();
        var (meddled, node) = Meddle(shop, () => answer.Task);
        var renewals = new OpenRenewal(meddled, shop.Platform.Rooms);
        var slow = renewals.Open(first, PaymentMethod.Lightning, 1, default);
        var again = renewals.Open(first, PaymentMethod.Lightning, 1, default);

        Assert.True((await renewals.Open(other, PaymentMethod.Lightning, 1, default).WaitAsync(TimeSpan.FromSeconds(20))).IsOk);

        answer.SetResult();
        Assert.Equal((await slow).Value.Id, (await again).Value.Id);
        Assert.Equal((2, 0), (node.Made, node.Cancelled));
    }

    static async Task<Refusal?> Offer(Shop meddled, PlatformParts parts, VmId vm, bool isTopUp)
    {
        if (!isTopUp)
            return await new OpenRenewal(meddled, parts.Rooms).Open(vm, PaymentMethod.Lightning, 1, default) is { IsOk: false } refused ? refused.Refusal : null;
        return await new OpenTopUp(meddled, parts.Rooms).Open(vm, new Msat(1_000_000), default) is { IsOk: false } other ? other.Refusal : null;
    }

    static async Task<(Shop, MeddlingNode)> SettlingAnUpgrade(ApiShop shop, VmId vm)
    {
        var upgrade = (await shop.Platform.Upgrades.Open(vm, Larger, PaymentMethod.Lightning, default)).Value;
        return Meddle(shop, () => shop.Platform.Completion.Settle(upgrade.Id, null, default));
    }

    static (Shop, MeddlingNode) Meddle(ApiShop shop, Func<Task> meddle)
    {
        var node = new MeddlingNode(shop.Platform.Shop.Node, meddle);
        return (With(shop, node), node);
    }

    static Shop With(ApiShop shop, ILightningNode node) =>
        shop.Platform.Shop with { Node = node, Providers = new PaymentProviders([new LightningProvider(node)]) };

    /// <summary>Cents at 95,000 euro in whole satoshi, rounded up after the half-up conversion.</summary>
    static ulong Sat(ulong cents) => ((ulong)(((UInt128)cents * 1_000_000_000 * 2 + 95_000) / (2 * 95_000)) + 999) / 1000 * 1000;
}
