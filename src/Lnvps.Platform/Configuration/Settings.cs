using System.Net;
using Lnvps.Database.Encryption;
using Lnvps.Database.Sessions;

namespace Lnvps.Platform.Configuration;

/// <summary>Settings of <c>lnvps_api</c> (customer-api.md section 10.3) as far as this version uses them.</summary>
public sealed record Settings
{
    /// <summary><c>mysql://…</c> or <c>sqlite:PATH</c>.</summary>
    public required string Db { get; init; }

    /// <summary>Base of callback addresses.</summary>
    public required Uri PublicUrl { get; init; }

    public required IPEndPoint Listen { get; init; }

    /// <summary>Days between a VM's expiry and its deletion.</summary>
    public required ushort DeleteAfterDays { get; init; }

    /// <summary>Nothing is created, re-installed, resized or destroyed on hosts; orders are refused.</summary>
    public required bool ReadOnly { get; init; }

    public required LightningSettings Lightning { get; init; }

    public required ProvisionerSettings Provisioner { get; init; }

    public EncryptionSettings? Encryption { get; init; }

    /// <summary>Per cent, 0 to 100, by ISO 3166-1 alpha-2 code.</summary>
    public required IReadOnlyDictionary<string, decimal> TaxRates { get; init; }

    public required TaxSettings Tax { get; init; }

    /// <summary>Null = no section; the table of payment providers goes before it.</summary>
    public RevolutSettings? Revolut { get; init; }

    /// <summary>Where exchange rates come from; null = the public source.</summary>
    public required RateSettings Rates { get; init; }

    public required bool RateLimit { get; init; }

    /// <summary>Null = there is no contact form.</summary>
    public CaptchaSettings? Captcha { get; init; }

    /// <summary>Known sections of the file that this version has no use for; operators are told at start.</summary>
    public IReadOnlyList<string> Unused { get; init; } = [];

    public required MetricsSettings Metrics { get; init; }

    /// <summary>
    /// Relays that customers name may be plain <c>ws://</c> and lie in this network (<c>allow-private-relays</c>); by default only with the development node, whose
    /// shop nobody else can reach.
    /// </summary>
    public required bool AllowPrivateRelays { get; init; }

    /// <summary>What this process shares with others of the shop besides the database; null = nothing.</summary>
    public RedisSettings? Redis { get; init; }

    /// <summary>Not of the file: the command line says it.</summary>
    public Roles Roles { get; init; } = Roles.All;

    /// <summary>Where e-mail is handed in; null = none is sent.</summary>
    public SmtpSettings? Smtp { get; init; }

    /// <summary>The shop's key and relays; null = no Nostr messages are sent.</summary>
    public NostrSettings? Nostr { get; init; }

    /// <summary>What customers' domains for Nostr names must point to.</summary>
    public string? NostrAddressHost { get; init; }

    /// <summary>Hosts that cannot be registered for Nostr names, with everything below them.</summary>
    public IReadOnlyList<string> NostrReservedHosts { get; init; } = [];

    /// <summary>Reads the settings of one file.</summary>
    /// <exception cref="SettingsException">A key is missing or wrong; the message names it and its line.</exception>
    public static Settings Read(SettingsNode root)
    {
        var publicUrl = root.Url("public-url");
        var listen = root.OptionalEndPoint("listen") ?? new IPEndPoint(IPAddress.Any, 8000);
        var lightning = LightningSettings.Read(root);
        if (lightning is LightningSettings.Development)
            RequireLoopback(root, publicUrl, listen);
        return new Settings
        {
            Db = ReadDb(root),
            PublicUrl = publicUrl,
            Listen = listen,
            DeleteAfterDays = (ushort)root.Integer("delete-after", 3, 0, ushort.MaxValue),
            ReadOnly = root.Flag("read-only", otherwise: false),
            Lightning = lightning,
            Provisioner = ProvisionerSettings.Read(root.Section("provisioner") ?? throw root.Missing("provisioner")),
            Encryption = root.Section("encryption") is { } encryption
                ? new EncryptionSettings(encryption.Path("key-file"), encryption.Flag("auto-generate", otherwise: false))
                : null,
            TaxRates = MoneyTables.TaxRates(root.Section("tax-rate")),
            Tax = TaxSettings.Read(root),
            Revolut = root.Section("revolut") is { } revolut ? RevolutSettings.Read(revolut) : null,
            Rates = RateSettings.Read(root.Section("exchange-rates")),
            AllowPrivateRelays = root.Flag("allow-private-relays", otherwise: lightning is LightningSettings.Development),
            Redis = RedisSettings.Read(root),
            Smtp = SmtpSettings.Read(root),
            Nostr = NostrSettings.Read(root),
            NostrAddressHost = root.OptionalText("nostr-address-host"),
            NostrReservedHosts = root.Texts("nostr-reserved-hosts"),
            Metrics = MetricsSettings.Read(root.Section("metrics")),
            Captcha = CaptchaSettings.Read(root),
            Unused = UnusedSections.Of(root),
            RateLimit = root.Section("rate-limit")?.Flag("enabled", otherwise: true) ?? true,
        };
    }

    static string ReadDb(SettingsNode root)
    {
        var text = root.Text("db");
        return DatabaseUrl.TryParse(text, out _, out var problem) ? text : throw root.Refused("db", problem);
    }

    // Whoever reaches the development endpoints pays with play money and moves the clock: nobody but this machine may.
    static void RequireLoopback(SettingsNode root, Uri publicUrl, IPEndPoint listen)
    {
        if (!IPAddress.IsLoopback(listen.Address))
            throw root.Wrong("listen", "a loopback address (127.0.0.1 or [::1]) while lightning.dev is configured");
        if (!publicUrl.IsLoopback)
            throw root.Wrong("public-url", "a loopback address while lightning.dev is configured");
    }
}

/// <summary>The one Lightning node (exactly one kind must be configured).</summary>
public abstract record LightningSettings
{
    public sealed record Lnd(Uri Url, string Certificate, string Macaroon) : LightningSettings;

    /// <summary>The built-in node that issues regtest invoices and is paid through an endpoint; loopback only.</summary>
    public sealed record Development : LightningSettings;

    internal static LightningSettings Read(SettingsNode root)
    {
        var section = root.Section("lightning") ?? throw root.Missing("lightning");
        if (section.Keys.Count() != 1)
            throw root.Wrong("lightning", "a map with exactly one kind of node (lnd)");
        if (section.Section("lnd") is { } lnd)
            return new Lnd(lnd.Url("url"), lnd.Path("cert"), lnd.Path("macaroon"));
        if (section.Has("dev"))
            return new Development();
        throw section.Has("bitvora")
            ? section.Wrong("bitvora", "replaced by lnd: that service has been shut down")
            : root.Wrong("lightning", "a map with the key lnd");
    }
}

/// <summary>Which kinds of hosts can be used, and how.</summary>
public sealed record ProvisionerSettings
{
    public QemuSettings? LibVirt { get; init; }

    /// <summary>Machines are made in memory instead of on hypervisors; for development.</summary>
    public SimulatedSettings? Simulated { get; init; }

    internal static ProvisionerSettings Read(SettingsNode section) => new()
    {
        LibVirt = section.Section("libvirt") is { } libvirt ? QemuSettings.Read(libvirt) : null,
        Simulated = section.Section("simulated") is { } simulated ? SimulatedSettings.Read(simulated) : null,
    };
}

/// <param name="StateFile">Where the simulated machines outlive the process; null = nowhere.</param>
/// <param name="Room">Another process that has the simulated hosts, for several processes of one shop; null = this one has them.</param>
public sealed record SimulatedSettings(string? StateFile, Uri? Room)
{
    internal static SimulatedSettings Read(SettingsNode section) =>
        section.Has("url") && section.Has("state")
            ? throw section.Wrong("state", "absent: the process at 'url' keeps the machines")
            : new(section.OptionalPath("state"), section.Has("url") ? section.Url("url") : null);
}

/// <summary><c>provisioner.libvirt</c> (provisioning.md sections 2 and 12.3).</summary>
public sealed record QemuSettings
{
    public required string Machine { get; init; }
    public required string Bridge { get; init; }
    public required string Cpu { get; init; }
    public required bool Kvm { get; init; }
    public required string Arch { get; init; }
    public required string ImagePool { get; init; }
    public string? ImageCacheDirectory { get; init; }
    public required bool VlanAwareBridge { get; init; }
    public required bool SecureBoot { get; init; }
    public required TimeSpan ShutdownTimeout { get; init; }
    /// <summary><c>efi</c> or <c>bios</c>.</summary>
    public required string Firmware { get; init; }

    internal static QemuSettings Read(SettingsNode libvirt)
    {
        var qemu = libvirt.Section("qemu") ?? throw libvirt.Missing("qemu");
        var firmware = libvirt.OptionalText("firmware") ?? "efi";
        if (firmware is not ("efi" or "bios"))
            throw libvirt.Wrong("firmware", "efi or bios");
        return new QemuSettings
        {
            Machine = qemu.Text("machine"),
            Bridge = qemu.Text("bridge"),
            Cpu = qemu.Text("cpu"),
            Kvm = qemu.Flag("kvm", otherwise: true),
            Arch = qemu.OptionalText("arch") ?? "x86_64",
            ImagePool = libvirt.OptionalText("image-pool") ?? "default",
            ImageCacheDirectory = libvirt.OptionalPath("image-cache-dir"),
            VlanAwareBridge = libvirt.Flag("vlan-aware-bridge", otherwise: false),
            SecureBoot = libvirt.Flag("secure-boot", otherwise: false),
            ShutdownTimeout = TimeSpan.FromSeconds(libvirt.Integer("shutdown-timeout-secs", 60, 1, 3600)),
            Firmware = firmware,
        };
    }
}

/// <summary>Source of exchange rates.</summary>
/// <param name="Url">JSON object of units per BTC (billing.md section 2).</param>
/// <param name="Fixed">Units per BTC by upper-case code, above zero, instead of a source; for development.</param>
public sealed record RateSettings(Uri Url, IReadOnlyDictionary<string, decimal>? Fixed)
{
    static readonly Uri PublicSource = new("https://mempool.space/api/v1/prices");

    internal static RateSettings Read(SettingsNode? section)
    {
        var pairs = section?.Section("fixed");
        return new RateSettings(
            section?.Has("url") == true ? section.Url("url") : PublicSource,
            pairs is null ? null : MoneyTables.FixedRates(pairs));
    }
}
