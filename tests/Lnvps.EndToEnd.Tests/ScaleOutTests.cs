using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Lnvps.Core.Randomness;
using Lnvps.Core.Time;
using Lnvps.Hosting.Simulated;
using Lnvps.Nostr.HttpAuth;
using Lnvps.Nostr.Keys;
using Lnvps.Testing.Invariants;
using Lnvps.Testing.Servers;
using Xunit.Abstractions;

namespace Lnvps.EndToEnd.Tests;

/// <summary>
/// Two APIs and three workers over real Redis and MariaDB; workers are killed and Redis is restarted at random while 500 machines are ordered and paid. Afterwards
/// the database and the hosts' own log tell whether each order was served once and no machine was worked on by two at a time.
/// </summary>
[Trait("Speed", "slow")]
public sealed class ScaleOutTests(ITestOutputHelper output)
{
    const int Customers = 25, OrdersEach = 20, Orders = Customers * OrdersEach;
    const int AtOnce = 8;
    const int LeastKills = 3;

    // Trouble goes on at least so long, and until all are paid; work ends soon after, a lease of 15 s later at most.
    static readonly TimeSpan Trouble = TimeSpan.FromSeconds(40);
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    readonly ConcurrentBag<Used> _used = [];
    int _redisRestarts;

    sealed record Used(string Path, string Authorization, int Api);

    [Fact]
    public async Task Five_hundred_orders_are_served_once_while_workers_die_and_Redis_forgets()
    {
        var seed = ulong.TryParse(Environment.GetEnvironmentVariable("LNVPS_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out var chosen)
            ? chosen : (ulong)TimeProvider.System.GetUtcNow().Ticks;
        Tell($"seed {seed} (LNVPS_SEED repeats the order of troubles)");
        await using var shop = await ScaleOutShop.Start(apis: 2, workers: 3);
        var began = TimeProvider.System.GetTimestamp();
        using var end = new CancellationTokenSource();
        var trouble = MakeTrouble(shop, new SeededRandomness(seed), end.Token);
        try
        {
            var vms = await OrderAll(shop);
            Tell($"all ordered and paid after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0} s");
            await Task.Delay(TimeSpan.FromTicks(Math.Max(0, (Trouble - TimeProvider.System.GetElapsedTime(began)).Ticks)), TimeProvider.System);
            await end.CancelAsync();
            await trouble;

            await Eventually.True("all machines", Limit, async () =>
            {
                Assert.DoesNotContain(shop.Room.Log, Clashes);
                return await Count(shop, "SELECT COUNT(*) FROM workflow WHERE due IS NOT NULL") == 0
                    && shop.Room.World.Inventory().Count(thing => thing.Kind == "domain") >= Orders;
            });
            Tell($"all built after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0} s; workers started {string.Join(", ", shop.Workers.Select(worker => worker.Starts))} times, "
                + $"rates asked for {shop.RatesAsked} times");

            Assert.Equal(Orders, vms.Distinct().Count());
            await ServedOnce(shop);
            await NoTwoAtATime(shop);
            await NothingTwice(shop);
            Assert.All(shop.All, process => Assert.DoesNotContain(RedisServer.Password, process.Log, StringComparison.Ordinal));
            Assert.True(shop.Workers.Sum(worker => worker.Killed.Count) >= LeastKills, "too little trouble");
            Assert.True(_redisRestarts > 0, "Redis was never restarted");
        }
        catch
        {
            foreach (var process in shop.All)
                Tell(process.Log.Length > 6000 ? process.Log[^6000..] : process.Log);
            throw;
        }
        finally
        {
            await end.CancelAsync();
            await trouble;
        }
    }

    /// <summary>Each customer orders one machine after the other, every call at any of the APIs.</summary>
    async Task<IReadOnlyCollection<uint>> OrderAll(ScaleOutShop shop)
    {
        var vms = new ConcurrentBag<uint>();
        var clients = shop.Addresses.ConvertAll(address => new HttpClient(new SocketsHttpHandler()) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60) });
        await Parallel.ForEachAsync(Enumerable.Range(0, Customers), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, _) =>
        {
            using var key = SecretKey.Generate();
            var calls = 0;
            async Task<JsonNode> Call(HttpMethod method, string path, JsonNode? body)
            {
                var api = (number + calls++) % clients.Count;
                var url = new Uri(clients[api].BaseAddress!, $"{path}?call={calls}");
                var authorization = Nip98.Sign(key, method.Method, url.AbsoluteUri, Instant.From(TimeProvider.System.GetUtcNow()));
                var (status, text) = await Send(clients[api], method, path, body, authorization);
                if (method == HttpMethod.Post && path == "/api/v1/vm")
                    _used.Add(new Used(path, authorization, api));
                return status == HttpStatusCode.OK ? JsonNode.Parse(text)!["data"]! : throw new InvalidOperationException($"{method} {path} at API {api}: {(int)status} {text}");
            }

            var ssh = await Call(HttpMethod.Post, "/api/v1/ssh-key", new JsonObject { ["name"] = "k", ["key_data"] = SshKey });
            for (var i = 0; i < OrdersEach; i++)
            {
                var vm = (await Call(HttpMethod.Post, "/api/v1/vm", new JsonObject { ["template_id"] = 1, ["image_id"] = 1, ["ssh_key_id"] = ssh["id"]!.DeepClone() }))["id"]!.GetValue<uint>();
                var invoice = (await Call(HttpMethod.Get, $"/api/v1/vm/{vm}/renew", null))["data"]!["lightning"]!;
                await Call(HttpMethod.Post, "/api/dev/v1/lightning/pay", new JsonObject { ["invoice"] = invoice.DeepClone() });
                vms.Add(vm);
            }
        });
        clients.ForEach(client => client.Dispose());
        return vms;
    }

    static async Task<(HttpStatusCode Status, string Text)> Send(HttpClient http, HttpMethod method, string path, JsonNode? body, string authorization)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    async Task MakeTrouble(ScaleOutShop shop, SeededRandomness random, CancellationToken stop)
    {
        var began = TimeProvider.System.GetTimestamp();
        try
        {
            for (var number = 0; ; number++)
            {
                // A start costs a core for seconds; workers that died more often would mostly be starting.
                await Pause(3000 + (int)random.Below(4000));
                // The least that the test demands comes first.
                var choice = number switch { < LeastKills => 0, LeastKills => 6, _ => (int)random.Below(10) };
                var which = (int)random.Below((UInt128)shop.Workers.Count);
                var away = (int)random.Below(2500);
                var text = choice switch { < 6 => $"kill worker {which}", < 9 => $"Redis away for {away} ms", _ => $"Redis hangs for {away} ms" };
                Tell($"{TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s: {text}");
                switch (choice)
                {
                    case < 6:
                        shop.Workers[which].Kill();
                        break;
                    case < 9:
                        shop.Redis.Stop();
                        await Pause(away, andThen: async () =>
                        {
                            await shop.Redis.StartAgain();
                            _redisRestarts++;
                        });
                        break;
                    default:
                        await shop.Redis.Freeze();
                        await Pause(away, andThen: shop.Redis.Thaw);
                        break;
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Enough.
        }

        async Task Pause(int milliseconds, Func<Task>? andThen = null)
        {
            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System, stop);
            }
            finally
            {
                if (andThen is not null)
                    await andThen();
            }
        }
    }

    /// <summary>Each order is paid, credited and built once; nothing else exists.</summary>
    static async Task ServedOnce(ScaleOutShop shop)
    {
        Assert.Equal(Orders, await Count(shop, "SELECT COUNT(*) FROM vm WHERE deleted = 0"));
        Assert.Equal(Orders, await Count(shop, "SELECT COUNT(DISTINCT vm_id) FROM vm_payment WHERE is_paid = 1"));
        Assert.Equal(Orders, await Count(shop, "SELECT COUNT(*) FROM vm_payment WHERE is_paid = 1"));
        Assert.Equal(Orders, await Count(shop, "SELECT COUNT(*) FROM dev_invoice WHERE settle_index IS NOT NULL"));
        Assert.Equal(Orders, await Count(shop, "SELECT COUNT(*) FROM vm_progress WHERE provisioned_at IS NOT NULL"));
        Assert.Equal(Orders, await Count(shop, "SELECT COUNT(*) FROM workflow WHERE kind = 'create-vm'"));
        Assert.Equal(Orders, await Count(shop, "SELECT COUNT(*) FROM workflow WHERE kind = 'create-vm' AND finished IS NOT NULL AND error_code IS NULL"));
        Assert.Empty(shop.Room.World.Clashes());
        Assert.Equal(
            new[] { "disk", "domain", "filter", "seed" }.Select(kind => (kind, Orders)),
            shop.Room.World.Inventory().GroupBy(thing => thing.Kind).Select(group => (group.Key, group.Count())).OrderBy(pair => pair.Key, StringComparer.Ordinal));
        await using var session = await shop.Platform.Shop.Db.Open(default);
        Assert.Empty(await ShopInvariants.Check(session, default));
    }

    // Setting a filter to what the database says takes no lease and is no work on the machine: a starting worker does it for all that are complete.
    static bool IsWork(RoomEntry entry) => entry.Operation != HostOperation.PatchFirewall;

    static bool Clashes(RoomEntry entry) => IsWork(entry) && entry.Overlaps;

    /// <summary>By the hosts' log, and by the record of steps.</summary>
    async Task NoTwoAtATime(ScaleOutShop shop)
    {
        var log = shop.Room.Log.Where(IsWork).ToList();
        Assert.DoesNotContain(log, Clashes);
        var killed = shop.Workers.SelectMany(worker => worker.Killed).ToHashSet();
        var (takenOver, handedOn) = (0, 0);
        foreach (var machine in log.GroupBy(entry => entry.Vm))
        {
            var callers = machine.Select(entry => entry.Caller).ToList();
            var turns = callers.Where((caller, i) => i == 0 || callers[i - 1] != caller).ToList();
            // Who was followed by another never comes back: it is dead, or had lost its lease or given it back.
            Assert.True(turns.Distinct().Count() == turns.Count, $"VM {machine.Key}: {string.Join(' ', callers)}");
            takenOver += turns.SkipLast(1).Count(killed.Contains);
            handedOn += turns.Count - 1;
        }
        Tell($"{log.Count} calls on machines by {log.Select(entry => entry.Caller).Distinct().Count()} processes; {handedOn} machines were handed on, {takenOver} of them by killed workers");
        Assert.True(takenOver > 0, "No worker was killed at work: too little trouble");

        // No step was recorded done twice, and no attempt began before the one before it had ended.
        Assert.Equal(0, await Count(shop, """
            SELECT COUNT(*) FROM (SELECT workflow_id, step FROM workflow_step WHERE outcome = 0 AND taken_back = 0 GROUP BY workflow_id, step HAVING COUNT(*) > 1) twice
            """));
        Assert.Equal(0, await Count(shop, """
            SELECT COUNT(*) FROM workflow_step a JOIN workflow_step b ON b.workflow_id = a.workflow_id AND b.id > a.id AND b.started < a.finished
            """));
    }

    /// <summary>The order that made a machine makes no second one, wherever it is sent again.</summary>
    async Task NothingTwice(ScaleOutShop shop)
    {
        var clients = shop.Addresses.ConvertAll(address => new HttpClient(new SocketsHttpHandler()) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60) });
        // Redis may have come back a moment ago: what a process knows is told to it as soon as that has noticed.
        using var key = SecretKey.Generate();
        foreach (var client in clients)
        {
            await Eventually.True("the API to be heard by Redis", TimeSpan.FromSeconds(20), async () =>
            {
                var url = new Uri(client.BaseAddress!, $"/api/v1/ssh-key?call={Guid.CreateVersion7()}");
                var signed = Nip98.Sign(key, "POST", url.AbsoluteUri, Instant.From(TimeProvider.System.GetUtcNow()));
                await Send(client, HttpMethod.Post, "/api/v1/ssh-key", new JsonObject(), signed);
                var id = JsonNode.Parse(Convert.FromBase64String(signed["Nostr ".Length..]))!["id"]!.GetValue<string>();
                return await shop.Redis.Execute("EXISTS", $"nip98:{id}") == "1\n";
            });
        }
        foreach (var used in _used)
        {
            var again = await Send(clients[(used.Api + 1) % clients.Count], HttpMethod.Post, used.Path, new JsonObject(), used.Authorization);
            Assert.Equal(HttpStatusCode.Unauthorized, again.Status);
        }
        Assert.Equal(Orders, await Count(shop, "SELECT COUNT(*) FROM vm"));
        clients.ForEach(client => client.Dispose());
    }

    static Task<long> Count(ScaleOutShop shop, string sql) => shop.Platform.Shop.Db.Read(session => session.Scalar<long>(sql, null, default), default);

    void Tell(string line) => output.WriteLine(line);

    // A key that ssh-keygen made for these tests.
    const string SshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8REeNqLwJxRwDwIVBPf81Uc6BqEssw3xRDVqDzrmWV test@example";
}
