using Lnvps.Api.Operations;
using Lnvps.Platform;
using Lnvps.Platform.Configuration;

namespace Lnvps.Api;

/// <summary>A process that works and serves nobody (<c>--mode worker</c>): the platform's background services, and metrics where they are wanted.</summary>
static class WorkerHost
{
    public static IHost Build(Settings settings, PlatformParts platform, Action<ILoggingBuilder> logging)
    {
        var metrics = MetricsPort.Choose(settings.Metrics);
        return metrics is null ? Bare(settings, platform, logging) : Measured(platform, metrics, logging);
    }

    static IHost Bare(Settings settings, PlatformParts platform, Action<ILoggingBuilder> logging)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        logging(builder.Logging);
        AddServices(builder.Services, platform);
        var host = builder.Build();
        if (settings.Metrics.Listen is { } taken)
            ApiHost.LogNoMetrics(host.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(WorkerHost)), taken);
        return host;
    }

    static WebApplication Measured(PlatformParts platform, System.Net.IPEndPoint metrics, Action<ILoggingBuilder> logging)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        logging(builder.Logging);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            MetricsPort.Listen(kestrel, metrics);
        });
        AddServices(builder.Services, platform);
        var app = builder.Build();
        MetricsPort.Use(app, platform);
        return app;
    }

    static void AddServices(IServiceCollection services, PlatformParts platform)
    {
        services.Configure<HostOptions>(options => options.ShutdownTimeout = ApiHost.Shutdown);
        foreach (var service in platform.BackgroundServices)
            services.AddSingleton(service);
    }
}
