using System.Globalization;
using Lnvps.Api.Development;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Sizes;
using Lnvps.Hosting.Simulated;
using Lnvps.Platform;
using Lnvps.Platform.Configuration;
using Lnvps.Testing.Http;
using Lnvps.Testing.Servers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lnvps.EndToEnd.Tests;

/// <summary>Two APIs and three workers as processes of their own, on a real MariaDB, a real Redis, and hosts and a source of rates that this process serves.</summary>
sealed class ScaleOutShop : IAsyncDisposable
{
    const int Hosts = 4;

    readonly string _folder;
    readonly LoopbackServer _rates;

    ScaleOutShop(string folder, RedisServer redis, RoomServer room, LoopbackServer rates, PlatformParts platform) =>
        (_folder, Redis, Room, _rates, Platform) = (folder, redis, room, rates, platform);

    public RedisServer Redis { get; }

    public RoomServer Room { get; }

    /// <summary>For a look into the database; nothing of it runs.</summary>
    public PlatformParts Platform { get; }

    public List<Uri> Addresses { get; } = [];

    public List<SupervisedProcess> Apis { get; } = [];

    public List<SupervisedProcess> Workers { get; } = [];

    public IEnumerable<SupervisedProcess> All => [.. Apis, .. Workers];

    public int RatesAsked { get; private set; }

    public static async Task<ScaleOutShop> Start(int apis, int workers)
    {
        var folder = Directory.CreateTempSubdirectory("lnvps-scale-").FullName;
        var database = await (await MariaDbServer.Shared).CreateDatabase();
        var redis = await RedisServer.Start();
        // Long enough that a killed worker is mostly in the middle of something.
        var room = await RoomServer.Start(operation => TimeSpan.FromMilliseconds(operation switch
        {
            HostOperation.ImportDisk => 500,
            HostOperation.Define or HostOperation.Start => 100,
            _ => 10,
        }));
        ScaleOutShop? shop = null;
        var rates = await LoopbackServer.Start(context =>
        {
            shop!.RatesAsked++;
            return LoopbackServer.Json(context, 200, """{"EUR":95000,"USD":100000}""");
        });
        string Config(string listen) => $$"""
            db: "{{database}}"
            public-url: "http://127.0.0.1:8000"
            listen: "{{listen}}"
            lightning:
              dev:
            redis:
              url: "{{redis.Url}}"
            encryption:
              key-file: "{{folder}}/key"
              auto-generate: true
            exchange-rates:
              url: "{{rates.Address}}"
            provisioner:
              simulated:
                url: "{{room.Address}}"
            rate-limit:
              enabled: false
            metrics:
              listen: "127.0.0.1:0"
            """;
        var platform = await PlatformParts.Open(
            Settings.Read(SettingsNode.Parse("look.yaml", Config("127.0.0.1:0"))), TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        shop = new ScaleOutShop(folder, redis, room, rates, platform);
        await shop.Furnish();
        for (var i = 0; i < apis; i++)
        {
            var listen = $"127.0.0.1:{ShopProcess.FreePort()}";
            shop.Addresses.Add(new Uri($"http://{listen}"));
            shop.Apis.Add(new SupervisedProcess(await shop.Write($"api{i}.yaml", Config(listen)), "--mode", "api"));
        }
        var worker = await shop.Write("worker.yaml", Config("127.0.0.1:0"));
        for (var i = 0; i < workers; i++)
            shop.Workers.Add(new SupervisedProcess(worker, "--mode", "worker"));
        foreach (var address in shop.Addresses)
            await shop.Ready(address);
        return shop;
    }

    async Task<string> Write(string name, string content)
    {
        var file = Path.Combine(_folder, name);
        await File.WriteAllTextAsync(file, content);
        return file;
    }

    /// <summary>Several large hosts and more addresses than orders.</summary>
    async Task Furnish()
    {
        var shape = new HostShape(256, Bytes.FromGib(1024), [new PoolShape("default", Bytes.FromGib(16_384))]);
        for (var i = 1; i <= Hosts; i++)
            Room.World.Host($"host{i}", shape);
        var first = new SeedHost(HostKind.Simulated, "host1", "host1", shape.Cpu, shape.Memory, "default", shape.Pools[0].Size, new Uri("https://images.example.com/small.qcow2"), "guest",
            ["10.80.0.1/20", "fd77:6c6e:7670:80::1/64"]);
        await DevelopmentSeed.Plant(Platform.Shop.Db, first, Platform.Shop.Clock.Now, default);
        await Platform.Shop.Db.Write(async session =>
        {
            for (var i = 2; i <= Hosts; i++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"host{i}");
                await session.Execute("""
                    INSERT INTO vm_host (kind, region_id, name, ip, cpu, memory, enabled, api_token, load_cpu, load_memory, load_disk)
                    SELECT kind, region_id, @name, @name, cpu, memory, 1, '', load_cpu, load_memory, load_disk FROM vm_host WHERE name = 'host1'
                    """, new { name }, default);
                await session.Execute("""
                    INSERT INTO vm_host_disk (host_id, name, size, kind, interface, enabled)
                    SELECT h.id, d.name, d.size, d.kind, d.interface, 1 FROM vm_host h JOIN vm_host f ON f.name = 'host1' JOIN vm_host_disk d ON d.host_id = f.id WHERE h.name = @name
                    """, new { name }, default);
            }
        }, default);
    }

    async Task Ready(Uri address)
    {
        using var http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(5) };
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                if ((await http.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode)
                    return;
            }
            catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
            {
                // Not listening yet.
            }
            if (TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromMinutes(2))
                throw new TimeoutException(string.Join('\n', All.Select(process => process.Log)));
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in All)
            await process.DisposeAsync();
        await Platform.DisposeAsync();
        await _rates.DisposeAsync();
        await Room.DisposeAsync();
        await Redis.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
