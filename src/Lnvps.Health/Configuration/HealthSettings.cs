using System.Net;
using Lnvps.Health.Checks;
using Lnvps.Platform.Configuration;

namespace Lnvps.Health.Configuration;

/// <summary>Settings of <c>lnvps_health</c> (health.md section 1.1).</summary>
sealed record HealthSettings
{
    // Longer than this nobody waits for a check, and timers can.
    const long MostSeconds = 4_000_000;

    /// <summary>From the start of a cycle to the start of the next.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>Least time between two alerts of the same check.</summary>
    public required TimeSpan Cooldown { get; init; }

    /// <summary>Where the metrics are served; null = nowhere.</summary>
    public IPEndPoint? Metrics { get; init; }

    /// <summary>Null = alerts are only logged.</summary>
    public MailSettings? Mail { get; init; }

    /// <summary>With ids of which no two are the same.</summary>
    public required IReadOnlyList<ICheck> Checks { get; init; }

    /// <exception cref="SettingsException">A key is missing or wrong; the message names it and its line.</exception>
    public static HealthSettings Read(SettingsNode root) => new()
    {
        Interval = TimeSpan.FromSeconds(root.Integer("interval-secs", 600, 1, MostSeconds)),
        Cooldown = TimeSpan.FromSeconds(root.Integer("alert-cooldown-secs", 3600, 1, MostSeconds)),
        Metrics = root.Section("metrics") is { } metrics ? ReadMetrics(metrics) : null,
        Mail = root.Section("smtp") is { } smtp ? MailSettings.Read(smtp) : null,
        Checks = CheckSettings.Read(root),
    };

    // Read even when disabled: a wrong address should be noticed before it is needed.
    static IPEndPoint? ReadMetrics(SettingsNode section)
    {
        var bind = section.OptionalEndPoint("bind") ?? new IPEndPoint(IPAddress.Loopback, 9090);
        return section.Flag("enabled", otherwise: false) ? bind : null;
    }
}
