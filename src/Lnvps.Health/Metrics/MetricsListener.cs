using System.Net;
using System.Net.Sockets;
using Lnvps.Platform.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lnvps.Health.Metrics;

/// <summary>Serves <c>GET /metrics</c>, and nothing else, as long as it lives.</summary>
sealed class MetricsListener : IAsyncDisposable
{
    readonly WebApplication _app;

    MetricsListener(WebApplication app)
    {
        _app = app;
        Address = new Uri(app.Urls.First());
    }

    /// <summary>Where it listens, with the port that the system chose when none was.</summary>
    public Uri Address { get; }

    /// <exception cref="SettingsException">The address cannot be listened on.</exception>
    public static async Task<MetricsListener> Start(IPEndPoint bind, HealthMetrics metrics, Action<ILoggingBuilder> logging, CancellationToken stop)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        logging(builder.Logging);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(bind, listener => listener.Protocols = HttpProtocols.Http1);
        });
        // Signals are the program's; whoever reads the metrics at the end need not be waited for.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(1));
        var app = builder.Build();
        app.Run(context => Answer(context, metrics));
        try
        {
            await app.StartAsync(stop);
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            await app.DisposeAsync();
            throw new SettingsException($"'metrics.bind': {bind} cannot be used: {error.Message}");
        }
        return new MetricsListener(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    static Task Answer(HttpContext context, HealthMetrics metrics)
    {
        var stop = context.RequestAborted;
        if (context.Request.Path != "/metrics")
            return Refuse(context, StatusCodes.Status404NotFound, """{"error":"Not found"}""");
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return Refuse(context, StatusCodes.Status405MethodNotAllowed, """{"error":"Method not allowed"}""");
        }
        context.Response.ContentType = HealthMetrics.ContentType;
        return HttpMethods.IsGet(context.Request.Method) ? context.Response.WriteAsync(metrics.Write(), stop) : Task.CompletedTask;
    }

    static Task Refuse(HttpContext context, int status, string json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json, context.RequestAborted);
    }

    sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
