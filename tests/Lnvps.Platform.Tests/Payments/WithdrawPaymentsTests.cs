using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Core.Workflows;
using Lnvps.Database.Sessions;
using Lnvps.Lightning.Nodes;
using Lnvps.Platform.Payments;
using Lnvps.Platform.Tests.Refunds;
using Lnvps.Platform.Workflows.Engine;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Vms;
using Lnvps.Testing.Workflows;

namespace Lnvps.Platform.Tests.Payments;

/// <summary>billing.md sections 16 and 18: offers that a settled payment ended are cancelled where they were made.</summary>
public sealed class WithdrawPaymentsTests
{
    [Fact]
    public async Task A_node_that_is_away_is_asked_again()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var rig = await RefundRig.Over(shop);
        var payment = await rig.OpenRenewal(await rig.PaidVm());
        var subject = WithdrawPayments.Of((await rig.Payment(payment)).VmId);
        var provider = new AwayAtFirst(rig.Node);
        var withdraw = new WithdrawPayments(new([new Platform.Payments.Providers.LightningProvider(provider)])).Definition;
        var id = await shop.Rig.Ask(withdraw, subject, new WithdrawPaymentsInput([new WithdrawnPayment(payment.ToString(), PaymentMethod.Lightning, null)]));
        await using (var engine = shop.Rig.Engine([withdraw]))
            await shop.Rig.RunToEnd(engine);

        Assert.Equal((WorkflowState.Succeeded, 3), ((await shop.Rig.Find(id)).State, provider.Asked));
        Assert.Equal(InvoiceState.Cancelled, (await rig.Node.LookUp(payment.Bytes, default)).State);
    }

    [Trait("Speed", "slow")]
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Keeps_the_laws_of_workflows(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind, hostCpu: 512, ipv4: "10.7.0.0/16", gateway: "10.7.0.1/16");
        var rig = await RefundRig.Over(shop);
        Assert.Empty(await WorkflowLaws.All(async () =>
        {
            var vm = await shop.NewVm();
            PaymentId[] open = [await rig.OpenRenewal(vm), await rig.OpenRenewal(vm)];
            var paid = await rig.OpenRenewal(vm);
            Assert.True((await rig.Node.Pay(rig.Vms.Db.Cipher.Open((await rig.Payment(paid)).ExternalData), default)).IsOk);
            return new WithdrawCase(rig, vm, [.. open, paid]);
        }));
    }

    /// <summary>What the node says of each offer. One was paid before it could be cancelled, one is of a method that is not configured any more.</summary>
    sealed class WithdrawCase(RefundRig rig, VmId vm, IReadOnlyList<PaymentId> payments) : WorkflowCase(rig.Vms.Rig)
    {
        public override string Kind => WithdrawPayments.Kind;

        public override IReadOnlyList<WorkflowDefinition> Define(Db db) => [rig.Withdraw];

        public override Task<WorkflowId> Ask() => Rig.Ask(rig.Withdraw, WithdrawPayments.Of(vm), new WithdrawPaymentsInput(
        [
            .. payments.Select(payment => new WithdrawnPayment(payment.ToString(), PaymentMethod.Lightning, null)),
            new WithdrawnPayment(new PaymentId(default).ToString(), PaymentMethod.Revolut, "order"),
        ]));

        public override async Task<IReadOnlyList<string>> Observe()
        {
            var states = new List<string>();
            foreach (var payment in payments)
                states.Add($"{(await rig.Node.LookUp(payment.Bytes, default)).State}");
            return states;
        }
    }

    /// <summary>Cannot be reached twice, and then answers.</summary>
    sealed class AwayAtFirst(ILightningNode node) : ILightningNode
    {
        public int Asked { get; private set; }

        public Task Cancel(Bytes32 paymentHash, CancellationToken stop) =>
            ++Asked < 3 ? throw Core.Outcomes.OutsideFault.Transient("The node is away") : node.Cancel(paymentHash, stop);

        public Task<Invoice> CreateInvoice(InvoiceRequest request, CancellationToken stop) => node.CreateInvoice(request, stop);

        public Task<InvoiceStatus> LookUp(Bytes32 paymentHash, CancellationToken stop) => node.LookUp(paymentHash, stop);

        public IAsyncEnumerable<Settlement> WatchSettled(ulong settleIndex, CancellationToken stop) => node.WatchSettled(settleIndex, stop);
    }
}
