using System.Security.Cryptography;
using Lnvps.Api.Development;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Randomness;
using Lnvps.Core.Taxes;
using Lnvps.Core.Time;
using Lnvps.Database.Schema;
using Lnvps.Database.Sessions;
using Lnvps.Database.Sqlite;
using Lnvps.Database.Users;
using Lnvps.Hosting.Simulated;
using Lnvps.Lightning.Development;
using Lnvps.Platform;
using Lnvps.Platform.Addresses;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Hosts;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Payments;
using Lnvps.Platform.Rates;
using Lnvps.Platform.Taxes;
using Lnvps.Platform.Vms;
using Lnvps.Platform.Worker;
using Lnvps.Platform.Worker.Machines;
using Lnvps.Platform.Workflows;
using Lnvps.Platform.Workflows.Engine;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Lightning;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Api.Tests.Proof;

/// <summary>
/// The world of one simulated shop: its database file, the Lightning node, the host and the clocks, all of which outlive the processes of the shop. Host, node
/// and database misbehave by chance as long as <see cref="IsCalm"/> is false.
/// </summary>
sealed class SimulatedShop : IAsyncDisposable
{
    const double HostTrouble = 0.04;
    const double NodeTrouble = 0.03;
    const double DatabaseTrouble = 0.001;

    static readonly Lazy<Task<string>> Template = new(MakeTemplate);
    static readonly Settings Settings = Settings.Read(SettingsNode.Parse("simulation.yaml", """
        db: "sqlite:simulation.db"
        public-url: "http://127.0.0.1:8000"
        listen: "127.0.0.1:8000"
        delete-after: 3
        lightning: { dev: {} }
        provisioner: { simulated: {} }
        """));

    readonly string _folder;
    readonly SqliteDialect _file;
    readonly SeededGenerator _secrets;
    int _processes;

    SimulatedShop(int seed, string folder)
    {
        _folder = folder;
        Random = new Random(seed);
        _file = new SqliteDialect(Path.Combine(folder, "lnvps.db"));
        _secrets = new SeededGenerator((ulong)seed);
        Db = new Db(_file, TestCiphers.Fixed(), TimeProvider.System);
        World = new SimulatedWorld(Time, new SeededRandomness((ulong)seed));
        World.Host("simulated");
        World.Faults.Choose = _ => Chance(HostTrouble)
            ? new HostFault((FaultMoment)Random.Next(3), FaultAnswer.Transient)
            : null;
    }

    public Random Random { get; }

    /// <summary>The database as it is seen when nothing goes wrong.</summary>
    public Db Db { get; }

    public FakeTimeProvider Time { get; } = new(Start);

    public SimulatedWorld World { get; }

    public MemoryDevelopmentInvoices Invoices { get; } = new();

    public DevelopmentNode Node { get; private set; } = null!;

    /// <summary>Nothing goes wrong any more.</summary>
    public bool IsCalm { get; set; }

    static DateTimeOffset Start => new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static async Task<SimulatedShop> Open(int seed)
    {
        var folder = NewFolder();
        File.Copy(await Template.Value, Path.Combine(folder, "lnvps.db"));
        var shop = new SimulatedShop(seed, folder);
        shop.Node = await DevelopmentNode.Open(shop.Invoices, new RealClock(shop.Time), shop.Time, shop._secrets, default);
        return shop;
    }

    /// <summary>A new process of the shop; it may be killed at some statement to come.</summary>
    public async Task<SimulatedProcess> StartProcess()
    {
        var mortal = new CountingDialect(_file) { DieAt = !IsCalm && Random.Next(3) == 0 ? Random.Next(20, 600) : null };
        var db = new Db(new UnsteadyDialect(mortal, () => Chance(DatabaseTrouble)), Db.Cipher, TimeProvider.System);
        var clock = new RealClock(Time);
        var rates = new RateBook(new FixedRates(new Dictionary<string, decimal> { ["EUR"] = 95_000 }), Time, NullLogger<RateBook>.Instance);
        await rates.Refresh(default);
        var shop = new Shop(db, clock, Time, new UnsteadyNode(Node, () => Chance(NodeTrouble)), rates, TaxBook.Of(TaxTable.Empty), new StateCache(Time), Settings);
        return new SimulatedProcess(mortal, shop, World, $"process-{++_processes}");
    }

    public bool Chance(double probability) => !IsCalm && Random.NextDouble() < probability;

    public async ValueTask DisposeAsync()
    {
        await using (var connection = (SqliteConnection)await _file.Connect(CancellationToken.None))
            SqliteConnection.ClearPool(connection);
        _secrets.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // In memory where there is such a folder: a simulation makes thousands of transactions, each of which waits for the disk.
    static string NewFolder()
    {
        var folder = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"lnvps-simulation-{RandomNumberGenerator.GetHexString(12)}");
        return Directory.CreateDirectory(folder).FullName;
    }

    /// <summary>One host, five addresses, two customers with a key each.</summary>
    static async Task<string> MakeTemplate()
    {
        var folder = NewFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        var file = Path.Combine(folder, "template.db");
        var now = Instant.From(Start);
        var db = await DatabaseOpener.Open(new SqliteDialect(file), TestCiphers.Fixed(), TimeProvider.System, CancellationToken.None);
        await DevelopmentSeed.Plant(db, DevelopmentShop.SimulatedHost(), now, CancellationToken.None);
        await db.Write(async session =>
        {
            await session.Execute("UPDATE ip_range SET cidr = '10.77.0.0/29', gateway = '10.77.0.1/29' WHERE cidr NOT LIKE '%:%'");
            foreach (var first in new byte[] { 1, 2 })
            {
                var user = await session.FindOrCreateUser(new PublicKey(new Bytes32([first, .. new byte[31]])), now, CancellationToken.None);
                await session.AddSshKey(user, "laptop", db.Cipher.Seal(ApiCustomer.SshKey), now, CancellationToken.None);
            }
        }, CancellationToken.None);
        await using (var connection = (SqliteConnection)await db.Dialect.Connect(CancellationToken.None))
        {
            await using (var command = connection.CreateCommand())
            {
                command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
                await command.ExecuteNonQueryAsync();
            }
            SqliteConnection.ClearPool(connection);
        }
        return file;
    }

    /// <summary>The same secrets for the same seed.</summary>
    sealed class SeededGenerator(ulong seed) : RandomNumberGenerator
    {
        readonly SeededRandomness _source = new(seed);

        public override void GetBytes(byte[] data) => _source.Fill(data);

        public override void GetBytes(Span<byte> data) => _source.Fill(data);
    }
}

/// <summary>The parts of one process of the shop, composed as the program does; they run only when they are told to.</summary>
sealed class SimulatedProcess : IAsyncDisposable
{
    readonly CountingDialect _mortal;

    public SimulatedProcess(CountingDialect mortal, Shop shop, SimulatedWorld world, string name)
    {
        _mortal = mortal;
        Shop = shop;
        var hosts = new HostRegistry(new Dictionary<HostKind, HostMaker> { [HostKind.Simulated] = row => world.Host(row.Name) });
        var rooms = new RoomKeeper();
        var signal = new WorkflowSignal();
        var store = new WorkflowStore(signal, shop.Time);
        var workflows = new VmWorkflows(new Workbench(
            shop.Db, hosts, rooms, new AddressPools(new SeededRandomness((ulong)name.Length), shop.Time), shop.States, shop.Clock, shop.Time));
        // One workflow at a time, so that chance falls alike each time a seed is played.
        Engine = new WorkflowEngine(shop.Db, [.. workflows.All, .. new PaymentWorkflows(shop).All], signal, shop.Clock, shop.Time, new EngineOptions(name, () => 0) { Parallel = 1 }, NullLogger<WorkflowEngine>.Instance);
        var requests = new VmRequests(store, workflows);
        var calls = new HostCalls(hosts, shop.Time);
        Vms = new CheckVms(shop, requests, NullLogger<CheckVms>.Instance);
        Hosts = new CheckHosts(
            shop, new MachineCheck(shop, calls, new MachineRemedies(shop, calls, requests), NullLogger<MachineCheck>.Instance), NullLogger<CheckHosts>.Instance);
        Orders = new OrderVms(shop, rooms);
        Renewals = new OpenRenewal(shop, rooms);
        Work = new VmWork(shop, store, workflows);
        Completion = new CompletePayment(shop, rooms, Work);
        Settlements = new SettlementListener(shop, Completion, NullLogger<SettlementListener>.Instance);
    }

    public bool IsDead => _mortal.Statements >= _mortal.DieAt;

    public Shop Shop { get; }
    public WorkflowEngine Engine { get; }
    public CheckVms Vms { get; }
    public CheckHosts Hosts { get; }
    public OrderVms Orders { get; }
    public OpenRenewal Renewals { get; }
    public VmWork Work { get; }
    public CompletePayment Completion { get; }
    public SettlementListener Settlements { get; }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        Settlements.Dispose();
    }
}
