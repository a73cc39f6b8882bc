using System.Runtime.InteropServices;
using System.Threading.Channels;
using Lnvps.Firewall.Attaching;
using Lnvps.Firewall.Configuration;
using Lnvps.Firewall.Kernel;
using Lnvps.Firewall.Reports;
using Lnvps.Platform.Configuration;
using Microsoft.Extensions.Logging;

namespace Lnvps.Firewall.Service;

/// <summary>The running service (firewall.md section 5): loads and attaches, then reports, reloads and looks after its interfaces until it is told to stop.</summary>
sealed class FirewallService(FirewallSettings settings, Func<FirewallSettings>? reread, TimeProvider time, ILogger log)
{
    static readonly TimeSpan InterfaceInterval = TimeSpan.FromSeconds(5);

    enum Deed
    {
        Statistics,
        Interfaces,
        Reload,
    }

    FirewallSettings _settings = settings;

    /// <summary>Runs until <paramref name="stop"/>. Gives the exit status.</summary>
    /// <exception cref="KernelException">The program could not be loaded.</exception>
    public async Task<int> Run(CancellationToken stop)
    {
        var release = KernelNeeds.Release();
        log.LogInformation("Kernel {Release}", release);
        if ((KernelNeeds.WrongKernel(release) ?? KernelNeeds.MissingRights(await File.ReadAllTextAsync("/proc/self/status", stop))) is { } lacking)
            throw new KernelException(lacking, KernelException.NotPermitted);

        using var program = KernelProgram.Load(_settings, log);
        using var attachments = new Attachments(program, log);
        // Before anything is attached: an address that cannot be had ends the start.
        await using var metrics = _settings.Metrics is { } listen
            ? await MetricsServer.Start(listen, () => MetricsPage.Render(_settings, program, attachments.All), stop)
            : null;
        if (metrics is not null)
            log.LogInformation("Metrics on {Address}metrics", metrics.Address);
        var failed = attachments.Settle(_settings);
        if (attachments.All.IsEmpty || (_settings.Mode != XdpMode.Auto && failed.Count > 0))
        {
            // What a pinned state of an earlier run holds stays: it filtered before this start, too.
            if (_settings.PinFolder is null)
                attachments.DetachAll();
            log.LogError("Attached to {Count} of {Wanted} interfaces; giving up", attachments.All.Length, _settings.Interfaces.Count);
            return 1;
        }

        if (_settings.DryRun)
            log.LogWarning("Dry run: what is over the limit is counted and passes");

        var deeds = Channel.CreateUnbounded<Deed>();
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            deeds.Writer.TryWrite(Deed.Reload);
        });
        using var interfaces = time.CreateTimer(_ => deeds.Writer.TryWrite(Deed.Interfaces), null, InterfaceInterval, InterfaceInterval);
        using var statistics = time.CreateTimer(_ => deeds.Writer.TryWrite(Deed.Statistics), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var report = new StatisticsLog(program.Maps, log);
        SetInterval(statistics);
        SystemdNotifier.Send("READY=1", log);
        log.LogInformation("Ready");

        try
        {
            await foreach (var deed in deeds.Reader.ReadAllAsync(stop))
            {
                switch (deed)
                {
                    case Deed.Statistics:
                        report.Write();
                        break;
                    case Deed.Interfaces:
                        attachments.Settle(_settings);
                        break;
                    case Deed.Reload:
                        Reload(program, attachments);
                        SetInterval(statistics);
                        break;
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop.
        }
        SystemdNotifier.Send("STOPPING=1", log);
        if (_settings.PinFolder is { } folder)
        {
            log.LogInformation("Stopped; the limits stay in force ({Folder}) until `lnvps_fw_service detach`", folder);
            return 0;
        }
        attachments.DetachAll();
        log.LogInformation("Stopped; detached everywhere");
        return 0;
    }

    void SetInterval(ITimer statistics) => statistics.Change(
        _settings.StatisticsInterval > TimeSpan.Zero ? _settings.StatisticsInterval : Timeout.InfiniteTimeSpan,
        _settings.StatisticsInterval > TimeSpan.Zero ? _settings.StatisticsInterval : Timeout.InfiniteTimeSpan);

    void Reload(KernelProgram program, Attachments attachments)
    {
        if (reread is null)
        {
            log.LogWarning("Started without a configuration file: there is nothing to read again");
            return;
        }
        FirewallSettings wanted;
        try
        {
            wanted = reread();
        }
        catch (Exception error) when (error is SettingsException or IOException or UnauthorizedAccessException)
        {
            log.LogError("The settings stay as they were: {Reason}", error.Message);
            return;
        }
        foreach (var (key, changed) in new[]
        {
            ("xdp-mode", wanted.Mode != _settings.Mode), ("max-destinations", wanted.Destinations != _settings.Destinations),
            ("metrics", !Equals(wanted.Metrics, _settings.Metrics)), ("pin", wanted.PinFolder != _settings.PinFolder),
        })
        {
            if (changed)
                log.LogWarning("A change of {Key} takes effect at the next start", key);
        }
        wanted = wanted with { Mode = _settings.Mode, Destinations = _settings.Destinations, Metrics = _settings.Metrics, PinFolder = _settings.PinFolder };
        try
        {
            program.Apply(wanted);
        }
        catch (KernelException error)
        {
            log.LogError("The new limits could not be set completely: {Reason}", error.Message);
        }
        _settings = wanted;
        attachments.Settle(wanted);
        log.LogInformation("Settings read again: {Rate} SYN per second, burst {Burst}, {Overrides} overrides", wanted.Defaults.Limit, wanted.Defaults.Burst, wanted.Overrides.Count);
    }
}
