using System.CommandLine;
using Lnvps.Health.Alerts;
using Lnvps.Health.Configuration;
using Lnvps.Health.Metrics;
using Lnvps.Health.Monitoring;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Logs;
using Lnvps.Platform.Notifications.Mail;
using Microsoft.Extensions.Logging;

namespace Lnvps.Health;

/// <summary>The command line of <c>lnvps_health</c> (health.md section 1). Whatever is wrong at start: a message on standard error and status 1.</summary>
static partial class CommandLine
{
    const int Good = 0;
    const int CannotStart = 1;
    const int SomethingFailed = 2;

    public static RootCommand Build()
    {
        var config = new Option<string>("--config", "-c") { Description = "Configuration file", DefaultValueFactory = _ => "config.yaml" };
        var once = new Option<bool>("--once") { Description = "Run every check once, print the results, and end: 0 when all are good, else 2" };
        var root = new RootCommand("Checks the network of LNVPS from outside, warns by e-mail and serves metrics") { config, once };
        root.SetAction((parsed, stop) => Guarded(parsed.GetValue(config)!, parsed.GetValue(once), stop));
        return root;
    }

    static async Task<int> Guarded(string file, bool once, CancellationToken stop)
    {
        try
        {
            return await Run(file, once, stop);
        }
        catch (Exception error) when (error is SettingsException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"lnvps_health cannot start: {error.Message}");
            return CannotStart;
        }
        catch (OperationCanceledException)
        {
            // A single cycle that was cut off has checks that did not run.
            return once ? SomethingFailed : Good;
        }
    }

    static async Task<int> Run(string file, bool once, CancellationToken stop)
    {
        using var logging = Logging.Open(null, Environment.GetEnvironmentVariable);
        if (!File.Exists(file))
            throw new SettingsException($"The configuration file {file} does not exist; name one with --config");
        var settings = HealthSettings.Read(SettingsNode.Parse(file, await File.ReadAllTextAsync(file, stop)));
        using var logs = logging.Factory();
        var logger = logs.CreateLogger<HealthMonitor>();
        if (settings.Checks.Count == 0)
        {
            LogNoChecks(logger, file);
            return Good;
        }
        if (settings.Mail is null)
            LogNoMail(logger);

        var time = TimeProvider.System;
        var metrics = new HealthMetrics();
        using var mailbox = settings.Mail is { } mail
            ? new Mailbox(mail, new MailServer(mail.Server, time).Send, time, logs.CreateLogger<Mailbox>())
            : null;
        var alerts = new AlertDesk(mailbox, settings.Cooldown, metrics, time, logs.CreateLogger<AlertDesk>());
        var monitor = new HealthMonitor(settings.Checks, alerts, metrics, time, logger);
        await using var listener = settings.Metrics is { } bind ? await MetricsListener.Start(bind, metrics, logging.Configure, stop) : null;
        if (listener is not null)
            LogMetrics(logger, listener.Address);
        if (!once)
            await monitor.Run(settings.Interval, stop);
        var runs = await monitor.Cycle(stop);
        ResultTable.Write(runs, Console.Out, isTerminal: !Console.IsOutputRedirected);
        return runs.All(run => run.Result.IsGood) ? Good : SomethingFailed;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} has no checks: nothing to do")]
    static partial void LogNoChecks(ILogger logger, string file);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No 'smtp': alerts are only logged")]
    static partial void LogNoMail(ILogger logger);

    [LoggerMessage(Level = LogLevel.Information, Message = "Metrics at {Address}metrics")]
    static partial void LogMetrics(ILogger logger, Uri address);
}
