using System.Security.Cryptography;
using Lnvps.Api.Development;
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
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Payments.Providers;
using Lnvps.Platform.Payments.Revolut;
using Lnvps.Platform.Rates;
using Lnvps.Platform.Taxes;
using Lnvps.Platform.Vms;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Lightning;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Api.Tests.Simulation;

/// <summary>
/// The world of one simulated shop: its database file, the Lightning node, the host and the clocks, all of which outlive the processes of the shop. Host, node
/// and database misbehave by chance as long as <see cref="Chances.IsCalm"/> is false.
/// </summary>
sealed class SimulatedShop : IAsyncDisposable
{
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
    readonly SeededRandomness _paymentIds;
    readonly PaymentsUnderWay _underWay = new();
    int _processes;

    SimulatedShop(int seed, string folder, Tally tally)
    {
        _folder = folder;
        Chances = new Chances(seed, tally);
        _file = new SqliteDialect(Path.Combine(folder, "lnvps.db"));
        _secrets = new SeededGenerator((ulong)seed);
        _paymentIds = new SeededRandomness((ulong)seed + (1UL << 32));
        Db = new Db(_file, TestCiphers.Fixed(), TimeProvider.System);
        World = new SimulatedWorld(Time, new SeededRandomness((ulong)seed));
        World.Host("simulated");
    }

    public Chances Chances { get; }

    /// <summary>The database as it is seen when nothing goes wrong.</summary>
    public Db Db { get; }

    public FakeTimeProvider Time { get; } = new(Start);

    /// <summary>By either clock: nobody moves one of them alone.</summary>
    public Instant Now => Instant.From(Time.GetUtcNow());

    public SimulatedWorld World { get; }

    public MemoryDevelopmentInvoices Invoices { get; } = new();

    public DevelopmentNode Node { get; private set; } = null!;

    public CardProvider Cards { get; } = new();

    static DateTimeOffset Start => new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static async Task<SimulatedShop> Open(int seed, Tally tally)
    {
        var folder = TestFolders.Create("lnvps-simulation-");
        File.Copy(await Template.Value, Path.Combine(folder, "lnvps.db"));
        var shop = new SimulatedShop(seed, folder, tally);
        shop.Node = await DevelopmentNode.Open(shop.Invoices, new RealClock(shop.Time), shop.Time, shop._secrets, default);
        return shop;
    }

    /// <summary>A new process of the shop; it may be killed at some statement to come.</summary>
    public async Task<SimulatedProcess> StartProcess()
    {
        var database = new UnsteadyDatabase(_file, Chances);
        World.Faults.Choose = _ => database.IsDead ? new HostFault(FaultMoment.Before, FaultAnswer.Transient) : Chances.OfHost();
        var db = new Db(database.Dialect, Db.Cipher, new NoWaiting());
        var clock = new RealClock(Time);
        var rates = new RateBook(new FixedRates(new Dictionary<string, decimal> { ["EUR"] = 95_000, ["USD"] = 100_000 }), Time, NullLogger<RateBook>.Instance);
        await rates.Refresh(default);
        var node = new UnsteadyNode(Node, _underWay, () => database.IsDead, Chances);
        var http = new HttpClient(Cards.LineOf(() => database.IsDead, Chances));
        var cards = new RevolutParts(db, file: null, http, _paymentIds, NullLoggerFactory.Instance);
        var shop = new Shop(db, clock, Time, node, rates, TaxBook.Of(TaxTable.Empty), new StateCache(Time), Settings)
        {
            Providers = new PaymentProviders([new LightningProvider(node), cards.Provider]),
        };
        return new SimulatedProcess(database, shop, cards, http, World, $"process-{++_processes}");
    }

    public async ValueTask DisposeAsync()
    {
        _file.ClearPool();
        _secrets.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>One host, four addresses, two customers with two keys each, cards, a few pieces of address blocks by the month.</summary>
    static async Task<string> MakeTemplate()
    {
        var folder = TestFolders.Create("lnvps-simulation-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        var file = Path.Combine(folder, "template.db");
        var now = Instant.From(Start);
        var dialect = new SqliteDialect(file);
        var db = await DatabaseOpener.Open(dialect, TestCiphers.Fixed(), TimeProvider.System, CancellationToken.None);
        await DevelopmentSeed.Plant(db, DevelopmentShop.SimulatedHost(), now, CancellationToken.None);
        await db.Write(async session =>
        {
            await session.Execute("UPDATE ip_range SET cidr = '10.77.0.4/30', use_full_range = 1 WHERE cidr NOT LIKE '%:%'");
            foreach (var first in new byte[] { 1, 2 })
            {
                var user = await session.FindOrCreateUser(new PublicKey(new Bytes32([first, .. new byte[31]])), now, CancellationToken.None);
                await session.AddSshKey(user, "laptop", db.Cipher.Seal(ApiCustomer.SshKey), now, CancellationToken.None);
                await session.AddSshKey(user, "desk", db.Cipher.Seal(ApiCustomer.SshKey), now, CancellationToken.None);
            }
            await session.Execute("""
                INSERT INTO payment_method_config (company_id, payment_method, name, enabled, provider_type, config, processing_fee_rate, processing_fee_base, processing_fee_currency)
                VALUES (1, 1, 'Cards', 1, 'revolut', @config, 1.5, 20, 'EUR')
                """, new { config = CardProvider.Config });
            await session.Execute("""
                INSERT INTO available_ip_space (id, company_id, cidr, min_prefix_size, max_prefix_size, registry, created)
                VALUES (1, 1, '198.51.100.0/23', 24, 23, 0, @now), (2, 1, '2001:db8::/47', 48, 48, 0, @now)
                """, new { now });
            await session.Execute("""
                INSERT INTO ip_space_pricing (available_ip_space_id, prefix_size, price_per_month, currency, setup_fee, created)
                VALUES (1, 24, 4000, 'EUR', 2000, @now), (1, 23, 7000, 'EUR', 0, @now), (2, 48, 500, 'USD', 100, @now)
                """, new { now });
        }, CancellationToken.None);
        await using (var session = await db.Open(CancellationToken.None))
            await session.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        dialect.ClearPool();
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

/// <summary>Waits for nothing: pauses of the database's clients are over at once.</summary>
sealed class NoWaiting : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
}
