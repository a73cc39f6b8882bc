using System.Diagnostics;
using Lnvps.Bench.Measuring;
using Lnvps.Bench.Shops;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Randomness;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;
using Lnvps.Database.Worker;
using Lnvps.Hosting.Hosts;
using Lnvps.Platform.Addresses;
using Lnvps.Platform.Hosts;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Worker;
using Lnvps.Platform.Worker.Machines;
using Lnvps.Platform.Workflows;
using Lnvps.Testing.Databases;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lnvps.Bench.Workers;

/// <summary>
/// A round of the worker over many VMs on 100 hosts of which 100 need something: expiring soon, expired and to be stopped, grace over, never paid. What is due by
/// the database, and what the machines of all hosts tell.
/// </summary>
sealed class WorkerRoundBenchmark : IBenchmark
{
    const double MostSeconds = 2;

    // Ten times as many VMs with as much to do: a cost that grew with what exists would come near ten.
    const double MostTimesSmall = 2;
    const int Many = 100_000, Few = 10_000, Due = 100, Rounds = 5, Hosts = 100;
    const long Hour = 3_600, Day = 24 * Hour;

    public string Name => "worker";

    public string About => "worker round over 100,000 VMs of which 100 need something, VM check and host check, and over 10,000 with as many, on SQLite and MariaDB";

    static readonly MachineState Running = new(MachinePower.Running, 0.1, 0.5, 1000, 1, 2, 3, 4, HasDisk: true);

    public async Task<IReadOnlyList<Finding>> Measure(CancellationToken stop)
    {
        var findings = new List<Finding>();
        foreach (var kind in new[] { DatabaseKind.Sqlite, DatabaseKind.MariaDb })
        {
            var few = await Measure(kind, Few, stop);
            var many = await Measure(kind, Many, stop);
            findings.Add(new($"worker: round of 100,000, {kind}", many.Round, MostSeconds, "s", $"VM check {many.Check * 1000:0} ms, then every machine of {Hosts} hosts compared with its row"));
            findings.Add(new($"worker: first VM check, {kind}", many.First, MostSeconds, "s", "looks at every VM for payments through other programs, as every 10 minutes"));
            findings.Add(new($"worker: 100,000 / 10,000 VMs, {kind}", many.Check / few.Check, MostTimesSmall, "", $"VM check alone; {few.Check * 1000:0} ms over 10,000, whole round {few.Round * 1000:0} ms"));
        }
        return findings;
    }

    /// <summary>Seconds: of the first VM check, and medians of the VM check and of the whole round.</summary>
    static async Task<(double First, double Check, double Round)> Measure(DatabaseKind kind, int count, CancellationToken stop)
    {
        await using var shop = await BenchShop.Open(kind == DatabaseKind.Sqlite ? null : await TestDatabases.CreateEmpty(kind), stop);
        var parts = shop.Platform;
        var now = parts.Shop.Clock.Now;
        await shop.AddHosts(Hosts, stop);
        await shop.Add(count - Due, now.PlusSeconds(-20 * Day), now.PlusSeconds(20 * Day), stop, Hosts);
        var machines = new Dictionary<HostId, Dictionary<VmId, MachineState>>();
        var registry = new HostRegistry(new Dictionary<HostKind, HostMaker> { [HostKind.Simulated] = row => AnsweringHost.With(() => machines[row.Id]) });
        var bench = new Workbench(
            shop.Db, registry, new RoomKeeper(), new AddressPools(new SecureRandomness(), TimeProvider.System), parts.Shop.States, parts.Shop.Clock, TimeProvider.System, parts.Workflows, parts.Shop.Providers);
        var requests = new VmRequests(parts.Workflows, new VmWorkflows(bench));
        var calls = new HostCalls(registry, TimeProvider.System);
        var hosts = new CheckHosts(
            parts.Shop, new MachineCheck(parts.Shop, calls, new MachineRemedies(parts.Shop, calls, requests), NullLogger<MachineCheck>.Instance), NullLogger<CheckHosts>.Instance);
        CheckVms Vms() => new(parts.Shop, requests, NullLogger<CheckVms>.Instance);

        // Compiles the code; its first look at every VM is repeated by the next, which is another worker's.
        await Round(shop, Vms(), hosts, machines, stop);
        var vms = Vms();
        var (first, _) = await Round(shop, vms, hosts, machines, stop);
        var rounds = new List<(double Check, double Whole)>();
        for (var i = 0; i < Rounds; i++)
            rounds.Add(await Round(shop, vms, hosts, machines, stop));
        return (first, Median(rounds.ConvertAll(round => round.Check)), Median(rounds.ConvertAll(round => round.Whole)));
    }

    static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    /// <summary>Replaces what the round before has dealt with by as much again; returns the seconds of the VM check and of the whole round.</summary>
    static async Task<(double Check, double Whole)> Round(
        BenchShop shop, CheckVms vms, CheckHosts hosts, Dictionary<HostId, Dictionary<VmId, MachineState>> machines, CancellationToken stop)
    {
        var now = shop.Platform.Shop.Clock.Now;
        var before = now.PlusSeconds(-30 * Day);
        await shop.Db.Write(session => session.Execute("UPDATE vm SET deleted = 1 WHERE deleted = 0 AND expires < @soon", new { soon = now.PlusSeconds(10 * Day) }, stop), stop);
        await shop.Add(Due / 4, before, now.PlusSeconds(Hour), stop, Hosts);
        await shop.Add(Due / 4, before, now.PlusSeconds(-60), stop, Hosts);
        var expired = now.PlusSeconds(-20 * Day);
        await shop.Add(Due / 4, before, expired, stop, Hosts);
        // Their expiry was recorded when it came; now their grace is over.
        await shop.Db.Write(session => session.Execute(
            "INSERT INTO vm_mark (vm_id, kind, expires, at) SELECT id, @kind, expires, expires FROM vm WHERE deleted = 0 AND expires = @expired",
            new { kind = VmMark.Expired, expired }, stop), stop);
        await shop.Add(Due / 4, now.PlusSeconds(-2 * Day), now.PlusSeconds(-2 * Day), stop, Hosts);
        await shop.Finish(stop);
        await Tell(shop, machines, expired, stop);
        var began = Stopwatch.GetTimestamp();
        var done = await vms.Round(stop);
        var check = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var seen = await hosts.Round(stop);
        var whole = Stopwatch.GetElapsedTime(began).TotalSeconds;
        if (done is not { Found: Due, Failed: 0 })
            throw new InvalidOperationException($"The round was to find {Due} VMs: {done}");
        // What expired a minute ago still runs; the machines of all others are as they should be.
        return seen is { Answered: Hosts, Silent: 0, Asked: Due / 4 } ? (check, whole) : throw new InvalidOperationException($"The hosts were to have {Due / 4} machines to stop: {seen}");
    }

    /// <summary>What each host has: every VM that was ever paid for, running unless its expiry is long past.</summary>
    static async Task Tell(BenchShop shop, Dictionary<HostId, Dictionary<VmId, MachineState>> machines, Instant expired, CancellationToken stop)
    {
        var rows = await shop.Db.Read(session => session.List<VmPlace>("SELECT id, host_id, expires FROM vm WHERE deleted = 0 AND created <> expires", null, stop), stop);
        machines.Clear();
        foreach (var host in rows.GroupBy(row => row.HostId))
            machines[host.Key] = host.ToDictionary(row => row.Id, row => row.Expires > expired ? Running : Running with { Power = MachinePower.Stopped });
    }

    sealed record VmPlace
    {
        public VmId Id { get; init; }
        public HostId HostId { get; init; }
        public Instant Expires { get; init; }
    }
}
