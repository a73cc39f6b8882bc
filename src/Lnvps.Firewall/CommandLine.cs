using System.CommandLine;
using Lnvps.Firewall.Attaching;
using Lnvps.Firewall.Configuration;
using Lnvps.Firewall.Kernel;
using Lnvps.Firewall.Reports;
using Lnvps.Firewall.Service;
using Lnvps.Platform.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Lnvps.Firewall;

/// <summary>The command line of <c>lnvps_fw_service</c>. Status 0: as wished; 1: refused by the kernel or the settings; 2: called wrongly.</summary>
static class CommandLine
{
    public static async Task<int> Run(string[] arguments)
    {
        var parsed = Build().Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            await parsed.InvokeAsync();
            return 2;
        }
        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(20) });
    }

    static RootCommand Build()
    {
        var config = new Option<FileInfo?>("--config", "-c") { Description = "Configuration file" };
        var interfaces = new Argument<string[]>("interfaces") { Description = "Interfaces to protect, with all other settings at their defaults", Arity = ArgumentArity.ZeroOrMore };
        var root = new RootCommand("Limits TCP connection attempts for each destination address (XDP)") { config, interfaces };
        root.SetAction((parsed, stop) => Guarded(log => Serve(parsed.GetValue(config), parsed.GetValue(interfaces) ?? [], log, stop)));

        var carriers = new Argument<string[]>("interfaces") { Description = "Interfaces to ask; all when none is given", Arity = ArgumentArity.ZeroOrMore };
        var json = new Option<bool>("--json") { Description = "JSON instead of a table" };
        var top = new Option<int>("--top") { Description = "How many destinations", DefaultValueFactory = _ => 20 };
        var status = new Command("status", "Show counters and the destinations with the most drops, of a running service or of what it left pinned") { carriers, json, top };
        status.SetAction((parsed, _) => Guarded(log => Task.FromResult(Status(parsed.GetValue(carriers) ?? [], parsed.GetValue(json), Math.Max(0, parsed.GetValue(top))))));
        root.Subcommands.Add(status);

        var pinConfig = new Option<FileInfo?>("--config", "-c") { Description = "Configuration file with the key 'pin'" };
        var pin = new Option<DirectoryInfo?>("--pin") { Description = "The folder itself, when no configuration file names it any more" };
        var detach = new Command("detach", "Take the pinned program off its interfaces and remove its maps; stop the service first") { pinConfig, pin };
        detach.Validators.Add(result =>
        {
            if ((result.GetResult(pinConfig) is null) == (result.GetResult(pin) is null))
                result.AddError("Name either --config or --pin");
        });
        detach.SetAction((parsed, _) => Guarded(log => Task.FromResult(Detach(parsed.GetValue(pinConfig), parsed.GetValue(pin), log))));
        root.Subcommands.Add(detach);
        return root;
    }

    static async Task<int> Serve(FileInfo? config, string[] interfaces, ILogger log, CancellationToken stop)
    {
        // An option that is not known reads like an interface; no interface is called like an option.
        if ((config is null) == (interfaces.Length == 0) || interfaces.Any(name => name.StartsWith('-')))
        {
            await Console.Error.WriteLineAsync("Name either a configuration file or interfaces:");
            await Build().Parse(["--help"]).InvokeAsync(new InvocationConfiguration { Output = Console.Error }, stop);
            return 2;
        }
        if (config is null)
        {
            if (interfaces.FirstOrDefault(name => !FirewallSettings.IsInterfaceName(name)) is { } wrong)
                throw new SettingsException($"'{wrong}' is no name of an interface");
            return await new FirewallService(new FirewallSettings { Interfaces = [.. interfaces.Distinct(StringComparer.Ordinal)] }, null, TimeProvider.System, log).Run(stop);
        }
        return await new FirewallService(Read(config, log), () => Read(config, log), TimeProvider.System, log).Run(stop);
    }

    static FirewallSettings Read(FileInfo config, ILogger log)
    {
        if (!File.Exists(config.FullName))
            throw new SettingsException($"The configuration file {config.FullName} does not exist");
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if ((File.GetUnixFileMode(config.FullName) & others) != UnixFileMode.None)
            log.LogWarning("{File} is open to others than its owner; chmod 600 it", config.FullName);
        return FirewallSettings.Read(config.FullName, File.ReadAllText(config.FullName));
    }

    static int Status(string[] interfaces, bool json, int most)
    {
        var reports = InstalledProgram.Find(interfaces, most);
        if (reports.Count == 0)
        {
            Console.Error.WriteLine("The program is on no interface here.");
            return 1;
        }
        if (json)
            Console.Out.WriteLine($"[{string.Join(",\n", reports.Select(report => report.ToJson()))}]");
        else
            Console.Out.Write(string.Join("\n", reports.Select(report => report.ToText())));
        return 0;
    }

    static int Detach(FileInfo? config, DirectoryInfo? pin, ILogger log) => (pin?.FullName ?? Read(config!, log).PinFolder) is { } folder
        ? PinnedState.Detach(folder, log)
        : throw new SettingsException($"{config!.FullName} has no key 'pin': the program goes away with the service. "
            + "What an earlier file left pinned goes with `lnvps_fw_service detach --pin DIR`");

    /// <summary>Whatever stops it at start: a message, and status 1.</summary>
    static async Task<int> Guarded(Func<ILogger, Task<int>> run)
    {
        using var logging = LoggerFactory.Create(builder => builder
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
            .AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat, console.ColorBehavior) = (true, "HH:mm:ss ", LoggerColorBehavior.Disabled)));
        try
        {
            return await run(logging.CreateLogger("lnvps_fw"));
        }
        catch (OperationCanceledException)
        {
            // Told to stop while it was starting.
            return 0;
        }
        catch (Exception error) when (error is KernelException or SettingsException or IOException or UnauthorizedAccessException or DllNotFoundException)
        {
            await Console.Error.WriteLineAsync(error is DllNotFoundException ? "libbpf.so.1 is missing: apt-get install libbpf1" : error.Message);
            return 1;
        }
    }
}
