using Lnvps.Api.Development;
using Lnvps.Nostr.Keys;
using Lnvps.Platform;
using Lnvps.Platform.Configuration;
using Lnvps.Testing.Databases;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lnvps.Api.Tests;

/// <summary>The whole program in this process on a free loopback port, with the development node and a simulated host; seeded as ./run does.</summary>
public sealed class ApiShop : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly string _folder;
    readonly string _db;

    ApiShop(WebApplication app, PlatformParts platform, string folder, string db)
    {
        (_app, Platform, _folder, _db) = (app, platform, folder, db);
        Address = new Uri(app.Urls.First());
        Metrics = new Uri(new Uri(app.Urls.Last()), "/metrics");
    }

    public PlatformParts Platform { get; }

    public Uri Address { get; }

    /// <summary>Where the metrics are.</summary>
    public Uri Metrics { get; }

    /// <summary>Every endpoint that the server has.</summary>
    internal IEnumerable<RouteEndpoint> Endpoints => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    /// <param name="mariaDb">On a fresh database of the test server instead of SQLite.</param>
    /// <param name="extra">Further lines of the configuration file.</param>
    /// <param name="rates">Units per BTC by currency, as YAML.</param>
    /// <param name="rateLimit">Off, because a test calls more often than any customer.</param>
    /// <param name="beside">Another process of the same shop: its database and key are used.</param>
    /// <param name="roles">As <c>--mode</c>; it answers HTTP in any case.</param>
    public static async Task<ApiShop> Start(
        bool mariaDb = false, string extra = "", string rates = "{EUR: 95000, USD: 100000}", ApiShop? beside = null, bool rateLimit = false, Roles roles = Roles.All)
    {
        var folder = TestFolders.Create("lnvps-api-");
        if (beside is not null)
            File.Copy($"{beside._folder}/key", $"{folder}/key");
        var db = beside is not null ? beside._db : await TestDatabases.CreateWhole(mariaDb ? DatabaseKind.MariaDb : DatabaseKind.Sqlite, folder);
        var settings = Settings.Read(SettingsNode.Parse("test.yaml", $$"""
            db: "{{db}}"
            public-url: "http://127.0.0.1:8000"
            listen: "127.0.0.1:0"
            lightning:
              dev:
            encryption:
              key-file: "{{folder}}/key"
              auto-generate: true
            exchange-rates:
              fixed: {{rates}}
            provisioner:
              simulated:
                state: "{{folder}}/host.json"
            rate-limit: {enabled: {{(rateLimit ? "true" : "false")}}}
            metrics: {listen: "127.0.0.1:0"}
            {{extra}}
            """)) with { Roles = roles };
        var platform = await PlatformParts.Open(settings, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        if (beside is null)
            await DevelopmentSeed.Plant(platform.Shop.Db, DevelopmentShop.SimulatedHost(), platform.Shop.Clock.Now, CancellationToken.None);
        var app = ApiHost.Build(settings, platform, logging => logging.SetMinimumLevel(LogLevel.None));
        await app.StartAsync();
        return new ApiShop(app, platform, folder, db);
    }

    /// <summary>A customer with a key of their own, or with the given one.</summary>
    public ApiCustomer NewCustomer(SecretKey? key = null) => new(Address, key);

    /// <summary>Changes the database behind the program's back.</summary>
    public Task Execute(string sql, object? parameters = null) => Platform.Shop.Db.Write(session => session.Execute(sql, parameters), CancellationToken.None);

    /// <summary>The first value of a query, as text; empty for NULL and for no row.</summary>
    public async Task<string> Text(string sql, object? parameters = null) =>
        $"{await Platform.Shop.Db.Read(session => session.Find<object>(sql, parameters), CancellationToken.None) switch
        {
            IDictionary<string, object?> row => row.Values.First(),
            var value => value,
        }}";

    /// <summary>Ends the program as SIGTERM does.</summary>
    public Task Stop() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await Platform.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
