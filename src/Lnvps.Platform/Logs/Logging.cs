using Lnvps.Platform.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Lnvps.Platform.Logs;

/// <summary>
/// Logs go to standard error and, with <c>--log</c>, to a file as well: one line per event, in UTC. The environment variable <c>LNVPS_LOG</c> says from which
/// level on (error, warn, info, debug, trace; info when it is not set), also by component: <c>info,Lnvps.Platform.Worker=debug</c>.
/// <c>LNVPS_LOG_FORMAT=json</c> makes each line a JSON object.
/// </summary>
public sealed class Logging : IDisposable
{
    const string TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";

    readonly LogFile? _file;
    readonly LogLevels _levels;
    readonly bool _json;

    Logging(LogFile? file, LogLevels levels, bool json) => (_file, _levels, _json) = (file, levels, json);

    /// <param name="file">Appended to; null = standard error only.</param>
    /// <param name="environment">Value of an environment variable; null when it is not set.</param>
    /// <exception cref="SettingsException">A variable has a value that means nothing.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static Logging Open(string? file, Func<string, string?> environment)
    {
        var levels = LogLevels.Read(environment("LNVPS_LOG"));
        var json = environment("LNVPS_LOG_FORMAT") switch
        {
            null or "" or "text" => false,
            "json" => true,
            _ => throw new SettingsException("LNVPS_LOG_FORMAT must be text or json"),
        };
        return new Logging(file is null ? null : new LogFile(file), levels, json);
    }

    public void Configure(ILoggingBuilder logging)
    {
        if (_json)
        {
            logging.AddJsonConsole(console =>
            {
                console.UseUtcTimestamp = true;
                console.TimestampFormat = TimestampFormat.TrimEnd();
            });
        }
        else
        {
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = TimestampFormat;
                console.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        }
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        if (_file is not null)
        {
            // The file gets the very lines of standard error.
            var formatter = _json ? ConsoleFormatterNames.Json : ConsoleFormatterNames.Simple;
            logging.Services.AddSingleton<ILoggerProvider>(services =>
                new LogFileProvider(_file, services.GetServices<ConsoleFormatter>().First(one => one.Name == formatter)));
        }
        _levels.Apply(logging);
    }

    public ILoggerFactory Factory() => LoggerFactory.Create(Configure);

    public void Dispose() => _file?.Dispose();
}
