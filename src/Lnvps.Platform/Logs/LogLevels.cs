using Lnvps.Platform.Configuration;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Logs;

/// <summary>From which level on events are logged, in general and by component (the beginning of a category's name).</summary>
sealed record LogLevels(LogLevel General, IReadOnlyList<(string Component, LogLevel Level)> Components)
{
    /// <param name="text">Such as <c>debug</c> or <c>warn,Lnvps.Platform.Worker=trace</c>; null or empty: info.</param>
    /// <exception cref="SettingsException">It is something else.</exception>
    public static LogLevels Read(string? text)
    {
        var general = LogLevel.Information;
        var components = new List<(string, LogLevel)>();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            if (at < 0)
                general = Level(part);
            else
                components.Add((part[..at], Level(part[(at + 1)..])));
        }
        return new LogLevels(general, components);
    }

    public void Apply(ILoggingBuilder logging)
    {
        // The web server tells a lot that nobody wants at info.
        logging.SetMinimumLevel(General).AddFilter("Microsoft", General > LogLevel.Warning ? General : LogLevel.Warning);
        foreach (var (component, level) in Components)
            logging.AddFilter(component, level);
    }

    static LogLevel Level(string name) => name switch
    {
        "error" => LogLevel.Error,
        "warn" => LogLevel.Warning,
        "info" => LogLevel.Information,
        "debug" => LogLevel.Debug,
        "trace" => LogLevel.Trace,
        _ => throw new SettingsException("LNVPS_LOG must be error, warn, info, debug or trace, or a list such as info,Lnvps.Platform.Worker=debug"),
    };
}
