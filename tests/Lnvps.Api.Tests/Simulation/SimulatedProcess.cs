using Lnvps.Core.Catalogue;
using Lnvps.Core.Randomness;
using Lnvps.Hosting.Simulated;
using Lnvps.Platform.Addresses;
using Lnvps.Platform.Development;
using Lnvps.Platform.Hosts;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Payments;
using Lnvps.Platform.Payments.Revolut;
using Lnvps.Platform.Refunds;
using Lnvps.Platform.Subscriptions;
using Lnvps.Platform.Vms;
using Lnvps.Platform.Worker.Machines;
using Lnvps.Platform.Worker;
using Lnvps.Platform.Workflows.Engine;
using Lnvps.Platform.Workflows;
using Lnvps.Platform;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lnvps.Api.Tests.Simulation;

/// <summary>The parts of one process of the shop, composed as the program does; they run only when they are told to.</summary>
sealed class SimulatedProcess : IAsyncDisposable
{
    readonly UnsteadyDatabase _database;
    readonly HttpClient _http;

    /// <param name="http">By which it reaches the provider of cards; disposed of with the process.</param>
    public SimulatedProcess(UnsteadyDatabase database, Shop shop, RevolutParts cards, HttpClient http, SimulatedWorld world, string name)
    {
        (_database, _http, Cards) = (database, http, cards);
        Shop = shop;
        var hosts = new HostRegistry(new Dictionary<HostKind, HostMaker> { [HostKind.Simulated] = row => world.Host(row.Name) });
        var rooms = new RoomKeeper();
        var signal = new WorkflowSignal();
        var store = new WorkflowStore(signal, shop.Time);
        Workflows = store;
        var bench = new Workbench(
            shop.Db, hosts, rooms, new AddressPools(new SeededRandomness((ulong)name.Length), shop.Time), shop.States, shop.Clock, shop.Time, store, shop.Providers);
        var workflows = new VmWorkflows(bench);
        var payments = new PaymentWorkflows(shop, store, workflows);
        Refund = payments.Refund!;
        // One workflow at a time, so that chance falls alike each time a seed is played.
        Engine = new WorkflowEngine(
            shop.Db, [.. workflows.All, .. payments.All], signal, shop.Clock, shop.Time, new EngineOptions(name, () => 0) { Parallel = 1 },
            NullLogger<WorkflowEngine>.Instance);
        var requests = new VmRequests(store, workflows);
        var calls = new HostCalls(hosts, shop.Time);
        Vms = new CheckVms(shop, requests, NullLogger<CheckVms>.Instance);
        Hosts = new CheckHosts(
            shop, new MachineCheck(shop, calls, new MachineRemedies(shop, calls, requests), NullLogger<MachineCheck>.Instance), NullLogger<CheckHosts>.Instance);
        Subscriptions = new CheckSubscriptions(shop, NullLogger<CheckSubscriptions>.Instance);
        WaitingUpgrades = new WaitingUpgrades(bench, NullLogger<WaitingUpgrades>.Instance);
        SubscriptionOrders = new OrderSubscription(shop);
        SubscriptionPayments = new OpenSubscriptionPayment(shop);
        Orders = new OrderVms(shop, rooms);
        Renewals = new OpenRenewal(shop, rooms);
        TopUps = new OpenTopUp(shop, rooms);
        Upgrades = new OpenUpgrade(shop, rooms);
        Removal = new RemoveVm(shop, store, workflows);
        Work = new VmWork(shop, store, workflows);
        Completion = new CompletePayment(shop, rooms, Work);
        Settlements = new SettlementListener(shop, Completion, NullLogger<SettlementListener>.Instance);
        cards.Connect(shop, Completion, name, NullLoggerFactory.Instance);
    }

    /// <summary>Killed at some statement: whatever it did since reached nobody.</summary>
    public bool IsDead => _database.IsDead;

    public Shop Shop { get; }
    public WorkflowEngine Engine { get; }
    public CheckVms Vms { get; }
    public CheckHosts Hosts { get; }
    public CheckSubscriptions Subscriptions { get; }
    public WaitingUpgrades WaitingUpgrades { get; }
    public OrderSubscription SubscriptionOrders { get; }
    public OpenSubscriptionPayment SubscriptionPayments { get; }
    public RevolutParts Cards { get; }
    public Workflow<RefundVmInput> Refund { get; }
    public OrderVms Orders { get; }
    public OpenRenewal Renewals { get; }
    public OpenTopUp TopUps { get; }
    public OpenUpgrade Upgrades { get; }
    public RemoveVm Removal { get; }
    public WorkflowStore Workflows { get; }
    public VmWork Work { get; }
    public CompletePayment Completion { get; }
    public SettlementListener Settlements { get; }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        Settlements.Dispose();
        Cards.Sweep.Dispose();
        _http.Dispose();
    }
}
