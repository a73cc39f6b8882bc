namespace Lnvps.Api;

/// <summary>Logs go to standard error, one line per event, in UTC. Level by the environment variable <c>LNVPS_LOG</c> (error, warn, info, debug, trace).</summary>
static class Logging
{
    public static void Configure(ILoggingBuilder logging) => logging
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            console.ColorBehavior = Microsoft.Extensions.Logging.Console.LoggerColorBehavior.Disabled;
        })
        .SetMinimumLevel(Level)
        .AddFilter("Microsoft", Level > LogLevel.Warning ? Level : LogLevel.Warning)
        .Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);

    public static ILoggerFactory Factory() => LoggerFactory.Create(Configure);

    static LogLevel Level => Environment.GetEnvironmentVariable("LNVPS_LOG") switch
    {
        "error" => LogLevel.Error,
        "warn" => LogLevel.Warning,
        "debug" => LogLevel.Debug,
        "trace" => LogLevel.Trace,
        _ => LogLevel.Information,
    };
}
