using System.Diagnostics;
using Lnvps.Bench.Measuring;
using Lnvps.Bench.Shops;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Randomness;
using Lnvps.Database.Worker;
using Lnvps.Platform.Addresses;
using Lnvps.Platform.Hosts;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Worker;
using Lnvps.Platform.Workflows;
using Lnvps.Testing.Databases;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lnvps.Bench.Workers;

/// <summary>A round of the worker over many VMs of which 100 need something: expiring soon, expired, grace over, never paid.</summary>
sealed class WorkerRoundBenchmark : IBenchmark
{
    const double MostSeconds = 2;

    // Ten times as many VMs with as much to do: a cost that grew with what exists would come near ten.
    const double MostTimesSmall = 2;
    const int Many = 100_000, Few = 10_000, Due = 100, Rounds = 5;
    const long Hour = 3_600, Day = 24 * Hour;

    public string Name => "worker";

    public string About => "worker round over 100,000 VMs of which 100 need something, and over 10,000 with as many, on SQLite and MariaDB";

    public async Task<IReadOnlyList<Finding>> Measure(CancellationToken stop)
    {
        var findings = new List<Finding>();
        foreach (var kind in new[] { DatabaseKind.Sqlite, DatabaseKind.MariaDb })
        {
            var few = await Measure(kind, Few, stop);
            var many = await Measure(kind, Many, stop);
            findings.Add(new($"worker: round of 100,000, {kind}", many.Round, MostSeconds, "s"));
            findings.Add(new($"worker: first round, {kind}", many.First, MostSeconds, "s", "looks at every VM for payments through other programs, as every 10 minutes"));
            findings.Add(new($"worker: 100,000 / 10,000 VMs, {kind}", many.Round / few.Round, MostTimesSmall, "", $"{few.Round * 1000:0} ms over 10,000"));
        }
        return findings;
    }

    static async Task<(double First, double Round)> Measure(DatabaseKind kind, int count, CancellationToken stop)
    {
        await using var shop = await BenchShop.Open(kind == DatabaseKind.Sqlite ? null : await TestDatabases.CreateEmpty(kind), stop);
        var parts = shop.Platform;
        var now = parts.Shop.Clock.Now;
        await shop.Add(count - Due, now.PlusSeconds(-20 * Day), now.PlusSeconds(20 * Day), stop);
        var bench = new Workbench(
            shop.Db, new HostRegistry(new Dictionary<HostKind, HostMaker>()), new RoomKeeper(),
            new AddressPools(new SecureRandomness(), TimeProvider.System), parts.Shop.States, parts.Shop.Clock, TimeProvider.System, parts.Workflows);
        var worker = new CheckVms(parts.Shop, new VmRequests(parts.Workflows, new VmWorkflows(bench)), NullLogger<CheckVms>.Instance);

        await Round(shop, worker, stop); // Compiles the code; its first look at every VM is repeated by the next, which is another worker's.
        worker = new CheckVms(parts.Shop, new VmRequests(parts.Workflows, new VmWorkflows(bench)), NullLogger<CheckVms>.Instance);
        var first = await Round(shop, worker, stop);
        var rounds = new double[Rounds];
        for (var i = 0; i < Rounds; i++)
            rounds[i] = await Round(shop, worker, stop);
        Array.Sort(rounds);
        return (first, rounds[Rounds / 2]);
    }

    /// <summary>Replaces what the round before has dealt with by as much again; returns the seconds of a round.</summary>
    static async Task<double> Round(BenchShop shop, CheckVms worker, CancellationToken stop)
    {
        var now = shop.Platform.Shop.Clock.Now;
        var before = now.PlusSeconds(-30 * Day);
        await shop.Db.Write(session => session.Execute("UPDATE vm SET deleted = 1 WHERE deleted = 0 AND expires < @soon", new { soon = now.PlusSeconds(10 * Day) }, stop), stop);
        await shop.Add(Due / 4, before, now.PlusSeconds(Hour), stop);
        await shop.Add(Due / 4, before, now.PlusSeconds(-60), stop);
        var expired = now.PlusSeconds(-20 * Day);
        await shop.Add(Due / 4, before, expired, stop);
        // Their expiry was recorded when it came; now their grace is over.
        await shop.Db.Write(session => session.Execute(
            "INSERT INTO vm_mark (vm_id, kind, expires, at) SELECT id, @kind, expires, expires FROM vm WHERE deleted = 0 AND expires = @expired",
            new { kind = VmMark.Expired, expired }, stop), stop);
        await shop.Add(Due / 4, now.PlusSeconds(-2 * Day), now.PlusSeconds(-2 * Day), stop);
        var began = Stopwatch.GetTimestamp();
        var done = await worker.Round(stop);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return done is { Found: Due, Failed: 0 } ? seconds : throw new InvalidOperationException($"The round was to find {Due} VMs: {done}");
    }
}
