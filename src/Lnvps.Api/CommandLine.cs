using System.CommandLine;
using System.Net;
using Lnvps.Api.Development;
using Lnvps.Api.Operations;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Encryption;
using Lnvps.Database.Schema;
using Lnvps.Platform;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Logs;

namespace Lnvps.Api;

/// <summary>The command line of <c>lnvps_api</c> (customer-api.md section 10.1). Whatever is wrong at start: a message on standard error and status 1.</summary>
static class CommandLine
{
    public static RootCommand Build()
    {
        var config = new Option<string>("--config", "-c") { Description = "Configuration file", DefaultValueFactory = _ => "config.yaml" };
        var modes = new Option<string[]>("--mode") { Description = "What to run: api, worker; both when not given" };
        modes.AcceptOnlyFromAmong("api", "worker");
        var log = new Option<string?>("--log") { Description = "File that gets the log too, in addition to standard error", Recursive = true };
        var root = new RootCommand("LNVPS: virtual machines for Bitcoin; HTTP API and worker") { config, modes, log };
        // The option that comes with a root command knows --version only.
        root.Options.OfType<VersionOption>().Single().Aliases.Add("-V");
        root.SetAction((parsed, stop) => Guarded(parsed.GetValue(log), logging => Serve(parsed.GetValue(config)!, parsed.GetValue(modes) ?? [], logging, stop)));
        root.Subcommands.Add(Development(log));
        return root;
    }

    static Command Development(Option<string?> log)
    {
        var data = new Option<DirectoryInfo>("--data") { Description = "Folder that keeps everything", Required = true };
        var listen = new Option<string>("--listen") { Description = "Address and port, loopback only", DefaultValueFactory = _ => "127.0.0.1:8000" };
        var image = new Option<FileInfo?>("--image") { Description = "Guest image (guest/build-small); not needed with --simulate" };
        var libvirt = new Option<string>("--libvirt") { Description = "LibVirt connection URI", DefaultValueFactory = _ => "qemu:///system" };
        var bridge = new Option<string>("--bridge") { Description = "Bridge of the guests; its addresses are their gateways", DefaultValueFactory = _ => "lnvps0" };
        var simulate = new Option<bool>("--simulate") { Description = "Simulated host instead of LibVirt" };
        var order = new Option<bool>("--order") { Description = "Play a customer in the terminal, then stop" };
        var once = new Option<bool>("--once") { Description = "With --order: remove the machine at the end" };
        var command = new Command("dev", "Run the whole platform on embedded defaults (what ./run starts)") { data, listen, image, libvirt, bridge, simulate, order, once };
        command.SetAction((parsed, stop) => Guarded(parsed.GetValue(log), logging =>
        {
            if (!IPEndPoint.TryParse(parsed.GetValue(listen)!, out var address))
                throw new SettingsException("--listen must be an address and port such as 127.0.0.1:8000");
            return DevelopmentShop.Run(new DevelopmentOptions(
                parsed.GetValue(data)!.FullName, address, parsed.GetValue(image)?.FullName, parsed.GetValue(libvirt)!,
                parsed.GetValue(bridge)!, parsed.GetValue(simulate),
                parsed.GetValue(order), parsed.GetValue(once)), logging, stop);
        }));
        return command;
    }

    static async Task<int> Serve(string file, string[] modes, Logging logging, CancellationToken stop)
    {
        if (!File.Exists(file))
            throw new SettingsException($"The configuration file {file} does not exist; name one with --config");
        var settings = Settings.Read(SettingsNode.Parse(file, await File.ReadAllTextAsync(file, stop))) with { Roles = RolesOf(modes) };
        // What the worker sees of the machines, the API shows; customers would wait for what nobody tells.
        if (settings is { Roles: not Roles.All, Redis: null })
            throw new SettingsException($"--mode {modes[0]} alone needs the key 'redis' in {file}: the other process's states travel through it");
        using var logs = logging.Factory();
        await using var platform = await PlatformParts.Open(settings, TimeProvider.System, logs, stop);
        if (settings.Roles == Roles.Worker)
        {
            using var worker = WorkerHost.Build(settings, platform, logging.Configure);
            await ApiHost.Start(worker, settings.Metrics.Listen, "metrics.listen", stop);
            await worker.WaitForShutdownAsync(stop);
            return 0;
        }
        await using var app = ApiHost.Build(settings, platform, logging.Configure);
        await ApiHost.Start(app, settings.Listen, "listen", stop);
        await app.WaitForShutdownAsync(stop);
        return 0;
    }

    static Roles RolesOf(string[] modes) => modes.Length == 0 ? Roles.All : modes.Aggregate((Roles)0, (roles, mode) => roles | (mode == "api" ? Roles.Api : Roles.Worker));

    static async Task<int> Guarded(string? log, Func<Logging, Task<int>> run)
    {
        try
        {
            using var logging = Logging.Open(log, Environment.GetEnvironmentVariable);
            using var traces = TraceExport.Start(Environment.GetEnvironmentVariable);
            return await run(logging);
        }
        catch (Exception error) when (error is SettingsException or DatabaseRefused or EncryptionRefused or OutsideFault or IOException or UnauthorizedAccessException
            or System.Data.Common.DbException or DllNotFoundException)
        {
            await Console.Error.WriteLineAsync($"lnvps_api cannot start: {error.Message}");
            return 1;
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
    }
}
