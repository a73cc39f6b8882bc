using Lnvps.Core.Catalogue;
using Lnvps.Core.Randomness;
using Lnvps.Hosting.Simulated;
using Lnvps.Platform.Addresses;
using Lnvps.Platform.Development;
using Lnvps.Platform.Hosts;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Payments;
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

    public SimulatedProcess(UnsteadyDatabase database, Shop shop, SimulatedWorld world, string name)
    {
        _database = database;
        Shop = shop;
        var hosts = new HostRegistry(new Dictionary<HostKind, HostMaker> { [HostKind.Simulated] = row => world.Host(row.Name) });
        var rooms = new RoomKeeper();
        var signal = new WorkflowSignal();
        var store = new WorkflowStore(signal, shop.Time);
        Workflows = store;
        var workflows = new VmWorkflows(new Workbench(
            shop.Db, hosts, rooms, new AddressPools(new SeededRandomness((ulong)name.Length), shop.Time), shop.States, shop.Clock, shop.Time, store, shop.Providers));
        // One workflow at a time, so that chance falls alike each time a seed is played.
        Engine = new WorkflowEngine(
            shop.Db, [.. workflows.All, .. new PaymentWorkflows(shop, store, workflows).All], signal, shop.Clock, shop.Time, new EngineOptions(name, () => 0) { Parallel = 1 },
            NullLogger<WorkflowEngine>.Instance);
        var requests = new VmRequests(store, workflows);
        var calls = new HostCalls(hosts, shop.Time);
        Vms = new CheckVms(shop, requests, NullLogger<CheckVms>.Instance);
        Hosts = new CheckHosts(
            shop, new MachineCheck(shop, calls, new MachineRemedies(shop, calls, requests), NullLogger<MachineCheck>.Instance), NullLogger<CheckHosts>.Instance);
        Orders = new OrderVms(shop, rooms);
        Renewals = new OpenRenewal(shop, rooms);
        TopUps = new OpenTopUp(shop, rooms);
        Upgrades = new OpenUpgrade(shop, rooms);
        Removal = new RemoveVm(shop, store, workflows);
        Work = new VmWork(shop, store, workflows);
        Completion = new CompletePayment(shop, rooms, Work);
        Settlements = new SettlementListener(shop, Completion, NullLogger<SettlementListener>.Instance);
    }

    /// <summary>Killed at some statement: whatever it did since reached nobody.</summary>
    public bool IsDead => _database.IsDead;

    public Shop Shop { get; }
    public WorkflowEngine Engine { get; }
    public CheckVms Vms { get; }
    public CheckHosts Hosts { get; }
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
    }
}
