using System.Text.Json;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Vms;
using Lnvps.Core.Workflows;
using Lnvps.Database.Refunds;
using Lnvps.Lightning.Nodes;
using Lnvps.Platform.Payments;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Vms;
using Lnvps.Testing.Workflows;

namespace Lnvps.Platform.Tests.Refunds;

/// <summary>billing.md section 17.</summary>
public sealed class RefundVmTests
{
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Pays_records_and_removes(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind);
        var rig = await RefundRig.Over(shop);
        var vm = await rig.PaidVm();
        var expires = (await shop.Row(vm)).Expires;
        // 30 days of 5 euros a month; a satoshi is a tenth of a cent here.
        var invoice = await rig.Invoice(4_000);
        var id = await rig.Run(vm, invoice);

        Assert.Equal((WorkflowState.Succeeded, 1), ((await shop.Rig.Find(id)).State, rig.Purse.Paid));
        var refund = Assert.Single(await rig.Refunds(vm));
        Assert.Equal((4_000_000UL, 400UL, "EUR", "asked for it"), (refund.Amount, refund.ListAmount, refund.ListCurrency, refund.Reason));
        Assert.Equal((await rig.Find(invoice))!.Preimage, refund.Preimage);
        var row = await shop.Row(vm);
        Assert.True(row.Deleted);
        Assert.True(row.Expires < expires);
        Assert.Empty(shop.Objects(vm));
        var history = Assert.Single(await shop.History(vm), entry => entry.ActionType == VmHistoryAction.ConfigurationChanged);
        var metadata = JsonDocument.Parse(history.Metadata!).RootElement;
        Assert.Equal((4_000_000UL, "BTC", refund.Preimage.ToString()), (metadata.GetProperty("refund_amount").GetUInt64(), metadata.GetProperty("refund_currency").GetString(), metadata.GetProperty("preimage").GetString()));
        Assert.Contains(await shop.History(vm), entry => entry.ActionType == VmHistoryAction.Deleted && entry.Description!.EndsWith("asked for it", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("garbage", "bad-invoice")]
    [InlineData("too much", "too-much")]
    [InlineData("capped", "too-much")]
    [InlineData("lapsed", "lapsed")]
    [InlineData("paid", "paid-before")]
    [InlineData("mainnet", "other-network")]
    [InlineData("expired", "refused")]
    [InlineData("deleted", "refused")]
    public async Task Refuses_before_money_moves(string what, string code)
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var rig = await RefundRig.Over(shop);
        var vm = await rig.PaidVm(what == "capped" ? 300UL : 500UL);
        var invoice = what switch
        {
            "garbage" => "lnbcrt1x",
            "too much" => await rig.Invoice(5_001),
            "capped" => await rig.Invoice(3_001),
            // From BOLT 11: 2500 µBTC for a cup of coffee.
            "mainnet" => "lnbc2500u1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpu9qrsgquk0rl77nj30yxdy8j9vdx85fkpmdla2087ne0xh8nhedh8w27kyke0lp53ut353s06fv3qfegext0eh0ymjpf39tuven09sam30g4vgpfna3rh",
            _ => await rig.Invoice(4_000),
        };
        if (what == "paid")
            await rig.Purse.Arrive(invoice);
        if (what == "lapsed")
            shop.Time.Advance(TimeSpan.FromDays(8));
        if (what == "deleted")
            await shop.Run(shop.Workflows.Delete, vm, new Platform.Workflows.DeleteVmInput(Platform.Workflows.DeletionCause.Operator, (await shop.Row(vm)).Expires));
        var paid = rig.Purse.Paid;
        var id = await rig.Run(vm, invoice, what == "expired" ? (await shop.Row(vm)).Expires : null);

        Assert.Equal((WorkflowState.Undone, code), ((await shop.Rig.Find(id)).State, (await shop.Rig.Find(id)).ErrorCode));
        Assert.Equal(paid, rig.Purse.Paid);
        Assert.Empty(await rig.Refunds(vm));
        Assert.Contains(await shop.Messages(toCustomer: false), message => message.Title == $"Refund of VM {vm} Failed");
    }

    [Fact]
    public async Task Refunds_of_one_vm_never_exceed_what_was_paid_together()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var rig = await RefundRig.Over(shop);
        var vm = await rig.PaidVm();
        rig.Purse.Next.Enqueue(() => OutgoingPayment.InFlight);
        var first = await rig.Invoice(3_000);
        var (one, other) = (
            await shop.Rig.Ask(rig.Refund, Platform.Refunds.RefundVm.Of(vm), new Platform.Refunds.RefundVmInput(null, shop.Now.UnixSeconds, null, first)),
            await shop.Rig.Ask(rig.Refund, Platform.Refunds.RefundVm.Of(vm), new Platform.Refunds.RefundVmInput(null, shop.Now.UnixSeconds, null, await rig.Invoice(2_001))));
        await using (var engine = shop.Rig.Engine(rig.DefinitionsOn(shop.Db)))
            await shop.Rig.RunToEnd(engine, () => rig.Purse.Next.Count == 0);
        Assert.Equal((WorkflowState.Running, WorkflowState.Waiting), ((await shop.Rig.Find(one)).State, (await shop.Rig.Find(other)).State));
        Assert.Single(await rig.Refunds(vm));

        await rig.Purse.Arrive(first);
        await rig.RunToEnd();
        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(one)).State);
        // Nothing is left of what was paid, or the VM is gone by then.
        var refused = await shop.Rig.Find(other);
        Assert.Equal(WorkflowState.Undone, refused.State);
        Assert.Contains(refused.ErrorCode, new[] { "too-much", "refused" });
        Assert.Equal(1, rig.Purse.Paid);
    }

    [Fact]
    public async Task Refunded_in_the_second_of_its_creation_it_still_counts_as_paid_for()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var rig = await RefundRig.Over(shop);
        var vm = await rig.PaidVm();
        await shop.Db.Write(session => session.Execute("UPDATE vm SET created = @now WHERE id = @vm", new { now = shop.Now, vm }), default);

        var id = await rig.Run(vm, await rig.Invoice(4_000));

        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(id)).State);
        var row = await shop.Row(vm);
        Assert.True(row.Expires > row.Created);
    }

    [Fact]
    public async Task What_the_node_did_not_pay_changes_nothing_and_may_be_asked_for_again()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var rig = await RefundRig.Over(shop);
        var vm = await rig.PaidVm();
        var invoice = await rig.Invoice(4_000);
        rig.Purse.Next.Enqueue(() => OutgoingPayment.Failed("FAILURE_REASON_NO_ROUTE"));
        var id = await rig.Run(vm, invoice);
        Assert.Equal("not-paid", (await shop.Rig.Find(id)).ErrorCode);
        Assert.Empty(await rig.Refunds(vm));
        Assert.False((await shop.Row(vm)).Deleted);
        Assert.Contains(await shop.Messages(toCustomer: false), message => message.Message.Contains("NO_ROUTE", StringComparison.Ordinal));

        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(await rig.Run(vm, invoice))).State);
        Assert.Equal(1, rig.Purse.Paid);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_renewal_that_is_paid_meanwhile_keeps_its_time_and_the_vm(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind);
        var rig = await RefundRig.Over(shop);
        var vm = await rig.PaidVm();
        var open = await rig.OpenRenewal(vm);
        rig.Purse.Next.Enqueue(() => OutgoingPayment.InFlight);
        var invoice = await rig.Invoice(4_000);
        var id = await rig.Begin(vm, invoice);
        // It is withdrawn, and paid all the same.
        Assert.True((await rig.Payment(open)).Expires <= shop.Now);
        Assert.Equal(InvoiceState.Cancelled, (await rig.Node.LookUp(open.Bytes, default)).State);
        await shop.SetExpires(vm, (await shop.Row(vm)).Expires.PlusSeconds(30 * 86_400));

        await rig.Purse.Arrive(invoice);
        await rig.RunToEnd();
        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(id)).State);
        var row = await shop.Row(vm);
        Assert.False(row.Deleted);
        Assert.Equal(Assert.Single(await rig.Refunds(vm)).Paid!.Value.PlusSeconds(30 * 86_400), row.Expires);
        Assert.Contains(await shop.Messages(toCustomer: false), message => message.Title == $"VM {vm} was refunded and paid for again");
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task While_it_is_under_way_nothing_is_offered_for_the_vm(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind);
        var rig = await RefundRig.Over(shop);
        var (vm, other) = (await rig.PaidVm(), await rig.PaidVm());
        rig.Purse.Next.Enqueue(() => OutgoingPayment.InFlight);
        var id = await rig.Begin(vm, await rig.Invoice(4_000));
        var (business, larger) = (rig.ShopOn(shop.Db), new UpgradeWish(2, Memory: null, Disk: null));
        var renewals = new OpenRenewal(business, shop.Bench.Rooms);
        var upgrades = new OpenUpgrade(business, shop.Bench.Rooms);

        foreach (var refusal in new[]
        {
            (await renewals.Open(vm, PaymentMethod.Lightning, 1, default)).Refusal,
            (await upgrades.Open(vm, larger, PaymentMethod.Lightning, default)).Refusal,
            (await upgrades.Quote(vm, larger, PaymentMethod.Lightning, default)).Refusal,
            (await new OpenTopUp(business, shop.Bench.Rooms).Open(vm, new Core.Money.Msat(1_000_000), default)).Refusal,
        })
        {
            Assert.Equal((ErrorCode.Conflict, "A refund of this VM is under way"), (refusal!.Code, refusal.Message));
        }
        Assert.True((await renewals.Open(other, PaymentMethod.Lightning, 1, default)).IsOk);

        // Forgotten: it may be paid for again.
        var intent = Assert.Single(await rig.Refunds(vm));
        await shop.Db.Write(session => session.RemoveRefund(intent.PaymentHash, id, default), default);
        Assert.True((await upgrades.Open(vm, larger, PaymentMethod.Lightning, default)).IsOk);
    }

    [Fact]
    public async Task What_is_held_up_on_its_way_for_weeks_is_followed_to_its_end_beside_other_work()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var rig = await RefundRig.Over(shop);
        var vm = await rig.PaidVm();
        rig.Purse.Next.Enqueue(() => OutgoingPayment.InFlight);
        var invoice = await rig.Invoice(4_000);
        var id = await rig.Begin(vm, invoice);
        await shop.SetExpires(vm, shop.Now.PlusSeconds(90 * 86_400));

        var began = shop.Now;
        await using (var engine = shop.Rig.Engine(rig.DefinitionsOn(shop.Db)))
            await shop.Rig.RunToEnd(engine, () => shop.Now.SecondsSince(began) > 4 * 86_400, mostRounds: 5_000);
        Assert.Equal(WorkflowState.Running, (await shop.Rig.Find(id)).State);
        var restart = await shop.Rig.Ask(shop.Workflows.Restart, Subject.Of(vm), new Platform.Workflows.VmPowerInput(Platform.Workflows.PowerCause.Owner, shop.Customer));
        await using (var engine = shop.Rig.Engine(rig.DefinitionsOn(shop.Db)))
            await engine.RunRound(default);
        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(restart)).State);

        await rig.Purse.Arrive(invoice);
        await rig.RunToEnd();
        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(id)).State);
        Assert.NotNull(Assert.Single(await rig.Refunds(vm)).Paid);
    }

    [Fact]
    public async Task An_invoice_that_lapses_while_the_node_is_away_is_given_up_and_another_may_be_refunded()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var rig = await RefundRig.Over(shop);
        var vm = await rig.PaidVm();
        rig.Purse.IsAway = true;
        var id = await rig.Begin(vm, await rig.Invoice(4_000), rounds: 3);
        var lapsed = Assert.Single(await rig.Refunds(vm));

        // Longer than the node is usually asked again, and than the invoice lives.
        var began = shop.Now;
        await using (var engine = shop.Rig.Engine(rig.DefinitionsOn(shop.Db)))
            await shop.Rig.RunToEnd(engine, () => shop.Now.SecondsSince(began) > 8 * 86_400, mostRounds: 5_000);
        Assert.Equal(WorkflowState.Running, (await shop.Rig.Find(id)).State);
        Assert.Equal(lapsed, Assert.Single(await rig.Refunds(vm)));

        rig.Purse.IsAway = false;
        await rig.RunToEnd();
        Assert.Equal((WorkflowState.Failed, "not-paid", 0), ((await shop.Rig.Find(id)).State, (await shop.Rig.Find(id)).ErrorCode, rig.Purse.Paid));
        Assert.Empty(await rig.Refunds(vm));
        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(await rig.Run(vm, await rig.Invoice(3_000)))).State);
        Assert.Equal(1, rig.Purse.Paid);
    }

    [Fact]
    public async Task An_answer_that_is_lost_does_not_pay_twice()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var rig = await RefundRig.Over(shop);
        var vm = await rig.PaidVm();
        rig.Purse.LosesAnswers = true;
        var id = await rig.Run(vm, await rig.Invoice(4_000));
        Assert.Equal((WorkflowState.Succeeded, 1), ((await shop.Rig.Find(id)).State, rig.Purse.Paid));
        Assert.NotNull(Assert.Single(await rig.Refunds(vm)).Preimage);
    }

    [Trait("Speed", "slow")]
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Keeps_the_laws_of_workflows(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind, hostCpu: 512, ipv4: "10.7.0.0/16", gateway: "10.7.0.1/16");
        var rig = await RefundRig.Over(shop);
        Assert.Empty(await WorkflowLaws.All(async () => new RefundCase(rig, await rig.PaidVm(), await rig.Invoice(4_000))));
    }
}
