using System.Security.Cryptography;
using Lnvps.Core.Identity;
using Lnvps.Lightning.Development;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Payments;
using Lnvps.Platform.Payments.Providers;
using Lnvps.Platform.Tests.Worker;
using Lnvps.Platform.Vms;
using Lnvps.Platform.Wallets;
using Lnvps.Platform.Workflows;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Lightning;
using Lnvps.Testing.Nostr;

namespace Lnvps.Platform.Tests.Wallets;

/// <summary>The small shop with a node that can be paid, a relay, and a wallet that its customer has connected.</summary>
sealed class WalletRig : IAsyncDisposable
{
    readonly RandomNumberGenerator _random = RandomNumberGenerator.Create();

    WalletRig(WorkerRig rig, TestRelay relay, TestWallet wallet) => (Rig, Relay, Wallet) = (rig, relay, wallet);

    public WorkerRig Rig { get; }
    public TestRelay Relay { get; }
    public TestWallet Wallet { get; }
    public DevelopmentNode Node { get; private set; } = null!;
    public Shop Shop { get; private set; } = null!;
    public RenewFromWallets Renewals => Rig.Wallets(Shop);

    public static async Task<WalletRig> Create(DatabaseKind kind = DatabaseKind.Sqlite)
    {
        var worker = await WorkerRig.Create(kind);
        var relay = await TestRelay.Start();
        var rig = new WalletRig(worker, relay, await TestWallet.Start(relay.Url));
        rig.Node = await DevelopmentNode.Open(new MemoryDevelopmentInvoices(), worker.Clock, TimeProvider.System, rig._random, default);
        rig.Shop = worker.Shop with { Node = rig.Node, Providers = new([new LightningProvider(rig.Node)]), Time = TimeProvider.System };
        await rig.Shop.Rates.Refresh(default);
        rig.Wallet.Pay = rig.PayAndSettle;
        await worker.Execute("UPDATE users SET nwc_connection_string = @text", new { text = worker.Db.Cipher.Seal(rig.Wallet.ConnectionString) });
        return rig;
    }

    /// <summary>A VM that renews itself and expires so many seconds from noon.</summary>
    public async Task<VmId> Vm(long expires)
    {
        var vm = await Rig.Built(expires);
        await Rig.Execute("UPDATE vm SET auto_renewal_enabled = 1 WHERE id = @vm", new { vm });
        return vm;
    }

    /// <summary>The periodic check and what it asks of wallets, then what follows from settlements.</summary>
    public async Task Round()
    {
        await Rig.Vms(Shop).Round(default);
        await Renewals.Round(default);
        await Renewals.Round(default);
    }

    public Task<Completion> Settle(Bytes32 hash) =>
        new CompletePayment(Shop, new RoomKeeper(), new VmWork(Shop, Rig.Workflows, new VmWorkflows(Rig.Bench(Shop)))).Settle(new PaymentId(hash), null, default);

    public int Count(string method) => Wallet.Requests.Count(request => request.Method == method);

    public async ValueTask DisposeAsync()
    {
        await Wallet.DisposeAsync();
        await Relay.DisposeAsync();
        await Rig.DisposeAsync();
        _random.Dispose();
    }

    async Task<(string, string)?> PayAndSettle(string invoice)
    {
        var paid = await Node.Pay(invoice, default);
        if (!paid.IsOk)
            return ("PAYMENT_FAILED", paid.Refusal.Message);
        await Settle(paid.Value.PaymentHash);
        return null;
    }
}
