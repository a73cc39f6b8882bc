using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Lnvps.Api.Http;
using Lnvps.Platform;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Telemetry;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Lnvps.Api.Operations;

/// <summary>
/// <c>GET /metrics</c> in Prometheus text, or OpenMetrics where that is asked for, on a listener of its own: nothing else is served there, and it is served
/// nowhere else. How a connection came in decides, not an address or a header that a proxy or a stranger may have written.
/// </summary>
sealed class MetricsPort
{
    const string OpenMetricsType = "application/openmetrics-text";

    // Of the framework: requests by route and status, connections, and the process itself.
    static readonly string[] ServerMeters = ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel"];
    const string RuntimeMeter = "System.Runtime";

    readonly MetricsCollector _collector;
    readonly ShopGauges _gauges;

    MetricsPort(MetricsCollector collector, ShopGauges gauges) => (_collector, _gauges) = (collector, gauges);

    /// <summary>Where to listen: as configured, or null when nobody chose the usual address and another program has it.</summary>
    public static IPEndPoint? Choose(MetricsSettings settings)
    {
        if (!settings.IsDefault || settings.Listen is not { } usual)
            return settings.Listen;
        using var probe = new Socket(usual.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(usual);
            return usual;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    public static void Listen(KestrelServerOptions kestrel, IPEndPoint address) => kestrel.Listen(address, listener =>
    {
        listener.Protocols = HttpProtocols.Http1;
        listener.Use(next => connection =>
        {
            connection.Features.Set(Door.Instance);
            return next(connection);
        });
    });

    /// <summary>To be called before everything else of the pipeline.</summary>
    public static void Use(WebApplication app, PlatformParts platform)
    {
        var factory = app.Services.GetRequiredService<IMeterFactory>();
        // Meters of a server are told apart by their factory: a process may hold several servers.
        var collector = new MetricsCollector(meter =>
            meter == platform.Shop.Metrics.Meter || meter.Name == RuntimeMeter || (ReferenceEquals(meter.Scope, factory) && ServerMeters.Contains(meter.Name)));
        app.Lifetime.ApplicationStopped.Register(collector.Dispose);
        var port = new MetricsPort(collector, platform.Gauges);
        app.Use((context, next) => context.Features.Get<Door>() is null ? next(context) : port.Answer(context));
    }

    async Task Answer(HttpContext context)
    {
        if (context.Features.Get<IHttpMetricsTagsFeature>() is { } tags)
            tags.MetricsDisabled = true;
        if (context.Request.Path != "/metrics")
        {
            await Reply.Error(context, 404, "Not found");
            return;
        }
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            await Reply.Error(context, 405, "Method not allowed");
            return;
        }
        await _gauges.Refresh(context.RequestAborted);
        var wantsOpen = context.Request.GetTypedHeaders().Accept.Any(type => type.MediaType.Equals(OpenMetricsType, StringComparison.OrdinalIgnoreCase) && type.Quality != 0);
        var format = wantsOpen ? ExpositionFormat.OpenMetrics : ExpositionFormat.Prometheus;
        context.Response.ContentType = MetricsCollector.ContentType(format);
        if (HttpMethods.IsGet(context.Request.Method))
            await context.Response.WriteAsync(_collector.Write(format), context.RequestAborted);
    }

    /// <summary>Marks the connections that came in through the metrics' listener.</summary>
    sealed class Door
    {
        public static readonly Door Instance = new();
    }
}
