using System.Globalization;
using System.Net;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Payments;
using Lnvps.Core.Randomness;
using Lnvps.Core.Sizes;
using Lnvps.Core.Taxes;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Database.Addresses;
using Lnvps.Database.Notifications;
using Lnvps.Database.Payments;
using Lnvps.Database.Sessions;
using Lnvps.Database.Vms;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Simulated;
using Lnvps.Lightning.Nodes;
using Lnvps.Nostr.Relays;
using Lnvps.Platform.Addresses;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Hosts;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Payments;
using Lnvps.Platform.Rates;
using Lnvps.Platform.Taxes;
using Lnvps.Platform.Vms;
using Lnvps.Platform.Wallets;
using Lnvps.Platform.Worker;
using Lnvps.Platform.Worker.Machines;
using Lnvps.Platform.Workflows;
using Lnvps.Platform.Workflows.Engine;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Time;
using Lnvps.Testing.Workflows;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Platform.Tests.Worker;

/// <summary>
/// A small shop for the worker: one customer, two simulated hosts "alpha" and "beta" of one region, plans by the day, month and year. The business clock stands
/// at <see cref="Noon"/> until it is moved.
/// </summary>
public sealed class WorkerRig : IAsyncDisposable
{
    public static readonly Instant Noon = Instant.Utc(2026, 3, 1, 12);
    public static readonly HostId Alpha = new(1);
    public static readonly HostId Beta = new(2);
    public static readonly UserId Customer = new(1);
    public static readonly TemplateId Daily = new(1);
    public static readonly TemplateId Monthly = new(2);
    public static readonly TemplateId Yearly = new(3);
    const long Day = 86_400;

    readonly TestDatabase _database;

    WorkerRig(TestDatabase database, ushort deleteAfter, bool readOnly, TimeProvider? time)
    {
        _database = database;
        RealTime = time ?? Time;
        World = new SimulatedWorld(RealTime, new SeededRandomness(7));
        World.Host("alpha");
        World.Host("beta");
        Registry = new HostRegistry(new Dictionary<HostKind, HostMaker> { [HostKind.Simulated] = row => World.Host(row.Name) });
        Settings = TestSettings.Of(deleteAfter, readOnly);
        Shop = ShopOver(database.Db);
    }

    public Db Db => _database.Db;
    /// <summary>The real clock, unless the rig was made with another.</summary>
    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    public TimeProvider RealTime { get; }
    public SetClock Clock { get; } = new(Noon);
    public SimulatedWorld World { get; }
    public HostRegistry Registry { get; }
    public WorkflowSignal Signal { get; } = new();
    public WorkflowStore Workflows => new(Signal, RealTime);
    public Settings Settings { get; }
    public Shop Shop { get; }

    /// <param name="time">The real clock; null = <see cref="Time"/>, which stands.</param>
    public static async Task<WorkerRig> Create(DatabaseKind kind, ushort deleteAfter = 3, bool readOnly = false, TimeProvider? time = null)
    {
        var rig = new WorkerRig(await TestDatabases.Create(kind), deleteAfter, readOnly, time);
        await rig.Db.Write(Seed, CancellationToken.None);
        return rig;
    }

    /// <summary>The same shop as another process sees it.</summary>
    public Shop ShopOver(Db db) => new(
        db, Clock, RealTime, new NoNode(), new RateBook(new FixedRates(new Dictionary<string, decimal> { ["EUR"] = 60_000 }), RealTime, NullLogger<RateBook>.Instance),
        TaxBook.Of(TaxTable.Empty), new StateCache(RealTime), Settings);

    public Workbench Bench(Shop shop) => new(shop.Db, Registry, new RoomKeeper(), new AddressPools(new SeededRandomness(7), shop.Time), shop.States, shop.Clock, shop.Time, Workflows, shop.Providers);

    /// <summary>An engine of this shop that runs until it is disposed of.</summary>
    public async Task<WorkflowEngine> RunningEngine(Shop shop)
    {
        var engine = new WorkflowEngine(shop.Db, new VmWorkflows(Bench(shop)).All, Signal, shop.Clock, shop.Time, new EngineOptions("engine", () => 0), NullLogger<WorkflowEngine>.Instance);
        await engine.StartAsync(CancellationToken.None);
        return engine;
    }

    public VmRequests Requests(Shop shop) => new(Workflows, new VmWorkflows(Bench(shop)));

    public CheckVms Vms(Shop? shop = null, int page = 1000) => new(shop ?? Shop, Requests(shop ?? Shop), NullLogger<CheckVms>.Instance) { Page = page };

    public OpenRenewal Renewals(Shop? shop = null) => new(shop ?? Shop, new RoomKeeper());

    /// <summary>How wallets are reached: without long waits.</summary>
    public WalletAccess Access => new(new RelayParts(TimeProvider.System, new SecureRandomness(), RelayRules.Configured) { PublishLimit = TimeSpan.FromSeconds(2) })
    {
        PayLimit = TimeSpan.FromSeconds(3),
        SettleLimit = TimeSpan.FromMilliseconds(100),
    };

    public WalletPayments WalletPayments(Shop? shop = null) => new(shop ?? Shop, Renewals(shop), Access, NullLogger<WalletPayments>.Instance);

    public RenewFromWallets Wallets(Shop? shop = null) => new(shop ?? Shop, Renewals(shop), WalletPayments(shop), NullLogger<RenewFromWallets>.Instance);

    public HostCalls Calls => new(Registry, RealTime);

    public CheckHosts Hosts(Shop? shop = null, HostRegistry? registry = null)
    {
        var calls = new HostCalls(registry ?? Registry, RealTime);
        shop ??= Shop;
        var machines = new MachineCheck(shop, calls, new MachineRemedies(shop, calls, Requests(shop)), NullLogger<MachineCheck>.Instance);
        return new CheckHosts(shop, machines, NullLogger<CheckHosts>.Instance);
    }

    /// <summary>Hosts whose lists are empty, although they know each machine when asked for it; <paramref name="meanwhile"/> happens after the list was made.</summary>
    public HostRegistry HostsThatListNothing(Func<Task> meanwhile) => new(new Dictionary<HostKind, HostMaker>
    {
        [HostKind.Simulated] = row =>
        {
            var host = System.Reflection.DispatchProxy.Create<IVmHost, ForgetfulHost>();
            ((ForgetfulHost)host).Set(World.Host(row.Name), meanwhile);
            return host;
        },
    });

    internal static async Task Seed(Session session)
    {
        async Task Do(string sql) => await session.Execute(sql);
        await Do("INSERT INTO vm_host_region (id, name, enabled, company_id) VALUES (1, 'Here', 1, 1)");
        await Do("INSERT INTO users (id, pubkey, created, contact_nip17, contact_email) VALUES (1, X'0101010101010101010101010101010101010101010101010101010101010101', '2026-01-01 00:00:00', 0, 0)");
        await Do("INSERT INTO user_ssh_key (id, name, user_id, created, key_data) VALUES (1, 'key', 1, '2026-01-01 00:00:00', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS k')");
        await Do("INSERT INTO vm_os_image (id, distribution, flavour, version, enabled, release_date, url) VALUES (1, 1, 'server', '12', 1, '2026-01-01 00:00:00', 'https://example.com/debian.qcow2')");
        foreach (var (id, name) in new[] { (1, "alpha"), (2, "beta") })
        {
            await Do($"INSERT INTO vm_host (id, kind, region_id, name, ip, cpu, memory, enabled, api_token) VALUES ({id}, 65535, 1, '{name}', '{name}', 64, {256UL << 30}, 1, '')");
            await Do($"INSERT INTO vm_host_disk (id, host_id, name, size, kind, interface, enabled) VALUES ({id}, {id}, 'default', {4096UL << 30}, 1, 2, 1)");
        }
        foreach (var (id, name, kind) in new[] { (1, "day", 0), (2, "month", 1), (3, "year", 2) })
        {
            await Do($"INSERT INTO vm_cost_plan (id, name, created, amount, currency, interval_amount, interval_type) VALUES ({id}, '{name}', '2026-01-01 00:00:00', 500, 'EUR', 1, {kind})");
            await Do($"""
                INSERT INTO vm_template (id, name, enabled, created, cpu, memory, disk_size, disk_type, disk_interface, cost_plan_id, region_id)
                VALUES ({id}, 'small-{name}', 1, '2026-01-01 00:00:00', 1, {1UL << 30}, {10UL << 30}, 1, 2, {id}, 1)
                """);
        }
        await Do("""
            INSERT INTO ip_range (id, cidr, enabled, region_id, gateway, allocation_mode, use_full_range) VALUES (1, '10.0.0.0/16', 1, 1, '10.0.0.1', 1, 0)
            """);
    }

    /// <summary>A VM whose row says that it was ordered and expires so many seconds from noon; equal = never paid.</summary>
    public Task<VmId> Vm(long created = -30 * Day, long expires = 10 * Day, TemplateId? template = null, HostId? host = null) => Db.Write(session => session.InsertVm(new VmRow
    {
        HostId = host ?? Alpha,
        UserId = Customer,
        ImageId = new ImageId(1),
        TemplateId = template ?? Monthly,
        SshKeyId = new SshKeyId(1),
        Created = Noon.PlusSeconds(created),
        Expires = Noon.PlusSeconds(expires),
        DiskId = new DiskId((host ?? Alpha).Value),
        MacAddress = MacAddress.Unassigned,
    }, CancellationToken.None), CancellationToken.None);

    /// <summary>Built VMs far from any moment, many at once.</summary>
    public Task AddMany(int count) => Execute($"""
        INSERT INTO vm (host_id, user_id, image_id, template_id, ssh_key_id, created, expires, disk_id, mac_address, deleted, auto_renewal_enabled)
        SELECT 1, 1, 1, 2, 1, '2026-02-15 00:00:00', '2026-03-15 00:00:00', 1, '52:54:00:00:00:02', 0, 0
        FROM {Digits("a")} CROSS JOIN {Digits("b")} CROSS JOIN {Digits("c")} CROSS JOIN {Digits("d")} CROSS JOIN {Digits("e")} LIMIT {count}
        """);

    static string Digits(string name) => $"(SELECT 0 AS n{string.Concat(Enumerable.Range(1, 9).Select(n => $" UNION ALL SELECT {n}"))}) {name}";

    /// <summary>A VM with MAC, address and machine on its host, and its marker.</summary>
    public async Task<VmId> Built(long expires = 10 * Day, bool running = true, bool marker = true, HostId? host = null, HostId? really = null, long created = -30 * Day)
    {
        var vm = await Vm(created, expires, host: host);
        var row = await Give(vm);
        await Build(vm, row, really ?? host ?? Alpha, running);
        if (marker)
            await Db.Write(session => session.MarkVmProvisioned(vm, Time.Moment(), CancellationToken.None), CancellationToken.None);
        return vm;
    }

    /// <summary>MAC and address, but no machine.</summary>
    public async Task<MacAddress> Give(VmId vm)
    {
        var mac = MacAddress.FromBytes([0x52, 0x54, 0, 1, (byte)(vm.Value >> 8), (byte)vm.Value]);
        await Db.Write(async session =>
        {
            await session.SetVmMac(vm, mac, CancellationToken.None);
            await session.InsertAssignment(vm, new RangeId(1), string.Create(CultureInfo.InvariantCulture, $"10.0.1.{vm.Value + 1}"), CancellationToken.None);
        }, CancellationToken.None);
        return mac;
    }

    public async Task Build(VmId vm, MacAddress mac, HostId host, bool running)
    {
        var image = new OsImage(new ImageId(1), new Uri("https://example.com/debian.qcow2"), null, null);
        var address = new MachineAddress(IPAddress.Parse($"10.0.1.{vm.Value + 1}"), 16, IPAddress.Parse("10.0.0.1"), Slaac: false);
        var machine = new Machine(vm, "default", DiskKind.Ssd, DiskInterface.Pcie, 1, Bytes.FromGib(1), Bytes.FromGib(10), mac, null, [address], image, "ssh-ed25519 AAAA");
        var on = World.Host(host == Alpha ? "alpha" : "beta");
        await on.EnsureImage(image, null, CancellationToken.None);
        await on.ImportDisk(machine, CancellationToken.None);
        await on.Define(machine, CancellationToken.None);
        if (running)
            await on.Start(vm, CancellationToken.None);
    }

    /// <summary>An unpaid payment that lapses so many seconds from noon.</summary>
    public Task OpenPayment(VmId vm, long expires) => Db.Write(session => session.InsertPayment(new VmPaymentRow
    {
        Id = new PaymentId(new Bytes32([.. Enumerable.Repeat((byte)0, 28), .. BitConverter.GetBytes(vm.Value)])),
        VmId = vm,
        Created = Noon,
        Expires = Noon.PlusSeconds(expires),
        Currency = "BTC",
        PaymentMethod = PaymentMethod.Lightning,
        TimeValue = 100,
        ExternalData = Db.Cipher.Seal("lnbcrt"),
    }, CancellationToken.None), CancellationToken.None);

    public void At(long secondsFromNoon) => Clock.Now = Noon.PlusSeconds(secondsFromNoon);

    /// <summary>Kinds of all workflows ever asked for on a VM, in order.</summary>
    public Task<List<string>> Asked(VmId vm) => Db.Read(session => session.List<string>("SELECT kind FROM workflow WHERE subject_id = @vm ORDER BY id", new { vm }), CancellationToken.None);

    /// <summary>Everything open is ended, so that it may be asked for anew.</summary>
    public Task EndWork(int state = 3) => Db.Write(session => session.Execute("UPDATE workflow SET state = @state, due = NULL, running_on = NULL, finished = @now WHERE due IS NOT NULL",
        new { state, now = Time.Moment() }), CancellationToken.None);

    public async Task<List<string>> Titles(UserId? user) =>
        [.. (await Db.Read(session => session.ListNotifications(user, CancellationToken.None), CancellationToken.None)).Select(row => row.Title)];

    /// <summary>Texts of the operators' messages.</summary>
    public async Task<List<string>> Messages() =>
        [.. (await Db.Read(session => session.ListNotifications(null, CancellationToken.None), CancellationToken.None)).Select(row => row.Message)];

    public async Task<List<VmHistoryAction>> History(VmId vm) =>
        [.. (await Db.Read(session => session.ListHistory(vm, null, 0, CancellationToken.None), CancellationToken.None)).Select(row => row.ActionType).Reverse()];

    public async Task<VmRow> Row(VmId vm) => (await Db.Read(session => session.FindVm(vm, CancellationToken.None), CancellationToken.None))!;

    public Task<VmProgressRow> Progress(VmId vm) => Db.Read(session => session.GetVmProgress(vm, CancellationToken.None), CancellationToken.None);

    public Task Execute(string sql, object? parameters = null) => Db.Write(session => session.Execute(sql, parameters), CancellationToken.None);

    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
