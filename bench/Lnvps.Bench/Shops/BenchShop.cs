using Lnvps.Api;
using Lnvps.Api.Development;
using Lnvps.Core.Identity;
using Lnvps.Database.Sessions;
using Lnvps.Database.Sqlite;
using Lnvps.Database.Users;
using Lnvps.Nostr.Keys;
using Lnvps.Platform;
using Lnvps.Platform.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lnvps.Bench.Shops;

/// <summary>The platform in this process in a scratch folder, seeded as ./run does, with one customer; as a server only when it is asked to serve.</summary>
sealed class BenchShop : IAsyncDisposable
{
    const string SshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8REeNqLwJxRwDwIVBPf81Uc6BqEssw3xRDVqDzrmWV bench@example";

    readonly Settings _settings;
    readonly string _folder;
    WebApplication? _server;

    BenchShop(Settings settings, PlatformParts platform, string folder) => (_settings, Platform, _folder) = (settings, platform, folder);

    public PlatformParts Platform { get; }

    public Db Db => Platform.Shop.Db;

    public SecretKey Key { get; } = SecretKey.Generate();

    public UserId Customer { get; private set; }

    public SshKeyId CustomerKey { get; private set; }

    /// <param name="db">Where the tables are; null = an SQLite file in the scratch folder.</param>
    /// <param name="stop">Cancels the opening.</param>
    public static async Task<BenchShop> Open(string? db, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("lnvps-bench-").FullName;
        var settings = Settings.Read(SettingsNode.Parse("bench.yaml", $$"""
            db: "{{db ?? $"sqlite:{folder}/lnvps.db"}}"
            public-url: "http://127.0.0.1:8000"
            listen: "127.0.0.1:0"
            lightning:
              dev:
            encryption:
              key-file: "{{folder}}/key"
              auto-generate: true
            exchange-rates:
              fixed: {EUR: 95000}
            provisioner:
              simulated:
                state: "{{folder}}/host.json"
            rate-limit: {enabled: false}
            metrics: {listen: "127.0.0.1:0"}
            """));
        var platform = await PlatformParts.Open(settings, TimeProvider.System, NullLoggerFactory.Instance, stop);
        var shop = new BenchShop(settings, platform, folder);
        var now = platform.Shop.Clock.Now;
        await DevelopmentSeed.Plant(shop.Db, DevelopmentShop.SimulatedHost(), now, stop);
        await shop.Db.Write(async session =>
        {
            shop.Customer = await session.FindOrCreateUser(shop.Key.PublicKey, now, stop);
            shop.CustomerKey = await session.AddSshKey(shop.Customer, "bench", session.Db.Cipher.Seal(SshKey), now, stop);
        }, stop);
        return shop;
    }

    /// <summary>Starts server, worker and engine; returns the server's address.</summary>
    /// <param name="answers">What the same server answers from memory to GET /bench/{name}; null = no such endpoint.</param>
    /// <param name="stop">Cancels the start.</param>
    public async Task<Uri> Serve(CancellationToken stop, IReadOnlyDictionary<string, byte[]>? answers = null)
    {
        _server = ApiHost.Build(_settings, Platform, logging => logging.SetMinimumLevel(LogLevel.None));
        if (answers is not null)
        {
            _server.MapGet("/bench/{name}", (HttpContext context, string name) =>
            {
                context.Response.ContentType = "application/json";
                return context.Response.Body.WriteAsync(answers[name], context.RequestAborted).AsTask();
            });
        }
        await _server.StartAsync(stop);
        return new Uri(_server.Urls.First());
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.StopAsync();
            await _server.DisposeAsync();
        }
        await Platform.DisposeAsync();
        Key.Dispose();
        (Db.Dialect as SqliteDialect)?.ClearPool();
        Directory.Delete(_folder, recursive: true);
    }
}
