using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Lnvps.Api.Accounts;
using Lnvps.Api.Actions;
using Lnvps.Api.Consoles;
using Lnvps.Api.Contact;
using Lnvps.Api.Development;
using Lnvps.Api.Documents;
using Lnvps.Api.Http;
using Lnvps.Api.Http.Repetition;
using Lnvps.Api.Images;
using Lnvps.Api.NostrDomains;
using Lnvps.Api.Invoices;
using Lnvps.Api.Offers;
using Lnvps.Api.Operations;
using Lnvps.Api.Payments;
using Lnvps.Api.SshKeys;
using Lnvps.Api.Subscriptions;
using Lnvps.Api.Vms;
using Lnvps.Platform;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Invoices;

namespace Lnvps.Api;

/// <summary>Builds the HTTP server: order of the layers, all endpoints, and the services that run beside it.</summary>
static partial class ApiHost
{
    /// <summary>After SIGTERM requests in flight and the step of a workflow may end; more than this nobody waits for.</summary>
    internal static readonly TimeSpan Shutdown = TimeSpan.FromSeconds(20);

    /// <summary>A server that is composed but not started. The platform's background services start and stop with it.</summary>
    public static WebApplication Build(Settings settings, PlatformParts platform, Action<ILoggingBuilder> logging)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        logging(builder.Logging);
        var metrics = MetricsPort.Choose(settings.Metrics);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Any byte may come in a header; what must be ASCII is checked where it is read.
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.Limits.MaxRequestBodySize = BodyLimits.Discarded;
            kestrel.Listen(settings.Listen);
            if (metrics is not null)
                MetricsPort.Listen(kestrel, metrics);
        });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Shutdown);
        if (settings.RateLimit)
            builder.Services.AddRateLimits();
        builder.Services.AddSingleton<DistributedContextPropagator>(new OwnTraces());
        builder.Services.AddSingleton(platform.Shop);
        builder.Services.AddSingleton(new CallLedger(platform.Shop.Db, platform.Shop.Time));
        builder.Services.AddSingleton(platform.UsedEvents);
        foreach (var service in platform.BackgroundServices)
            builder.Services.AddSingleton(service);

        var app = builder.Build();
        if (metrics is not null)
            MetricsPort.Use(app, platform);
        else if (settings.Metrics.Listen is { } taken)
            LogNoMetrics(app.Logger, taken);
        RequestSpans.Use(app);
        app.UseCrossOrigin();
        app.UseMiddleware<Failures>();
        app.UseRouting();
        app.UseExactPaths();
        if (settings.RateLimit)
            app.UseRateLimiter();
        app.UseSwaggerFiles();
        // Before anything reads a body: an event may name the hash of it, and who sent it is not known by then.
        app.UseBodyLimits();
        app.UseMiddleware<Authentication>();
        app.UseMiddleware<RepeatedCalls>();
        // Browsers cannot ping, and proxies cut off what is silent for a minute.
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.FromSeconds(30), KeepAliveTimeout = TimeSpan.FromSeconds(30) });
        MapEndpoints(new Routes(app), settings, platform, app);
        return app;
    }

    /// <summary>Starts listening and everything that runs beside it.</summary>
    /// <param name="key">Where the settings have the address.</param>
    /// <exception cref="SettingsException">The address cannot be listened on.</exception>
    public static async Task Start(IHost app, IPEndPoint? listen, string key, CancellationToken stop)
    {
        try
        {
            await app.StartAsync(stop);
        }
        catch (Exception error) when (error is SocketException || error is IOException { InnerException: not null })
        {
            // What began before the server failed must not go on.
            await app.StopAsync(CancellationToken.None);
            throw new SettingsException($"'{key}': {listen} cannot be used: {error.Message}");
        }
    }

    static void MapEndpoints(Routes routes, Settings settings, PlatformParts platform, WebApplication program)
    {
        var shop = platform.Shop;
        var reads = new ReadVms(shop, new VmViewing(shop), program.Services.GetRequiredService<ILogger<ReadVms>>());
        IndexDocuments.Map(routes);
        Health.Map(routes, shop);
        new GetAccount(shop).Map(routes);
        new ChangeAccount(shop, platform.VatRegister, platform.WalletAccess).Map(routes);
        new ManageSshKeys(shop).Map(routes);
        new ListImages(shop).Map(routes);
        new ListOffers(shop, platform.Rooms).Map(routes);
        new QuoteCustomVm(shop).Map(routes);
        new OrderVm(platform.Orders, reads).Map(routes);
        reads.Map(routes);
        new ChangeVm(shop, platform.Work).Map(routes);
        new PowerVm(shop, platform.Work).Map(routes);
        new ReinstallVm(shop, platform.Work).Map(routes);
        new ListHistory(shop).Map(routes);
        new ManageNostrDomains(shop).Map(routes);
        new ManageNostrHandles(shop).Map(routes);
        new ListPaymentMethods(shop, platform.Revolut.Accounts).Map(routes);
        new RevolutWebhook(platform.Revolut.Messages).Map(routes);
        new ReadPayments(shop).Map(routes);
        new RenewVm(shop, platform.Renewals, platform.Wallets).Map(routes);
        new UpgradeVm(shop, platform.Upgrades).Map(routes);
        new ManageSubscriptions(shop, platform.SubscriptionOrders).Map(routes);
        new PaySubscription(shop, platform.SubscriptionPayments).Map(routes);
        new PrintInvoice(shop, new WriteInvoice(shop)).Map(routes);
        new ListIpSpace(shop).Map(routes);
        new PayByLnurl(shop, platform.TopUps).Map(routes);
        MapActions(routes, platform, program.Lifetime);
        new OpenConsole(shop, platform.Consoles, program.Lifetime).Map(routes);
        new ReadUsage(shop, platform.Hosts).Map(routes);
        new SendContactForm(shop, platform.Captcha).Map(routes);
        if (platform.Development is { } development)
            new DevelopmentEndpoints(development.Node, development.Travel, development.Remove).Map(routes);
    }

    static void MapActions(Routes routes, PlatformParts platform, IHostApplicationLifetime program)
    {
        var time = platform.Shop.Time;
        var views = new ActionViewing(platform.Engine, time);
        var actions = new ReadActions(platform.Shop, platform.Workflows, views);
        actions.Map(routes);
        new FollowAction(actions, views, platform.Feed, time, program).Map(routes);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "No metrics: another program listens on {Address}; choose an address with metrics.listen")]
    internal static partial void LogNoMetrics(ILogger logger, IPEndPoint address);
}
