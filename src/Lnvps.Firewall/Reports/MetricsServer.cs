using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Lnvps.Firewall.Reports;

/// <summary>Serves <c>GET /metrics</c> and nothing else.</summary>
sealed class MetricsServer : IAsyncDisposable
{
    readonly WebApplication _app;

    MetricsServer(WebApplication app) => _app = app;

    /// <summary>The address that was bound; useful with port 0.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <exception cref="IOException">The address is taken, not of this machine, or of a port that needs more rights.</exception>
    public static async Task<MetricsServer> Start(IPEndPoint listen, Func<string> page, CancellationToken stop)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxConcurrentConnections = 32;
            kestrel.Listen(listen);
        });
        var app = builder.Build();
        app.Run(async context =>
        {
            if (context.Request.Path != "/metrics")
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }
            if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            {
                context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
                context.Response.Headers.Allow = "GET, HEAD";
                return;
            }
            context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            await context.Response.WriteAsync(page(), context.RequestAborted);
        });
        try
        {
            await app.StartAsync(stop);
            return new MetricsServer(app);
        }
        catch (SocketException error)
        {
            await app.DisposeAsync();
            throw new IOException($"metrics.listen: {listen} cannot be had: {error.Message}", error);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
