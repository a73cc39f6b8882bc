using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Lnvps.Core.Catalogue;
using Lnvps.Hosting.LibVirt;
using Lnvps.Hosting.Simulated;
using Lnvps.Platform;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Logs;
using Spectre.Console;

namespace Lnvps.Api.Development;

/// <param name="Folder">Keeps database, keys, disks and the customer.</param>
/// <param name="Image">Guest image; null with a simulated host.</param>
/// <param name="LibVirt">Connection URI of LibVirt.</param>
/// <param name="Order">Play a customer, then stop.</param>
/// <param name="Once">Remove the customer's machine at the end.</param>
sealed record DevelopmentOptions(string Folder, IPEndPoint Listen, string? Image, string LibVirt, string Bridge, bool Simulate, bool Order, bool Once);

/// <summary>
/// The whole platform on embedded defaults in one folder: SQLite, the development node, this machine's LibVirt. It writes an ordinary configuration file
/// into the folder and from there on runs as in production.
/// </summary>
static class DevelopmentShop
{
    const string SmallImageUser = "guest";

    public static async Task<int> Run(DevelopmentOptions options, Logging logging, CancellationToken stop)
    {
        // Into a file or a pipe: no colours, and lines as long as they are.
        var screen = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = Console.IsOutputRedirected ? AnsiSupport.No : AnsiSupport.Detect });
        if (Console.IsOutputRedirected)
            screen.Profile.Width = 1000;
        if (!options.Simulate && options.Image is null)
            throw new SettingsException("--image is missing; ./run builds one, or use --simulate");
        Directory.CreateDirectory(options.Folder);
        using var held = DataFolder.Hold(options.Folder);
        var kvm = !options.Simulate && await KvmMemory.Works(options.Folder, () => KvmProbe.Works(TimeProvider.System, stop), stop);
        var file = Path.Combine(options.Folder, "config.yaml");
        await File.WriteAllTextAsync(file, Configuration(options, kvm), stop);
        var settings = Settings.Read(SettingsNode.Parse(file, await File.ReadAllTextAsync(file, stop)));

        using var logs = logging.Factory();
        await using var platform = await PlatformParts.Open(settings, TimeProvider.System, logs, stop);
        var host = options.Simulate ? SimulatedHost() : await LibVirtHost(options, platform, stop);
        var seeded = await DevelopmentSeed.Plant(platform.Shop.Db, host, platform.Shop.Clock.Now, stop);
        await using var app = ApiHost.Build(settings, platform, logging.Configure);
        await ApiHost.Start(app, settings.Listen, "listen", stop);
        var address = new Uri(app.Urls.First());
        Greet(screen, options, address, seeded, kvm);
        if (!options.Order)
        {
            await app.WaitForShutdownAsync(stop);
            return 0;
        }
        var customer = new TerminalCustomer(address, Path.Combine(options.Folder, "customer"), TimeProvider.System, screen);
        var done = await Order(customer, options, app.Lifetime.ApplicationStopping);
        await app.StopAsync(CancellationToken.None);
        return done ? 0 : 1;
    }

    /// <summary>An order that was interrupted did not happen.</summary>
    static async Task<bool> Order(TerminalCustomer customer, DevelopmentOptions options, CancellationToken stop)
    {
        try
        {
            return await customer.Order(options.Simulate, options.Once, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return false;
        }
    }

    static async Task<SeedHost> LibVirtHost(DevelopmentOptions options, PlatformParts platform, CancellationToken stop)
    {
        var libvirt = platform.LibVirtAt(options.LibVirt);
        var name = PoolOf(options.Folder);
        await libvirt.EnsureFolderPool(name, PoolFolder.Choose(Path.GetFullPath(Path.Combine(options.Folder, "pool")), name), stop);
        var info = await libvirt.GetInfo(stop);
        var pool = info.Pools.First(pool => pool.Name == name);
        return new SeedHost(HostKind.LibVirt, Environment.MachineName, options.LibVirt, info.Cpu, info.Memory, name, pool.Size, new Uri(options.Image!), SmallImageUser,
            BridgeAddresses.Of(options.Bridge));
    }

    /// <summary>Each data folder has a pool of its own: a pool's folder cannot be changed.</summary>
    static string PoolOf(string folder) => $"lnvps-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..8]}";

    /// <summary>As large as the simulated host says it is.</summary>
    internal static SeedHost SimulatedHost()
    {
        var shape = HostShape.Roomy;
        return new SeedHost(HostKind.Simulated, "simulated", "simulated", shape.Cpu, shape.Memory, shape.Pools[0].Name, shape.Pools[0].Size,
            new Uri("https://images.example.com/small.qcow2"), SmallImageUser, ["10.77.0.1/24", "fd77:6c6e:7670:73::1/64"]);
    }

    internal static string Configuration(DevelopmentOptions options, bool kvm)
    {
        var yaml = new StringBuilder();
        yaml.AppendLine("# Written anew by every start of ./run. For a shop of your own copy this file and start lnvps_api --config FILE.");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"db: \"sqlite:{Path.Combine(options.Folder, "lnvps.db")}\"");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"public-url: \"http://{options.Listen}\"");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"listen: \"{options.Listen}\"");
        yaml.AppendLine("lightning: {dev: {}}");
        yaml.AppendLine("metrics: {listen: \"127.0.0.1:0\"}");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"encryption: {{key-file: \"{Path.Combine(options.Folder, "encryption.key")}\", auto-generate: true}}");
        yaml.AppendLine("exchange-rates: {fixed: {EUR: 95000, USD: 100000, GBP: 80000, CAD: 140000, CHF: 90000, AUD: 155000, JPY: 15000000}}");
        yaml.AppendLine("provisioner:");
        if (options.Simulate)
        {
            yaml.AppendLine(CultureInfo.InvariantCulture, $"  simulated: {{state: \"{Path.Combine(options.Folder, "simulated-host.json")}\"}}");
            return yaml.ToString();
        }
        yaml.AppendLine("  libvirt:");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"    image-pool: {PoolOf(options.Folder)}");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"    image-cache-dir: \"{Path.Combine(options.Folder, "images")}\"");
        yaml.AppendLine("    firmware: bios");
        yaml.AppendLine("    shutdown-timeout-secs: 20");
        yaml.AppendLine(CultureInfo.InvariantCulture,
            $"    qemu: {{machine: q35, os-type: l26, bridge: {options.Bridge}, cpu: {(kvm ? "host" : "qemu64")}, kvm: {(kvm ? "true" : "false")}}}");
        return yaml.ToString();
    }

    static void Greet(IAnsiConsole screen, DevelopmentOptions options, Uri address, bool seeded, bool kvm)
    {
        if (options.Simulate)
            screen.MarkupLine("[yellow]SIMULATED HOST: no real machine is made; everything else is real.[/]");
        else
            screen.MarkupLine(kvm ? "Guests run under KVM." : "Guests run under software emulation: a probe boot under KVM did not succeed.");
        screen.MarkupLine(seeded ? $"A small shop was set up in {Markup.Escape(options.Folder)}." : $"Using the shop in {Markup.Escape(options.Folder)}.");
        screen.MarkupLine($"[bold]LNVPS is ready at {Markup.Escape(address.ToString())}[/]");
        screen.MarkupLine("Sign in: every call carries an event signed with your Nostr key (NIP-98); there is no account to make.");
        if (!options.Order)
            screen.MarkupLine("Next: [bold]./run --order[/] in another folder or after stopping this one plays a customer; Ctrl-C stops. Guests keep running.");
    }
}
