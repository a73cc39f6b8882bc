using System.Security.Cryptography;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Taxes;
using Lnvps.Core.Time;
using Lnvps.Core.Workflows;
using Lnvps.Database.Payments;
using Lnvps.Database.Refunds;
using Lnvps.Database.Sessions;
using Lnvps.Lightning.Bolt11;
using Lnvps.Lightning.Development;
using Lnvps.Lightning.Nodes;
using Lnvps.Platform.Payments;
using Lnvps.Platform.Payments.Providers;
using Lnvps.Platform.Rates;
using Lnvps.Platform.Refunds;
using Lnvps.Platform.Taxes;
using Lnvps.Platform.Tests.Worker;
using Lnvps.Platform.Vms;
using Lnvps.Platform.Workflows;
using Lnvps.Platform.Workflows.Engine;
using Lnvps.Testing.Lightning;
using Lnvps.Testing.Vms;
using Lnvps.Testing.Workflows;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lnvps.Platform.Tests.Refunds;

/// <summary>A node that pays out of a purse, once for each payment hash; it outlives the processes that ask it.</summary>
sealed class Purse(DevelopmentNode node) : ILightningPayer
{
    readonly ILightningPayer _payer = node;
    readonly HashSet<Bytes32> _stuck = [];
    int _looked;

    public int Paid { get; private set; }

    /// <summary>The next answers to Pay, instead of paying.</summary>
    public Queue<Func<OutgoingPayment>> Next { get; } = [];

    /// <summary>It answers one question about a payment, and then nothing.</summary>
    public bool IsAway { get; set; }

    /// <summary>After paying, the answer is lost.</summary>
    public bool LosesAnswers { get; set; }

    public Task<LightningNetwork> Network(CancellationToken stop) => _payer.Network(stop);

    public async Task<OutgoingPayment> Pay(PayOrder order, CancellationToken stop)
    {
        if (IsAway)
            throw OutsideFault.Transient("The node is away");
        if (Next.TryDequeue(out var answer))
        {
            var given = answer();
            if (given.State == OutgoingState.InFlight)
                _stuck.Add(Bolt11Decoder.Decode(order.Invoice).Value.PaymentHash);
            return given;
        }
        Paid++;
        var outcome = await _payer.Pay(order, stop);
        if (LosesAnswers)
            throw OutsideFault.Transient("The connection broke");
        return outcome;
    }

    public Task<OutgoingPayment> LookUpPayment(Bytes32 paymentHash, CancellationToken stop) =>
        IsAway && ++_looked > 1 ? throw OutsideFault.Transient("The node is away")
        : _stuck.Contains(paymentHash) ? Task.FromResult(OutgoingPayment.InFlight) : _payer.LookUpPayment(paymentHash, stop);

    /// <summary>What was under way arrives.</summary>
    public async Task Arrive(string invoice)
    {
        _stuck.Clear();
        Paid++;
        Assert.True((await node.Pay(invoice, default)).IsOk);
    }
}

/// <summary>A VM shop with a node that takes and gives money.</summary>
sealed class RefundRig(VmShop vms, DevelopmentNode node, MemoryDevelopmentInvoices invoices)
{
    public VmShop Vms { get; } = vms;

    public Purse Purse { get; } = new(node);

    public static async Task<RefundRig> Over(VmShop vms)
    {
        var invoices = new MemoryDevelopmentInvoices();
        return new RefundRig(vms, await DevelopmentNode.Open(invoices, new RealClock(vms.Time), vms.Time, RandomNumberGenerator.Create(), default), invoices);
    }

    public Shop ShopOn(Db db)
    {
        var rates = new RateBook(new FixedRates(new Dictionary<string, decimal> { ["EUR"] = 100_000 }), Vms.Time, NullLogger<RateBook>.Instance);
        // Fixed rates are there at once; they age all the same.
        Assert.True(rates.Refresh(default).IsCompletedSuccessfully);
        return new Shop(db, new RealClock(Vms.Time), Vms.Time, node, rates, TaxBook.Of(TaxTable.Empty), new StateCache(Vms.Time), TestSettings.Of(3, readOnly: false));
    }

    public Workflow<WithdrawPaymentsInput> Withdraw => new WithdrawPayments(new PaymentProviders([new LightningProvider(node)])).Definition;

    public IReadOnlyList<WorkflowDefinition> DefinitionsOn(Db db)
    {
        var workflows = new VmWorkflows(Vms.BenchOn(db));
        return [.. workflows.All, Withdraw, new RefundVm(ShopOn(db), Purse, Vms.Rig.Store, workflows.Delete, Withdraw).Definition];
    }

    public Workflow<RefundVmInput> Refund => new RefundVm(ShopOn(Vms.Db), Purse, Vms.Rig.Store, Vms.Workflows.Delete, Withdraw).Definition;

    /// <summary>A running VM with 30 days left for which 500 cents were paid.</summary>
    public async Task<VmId> PaidVm(ulong cents = 500)
    {
        var vm = await Vms.NewRunningVm();
        await Vms.Db.Write(session => session.InsertPayment(new VmPaymentRow
        {
            Id = new PaymentId(new Bytes32(RandomNumberGenerator.GetBytes(32))),
            VmId = vm,
            Created = Vms.Now,
            Expires = Vms.Now,
            Amount = cents,
            Currency = "EUR",
            PaymentMethod = Core.Payments.PaymentMethod.Revolut,
            TimeValue = 30 * 86_400,
            IsPaid = true,
            ExternalData = Vms.Db.Cipher.Seal("{}"),
        }, default), default);
        return vm;
    }

    public async Task<string> Invoice(ulong sat) =>
        (await node.CreateInvoice(new InvoiceRequest(new Msat(sat * 1000), "refund", DescriptionHash: null, TimeSpan.FromDays(7)), default)).PaymentRequest;

    public Task<DevelopmentInvoice?> Find(string invoice) => invoices.Find(Bolt11Decoder.Decode(invoice).Value.PaymentHash, default);

    public DevelopmentNode Node => node;

    /// <summary>A renewal for 30 days that is offered now.</summary>
    public async Task<PaymentId> OpenRenewal(VmId vm)
    {
        var invoice = await node.CreateInvoice(new InvoiceRequest(new Msat(5_000_000), "renewal", DescriptionHash: null, TimeSpan.FromMinutes(10)), default);
        var id = new PaymentId(invoice.PaymentHash);
        await Vms.Db.Write(session => session.InsertPayment(new VmPaymentRow
        {
            Id = id,
            VmId = vm,
            Created = Vms.Now,
            Expires = Vms.Now.PlusSeconds(600),
            Amount = 5_000_000,
            Currency = "BTC",
            TimeValue = 30 * 86_400,
            ExternalData = Vms.Db.Cipher.Seal(invoice.PaymentRequest),
        }, default), default);
        return id;
    }

    public async Task<VmPaymentRow> Payment(PaymentId id) => (await Vms.Db.Read(session => session.FindPayment(id, default), default))!;

    /// <summary>Asks for a refund and works on it for a little.</summary>
    public async Task<WorkflowId> Begin(VmId vm, string invoice, int rounds = 3)
    {
        var id = await Ask(vm, invoice, Vms.Now);
        await using var engine = Vms.Rig.Engine(DefinitionsOn(Vms.Db));
        for (var round = 0; round < rounds; round++)
            await engine.RunRound(default);
        return id;
    }

    Task<WorkflowId> Ask(VmId vm, string invoice, Instant from) =>
        Vms.Rig.Ask(Refund, RefundVm.Of(vm), new RefundVmInput(Vms.Customer.Value, from.UnixSeconds, "asked for it", invoice));

    public async Task<WorkflowId> Run(VmId vm, string invoice, Instant? from = null)
    {
        var id = await Ask(vm, invoice, from ?? Vms.Now);
        await RunToEnd();
        return id;
    }

    public async Task RunToEnd()
    {
        await using var engine = Vms.Rig.Engine(DefinitionsOn(Vms.Db));
        await Vms.Rig.RunToEnd(engine);
    }

    public Task<List<VmRefundRow>> Refunds(VmId vm) => Vms.Db.Read(session => session.ListRefunds(vm, default), default);
}

/// <summary>A refund for the laws: what exists of the VM, and of the money.</summary>
sealed class RefundCase(RefundRig rig, VmId vm, string invoice) : WorkflowCase(rig.Vms.Rig)
{
    public override string Kind => RefundVm.Kind;

    public override bool IsRepeatable => false;

    public override IReadOnlyList<WorkflowDefinition> Define(Db db) => rig.DefinitionsOn(db);

    public override Task<WorkflowId> Ask() => Rig.Ask(rig.Refund, RefundVm.Of(vm), new RefundVmInput(null, rig.Vms.Now.UnixSeconds, "law", invoice));

    public override async Task<IReadOnlyList<string>> Observe()
    {
        var row = await rig.Vms.Row(vm);
        return
        [
            .. rig.Vms.Objects(vm),
            $"deleted: {row.Deleted}",
            $"time left: {row.Expires > rig.Vms.Now}",
            $"invoice: {(await rig.Find(invoice))!.State}",
            .. (await rig.Refunds(vm)).Select(refund => $"refund: {refund.Amount} of {refund.ListAmount} {refund.ListCurrency}, paid: {refund.Paid is not null}, proof: {refund.Preimage is not null}"),
            .. (await rig.Vms.History(vm)).GroupBy(h => h.ActionType).OrderBy(g => g.Key).Select(g => $"history: {g.Count()} {g.Key}"),
        ];
    }
}
