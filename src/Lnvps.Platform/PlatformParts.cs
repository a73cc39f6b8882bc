using System.Security.Cryptography;
using Lnvps.Core.Accounts;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Money;
using Lnvps.Core.Randomness;
using Lnvps.Core.Taxes;
using Lnvps.Core.Time;
using Lnvps.Database.Encryption;
using Lnvps.Database.Schema;
using Lnvps.Database.Sessions;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Http;
using Lnvps.Hosting.Images;
using Lnvps.Hosting.LibVirt;
using Lnvps.Hosting.Simulated;
using Lnvps.Lightning.Development;
using Lnvps.Lightning.Lnd;
using Lnvps.Lightning.Nodes;
using Lnvps.Nostr.HttpAuth;
using Lnvps.Nostr.Keys;
using Lnvps.Nostr.Relays;
using Lnvps.Platform.Addresses;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Consoles;
using Lnvps.Platform.Contact;
using Lnvps.Platform.Development;
using Lnvps.Platform.Hosts;
using Lnvps.Platform.NostrDomains;
using Lnvps.Platform.Notifications.Delivery;
using Lnvps.Platform.Notifications.Mail;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Payments;
using Lnvps.Platform.Payments.Providers;
using Lnvps.Platform.Payments.Revolut;
using Lnvps.Platform.Rates;
using Lnvps.Platform.Sharing;
using Lnvps.Platform.Subscriptions;
using Lnvps.Platform.Taxes;
using Lnvps.Platform.Telemetry;
using Lnvps.Platform.Vms;
using Lnvps.Platform.Wallets;
using Lnvps.Platform.Worker;
using Lnvps.Platform.Worker.Machines;
using Lnvps.Platform.Workflows;
using Lnvps.Platform.Workflows.Engine;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform;

/// <summary>What exists only in development: the node that is paid for nothing, the movable clock, removal by hand.</summary>
public sealed record DevelopmentParts(DevelopmentNode Node, ClockTravel Travel, RemoveVm Remove);

/// <summary>
/// The platform, composed from settings in the order of customer-api.md section 10.2. Opening it touches the database and asks the node for an answer; nothing runs
/// until the background services are started.
/// </summary>
public sealed partial class PlatformParts : IAsyncDisposable
{
    readonly List<IDisposable> _owned = [];
    readonly Func<string, LibVirtHost> _libvirt;

    readonly IReadOnlyList<INoticeChannel> _channels;

    PlatformParts(List<IDisposable> owned, Func<string, LibVirtHost> libvirt, IReadOnlyList<INoticeChannel> channels) =>
        (_owned, _libvirt, _channels) = (owned, libvirt, channels);

    public required Shop Shop { get; init; }
    public required RoomKeeper Rooms { get; init; }
    public required OrderVms Orders { get; init; }
    public required OpenRenewal Renewals { get; init; }
    public required WalletPayments Wallets { get; init; }
    public required WalletAccess WalletAccess { get; init; }
    public required OpenTopUp TopUps { get; init; }
    public required OpenUpgrade Upgrades { get; init; }
    public required OrderSubscription SubscriptionOrders { get; init; }
    public required OpenSubscriptionPayment SubscriptionPayments { get; init; }
    public required CompletePayment Completion { get; init; }
    public required RevolutParts Revolut { get; init; }
    public required VatRegister VatRegister { get; init; }
    public required VmWork Work { get; init; }
    public required WorkflowStore Workflows { get; init; }
    public required WorkflowEngine Engine { get; init; }
    public required WorkflowFeed Feed { get; init; }
    public required ShopGauges Gauges { get; init; }
    public required VmConsoles Consoles { get; init; }
    public required HostCalls Hosts { get; init; }

    /// <summary>Null when no captcha is configured.</summary>
    public Turnstile? Captcha { get; private init; }

    /// <summary>Signed events that were used up.</summary>
    public required IUsedEventIds UsedEvents { get; init; }

    /// <summary>What runs beside the HTTP server, by <see cref="Settings.Roles"/>.</summary>
    public required IReadOnlyList<IHostedService> BackgroundServices { get; init; }

    /// <summary>Null in production.</summary>
    public DevelopmentParts? Development { get; init; }

    /// <summary>The simulated hosts' world; null unless they are configured.</summary>
    public SimulatedWorld? World { get; init; }

    /// <summary>The LibVirt of a connection URI, as the hosts of that kind use it.</summary>
    /// <exception cref="SettingsException">LibVirt is not configured.</exception>
    public LibVirtHost LibVirtAt(string uri) => _libvirt(uri);

    /// <exception cref="SettingsException">The settings do not fit together.</exception>
    /// <exception cref="DatabaseRefused">The database is broken, newer or foreign.</exception>
    /// <exception cref="EncryptionRefused">A key is missing or malformed.</exception>
    /// <exception cref="Core.Outcomes.OutsideFault">The node's files cannot be used, or it does not answer.</exception>
    public static async Task<PlatformParts> Open(Settings settings, TimeProvider time, ILoggerFactory logs, CancellationToken stop)
    {
        var owned = new List<IDisposable>();
        foreach (var section in settings.Unused)
            LogUnused(logs.CreateLogger<PlatformParts>(), section);
        Secp256k1.EnsureAvailable();
        if (!DatabaseUrl.TryParse(settings.Db, out var dialect, out var problem))
            throw new SettingsException($"'db': {problem}");
        var cipher = await EncryptionKeys.Load(settings.Encryption, Environment.GetEnvironmentVariable, time, stop);
        var db = await DatabaseOpener.Open(dialect, cipher, time, stop);

        await ImportProviders.Run(db, settings, new RealClock(time).Now, stop);

        var isDevelopment = settings.Lightning is LightningSettings.Development;
        var movable = isDevelopment ? await MovableClock.Open(db, time, stop) : null;
        IClock clock = movable is null ? new RealClock(time) : movable;
        var shared = await OpenShared(settings.Redis, time, owned, logs);
        var rates = new RateBook(RateSource(settings.Rates, shared, time, owned, logs), time, logs.CreateLogger<RateBook>());
        var developmentNode = isDevelopment ? await DevelopmentNode.Open(new DevelopmentInvoices(db), clock, time, Randomness(owned), stop) : null;
        ILightningNode node = developmentNode is not null
            ? developmentNode
            : await OpenLnd(await NodeAccount.Choose(db, (LightningSettings.Lnd)settings.Lightning, stop), time, owned, stop);
        var http = OutgoingHttp.ForCalls();
        owned.Add(http);
        var vat = settings.Tax.PlaceOfSupply ? new VatRateBook(http, settings.Tax.VatRatesUrl, time, logs.CreateLogger<VatRateBook>()) : null;
        var taxes = vat is null ? TaxBook.Of(new TaxTable(settings.TaxRates.Select(rate => KeyValuePair.Create(rate.Key, new Percent(rate.Value))))) : TaxBook.Of(vat);
        var shop = new Shop(db, clock, time, node, rates, taxes, new StateCache(time, shared is null ? null : new SharedStates(shared, settings.Redis!.StateLifetime)), settings);
        owned.Add(shop.Metrics);
        if (shared is not null)
            shop.Metrics.Meter.CreateObservableGauge("lnvps.redis.up", () => shared.IsUp ? 1 : 0, null, "Whether Redis answered when it was last asked.");
        var revolut = new RevolutParts(db, settings.Revolut, http, new SecureRandomness(), logs);
        shop = shop with { Providers = new([new LightningProvider(node), revolut.Provider]) };

        var world = settings.Provisioner.Simulated is { } simulated
            && simulated.Room is null ? new SimulatedWorld(time, new SecureRandomness(), simulated.StateFile) : null;
        if (settings.Provisioner.Simulated is not null && !isDevelopment)
            LogSimulatedHost(logs.CreateLogger<PlatformParts>());
        var libvirt = LibVirtMaker(settings.Provisioner.LibVirt, time, owned);
        var hosts = new HostRegistry(Makers(settings.Provisioner, world, http, libvirt), (row, host) => new ObservedHost(host, row.Name, shop.Metrics, time));
        return Compose(shop, shared, revolut, hosts, world, libvirt, developmentNode, movable,
            new VatRegister(http, settings.Tax.ViesUrl, time, logs.CreateLogger<VatRegister>()), vat is null ? [] : [vat], owned, logs);
    }

    static PlatformParts Compose(
        Shop shop, SharedStore? shared, RevolutParts revolut, HostRegistry hosts, SimulatedWorld? world, Func<string, LibVirtHost> libvirt, DevelopmentNode? node, MovableClock? clock,
        VatRegister register, IReadOnlyList<IHostedService> services, List<IDisposable> owned, ILoggerFactory logs)
    {
        // Names of processes in leases; a name is never used twice.
        var owner = $"{Environment.MachineName}:{Environment.ProcessId}:{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        var signal = new WorkflowSignal();
        var store = new WorkflowStore(signal, shop.Time);
        var rooms = new RoomKeeper();
        var bench = new Workbench(shop.Db, hosts, rooms, new AddressPools(new SecureRandomness(), shop.Time), shop.States, shop.Clock, shop.Time, store, shop.Providers);
        var workflows = new VmWorkflows(bench);
        var engine = new WorkflowEngine(
            shop.Db, [.. workflows.Allowed(shop.Settings.ReadOnly), .. new PaymentWorkflows(shop, store, workflows).All], signal, shop.Clock, shop.Time, new EngineOptions(owner, Jitter) { Metrics = shop.Metrics }, logs.CreateLogger<WorkflowEngine>());

        var requests = new VmRequests(store, workflows);
        var calls = new HostCalls(hosts, shop.Time);
        var checkVms = new CheckVms(shop, requests, logs.CreateLogger<CheckVms>());
        var checkHosts = new CheckHosts(
            shop, new MachineCheck(shop, calls, new MachineRemedies(shop, calls, requests), logs.CreateLogger<MachineCheck>()), logs.CreateLogger<CheckHosts>());
        var renewals = new OpenRenewal(shop, rooms);
        var relays = new RelayParts(shop.Time, new SecureRandomness(), new RelayRules(shop.Settings.AllowPrivateRelays));
        var walletAccess = new WalletAccess(relays);
        var channels = Channels(shop, relays, logs);
        var wallets = new WalletPayments(shop, renewals, walletAccess, logs.CreateLogger<WalletPayments>());
        var renewFromWallets = new RenewFromWallets(shop, renewals, wallets, logs.CreateLogger<RenewFromWallets>());
        var worker = new Worker.Worker(
            shop, new Repairs(shop, owner, logs.CreateLogger<Repairs>()), checkVms, checkHosts, new PatchHosts(shop, calls, logs.CreateLogger<PatchHosts>()),
            renewFromWallets, new CheckSubscriptions(shop, logs.CreateLogger<CheckSubscriptions>()),
            new CheckNostrDomains(shop, new NameLookup(), logs.CreateLogger<CheckNostrDomains>()),
            new WaitingUpgrades(bench, logs.CreateLogger<WaitingUpgrades>()), new ForgetWorkflows(shop), logs.CreateLogger<Worker.Worker>());

        var work = new VmWork(shop, store, workflows);
        var complete = new CompletePayment(shop, rooms, work);
        DevelopmentParts? development = null;
        if (node is not null && clock is not null)
        {
            var travel = new ClockTravel(shop, clock, checkVms, checkHosts, renewFromWallets, store);
            owned.Add(travel);
            development = new DevelopmentParts(node, travel, new RemoveVm(shop, store, workflows));
        }
        var gauges = new ShopGauges(shop, rooms, logs.CreateLogger<ShopGauges>());
        owned.Add(gauges);
        var used = new UsedEventIds(shop.Time);
        List<IHostedService> forAll = [.. services, new RateRefresh(shop.Rates, shop.Time, logs.CreateLogger<RateRefresh>(), shared is null ? null : SharedRates.LookEvery)];
        if (shared is not null)
            forAll.Add(new SharedSignals(signal, shared));
        // Settlements are noticed where the webhooks arrive (provisioning.md section 15).
        IReadOnlyList<IHostedService> forApi = [.. revolut.Connect(shop, complete, owner, logs), new SettlementListener(shop, complete, logs.CreateLogger<SettlementListener>())];
        IReadOnlyList<IHostedService> forWorker = [engine, worker, new DeliverNotifications(shop, channels, logs.CreateLogger<DeliverNotifications>())];
        return new PlatformParts(owned, libvirt, channels)
        {
            Shop = shop,
            Rooms = rooms,
            Orders = new OrderVms(shop, rooms),
            Renewals = renewals,
            Wallets = wallets,
            WalletAccess = walletAccess,
            TopUps = new OpenTopUp(shop, rooms),
            Upgrades = new OpenUpgrade(shop, rooms),
            SubscriptionOrders = new OrderSubscription(shop),
            SubscriptionPayments = new OpenSubscriptionPayment(shop),
            Completion = complete,
            Revolut = revolut,
            VatRegister = register,
            Work = work,
            Workflows = store,
            Engine = engine,
            Consoles = new VmConsoles(calls, shop.Time),
            Hosts = calls,
            Captcha = shop.Settings.Captcha is { } captcha ? MakeCaptcha(captcha, shop.Time, owned, logs) : null,
            Feed = new WorkflowFeed(shop.Db, store, shop.Time, logs.CreateLogger<WorkflowFeed>()),
            Gauges = gauges,
            UsedEvents = shared is null ? used : new SharedEventIds(used, shared, shop.Time),
            BackgroundServices =
            [
                .. forAll, .. shop.Settings.Roles.HasFlag(Roles.Worker) ? forWorker : [], .. shop.Settings.Roles.HasFlag(Roles.Api) ? forApi : [],
            ],
            Development = development,
            World = world,
        };
    }

    static List<INoticeChannel> Channels(Shop shop, RelayParts relays, ILoggerFactory logs)
    {
        var channels = new List<INoticeChannel>();
        if (shop.Settings.Smtp is { } smtp)
            channels.Add(new MailChannel(smtp, new MailServer(smtp, shop.Time), shop.Db.Cipher, shop.Time));
        if (shop.Settings.Nostr is { } nostr)
        {
            var log = logs.CreateLogger<NostrChannel>();
            channels.Add(new NostrChannel(nostr, relays with { Report = (relay, text) => LogRelay(log, relay.Host, text) }));
        }
        return channels;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Relay {Relay}: {Text}")]
    static partial void LogRelay(ILogger logger, string relay, string text);

    static Turnstile MakeCaptcha(CaptchaSettings settings, TimeProvider time, List<IDisposable> owned, ILoggerFactory logs)
    {
        var http = OutgoingHttp.ForCalls();
        owned.Add(http);
        return new Turnstile(http, settings, time, logs.CreateLogger<Turnstile>());
    }

    static double Jitter() => RandomNumberGenerator.GetInt32(1000) / 1000.0;

    static Dictionary<HostKind, HostMaker> Makers(
        ProvisionerSettings settings, SimulatedWorld? world, HttpClient http, Func<string, LibVirtHost> libvirt)
    {
        var makers = new Dictionary<HostKind, HostMaker>();
        if (settings.LibVirt is not null)
            makers[HostKind.LibVirt] = row => libvirt(row.Ip);
        if (world is not null)
            makers[HostKind.Simulated] = row => world.Host(row.Name);
        else if (settings.Simulated?.Room is { } room)
            makers[HostKind.Simulated] = row => new DistantHost(http, room, row.Name, new SecureRandomness());
        return makers;
    }

    static Func<string, LibVirtHost> LibVirtMaker(QemuSettings? qemu, TimeProvider time, List<IDisposable> owned)
    {
        if (qemu is null)
            return _ => throw new SettingsException("'provisioner.libvirt' is missing");
        var options = new LibVirtOptions
        {
            Machine = qemu.Machine,
            Arch = qemu.Arch,
            Cpu = qemu.Cpu,
            Kvm = qemu.Kvm,
            Bridge = qemu.Bridge,
            ImagePool = qemu.ImagePool,
            VlanAwareBridge = qemu.VlanAwareBridge,
            SecureBoot = qemu.SecureBoot,
            Firmware = qemu.Firmware == "bios" ? Firmware.Bios : Firmware.Efi,
            ShutdownTimeoutSecs = (int)qemu.ShutdownTimeout.TotalSeconds,
        };
        var http = OutgoingHttp.ForDownloads();
        owned.Add(http);
        var images = new ImageCache(qemu.ImageCacheDirectory ?? ImageCache.DefaultFolder, http, time);
        var random = Randomness(owned);
        var connected = new Dictionary<string, LibVirtHost>();
        return uri =>
        {
            lock (connected)
            {
                if (connected.TryGetValue(uri, out var known))
                    return known;
                var host = new LibVirtHost(uri, options, images, time, random);
                owned.Add(host);
                return connected[uri] = host;
            }
        };
    }

    static async Task<SharedStore?> OpenShared(RedisSettings? settings, TimeProvider time, List<IDisposable> owned, ILoggerFactory logs)
    {
        if (settings is null)
            return null;
        var shared = await SharedStore.Open(settings, time, logs.CreateLogger<SharedStore>());
        owned.Add(shared);
        return shared;
    }

    static IRateSource RateSource(RateSettings settings, SharedStore? shared, TimeProvider time, List<IDisposable> owned, ILoggerFactory logs)
    {
        if (settings.Fixed is { } rates)
            return new FixedRates(rates);
        var http = OutgoingHttp.ForCalls();
        owned.Add(http);
        var source = new PublishedRates(http, settings.Url);
        return shared is null ? source : new SharedRates(source, shared, time, logs.CreateLogger<SharedRates>());
    }

    static async Task<LndNode> OpenLnd(LndSettings settings, TimeProvider time, List<IDisposable> owned, CancellationToken stop)
    {
        var node = LndNode.Open(settings, time);
        owned.Add(node);
        await node.CheckConnection(stop);
        return node;
    }

    static RandomNumberGenerator Randomness(List<IDisposable> owned)
    {
        var random = RandomNumberGenerator.Create();
        owned.Add(random);
        return random;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "SIMULATED HOST: 'provisioner.simulated' is configured beside a real Lightning node. Customers pay real money, and no real machine is made.")]
    static partial void LogSimulatedHost(ILogger logger);

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels.OfType<IAsyncDisposable>())
            await channel.DisposeAsync();
        foreach (var owned in Enumerable.Reverse(_owned))
            owned.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The section '{Section}' of the configuration has no effect: this version does not have what it configures")]
    static partial void LogUnused(ILogger logger, string section);
}
