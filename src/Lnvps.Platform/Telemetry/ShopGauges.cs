using System.Data.Common;
using System.Diagnostics.Metrics;
using System.Globalization;
using Lnvps.Core.Addresses;
using Lnvps.Core.Capacity;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Addresses;
using Lnvps.Database.Hosts;
using Lnvps.Database.Operations;
using Lnvps.Database.Sessions;
using Lnvps.Database.Vms;
using Lnvps.Platform.Orders;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Telemetry;

/// <summary>
/// How the shop stands, counted in the database when somebody asks, at most once in <see cref="Age"/>. Nothing is counted while nobody asks; a database
/// that does not answer leaves these values out and hides no others.
/// </summary>
public sealed partial class ShopGauges : IDisposable
{
    /// <summary>How old the counts may be.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromSeconds(15);

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    readonly Shop _shop;
    readonly RoomKeeper _rooms;
    readonly ILogger _log;
    readonly SemaphoreSlim _one = new(1, 1);
    Counts? _counts;
    long? _countedAt;

    public ShopGauges(Shop shop, RoomKeeper rooms, ILogger<ShopGauges> log)
    {
        (_shop, _rooms, _log) = (shop, rooms, log);
        var meter = shop.Metrics.Meter;
        meter.CreateObservableGauge("lnvps.database.up", () => _counts is null ? 0 : 1, null, "Whether the database answered when it was last asked to count.");
        Gauge("lnvps.vms", "Machines that are not deleted, by state: ordered, provisioning, active, grace, due.", counts => counts.Vms);
        Gauge("lnvps.workflows.open", "Workflows that have not ended, by kind and state.", counts => counts.OpenWorkflows);
        Gauge("lnvps.workflows.parked", "Workflows that were given up with something left to do, by kind.", counts => counts.ParkedWorkflows);
        Gauge("lnvps.open_invoices", "Unpaid payments that have not lapsed, by method.", counts => counts.OpenInvoices);
        Gauge("lnvps.ip_range.free_addresses", "Addresses of an enabled range that may still be handed out.", counts => counts.FreeAddresses);
        Gauge("lnvps.ip_range.used_addresses", "Live addresses of a range.", counts => counts.UsedAddresses);
        Gauge("lnvps.host.load", "Share of an enabled host's room that is sold, by resource: cpu, memory, disk.", counts => counts.HostLoad, "1");
        Gauge("lnvps.notifications.waiting", "Messages and deliveries of them that are still to be sent.", counts => counts.WaitingNotifications);
        meter.CreateObservableGauge("lnvps.exchange_rate.age", RateAges, "s", "Age of the exchange rate that prices are made with.");

        void Gauge(string name, string help, Func<Counts, IReadOnlyList<Measurement<double>>> of, string? unit = null) =>
            meter.CreateObservableGauge(name, () => _counts is { } counts ? of(counts) : [], unit, help);
    }

    /// <summary>Counts anew unless the last counts are young enough. Does not throw but when stopped.</summary>
    public async Task Refresh(CancellationToken stop)
    {
        await _one.WaitAsync(stop);
        try
        {
            if (_countedAt is { } at && _shop.Time.GetElapsedTime(at) < Age)
                return;
            using var limit = new CancellationTokenSource(Patience, _shop.Time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
            _counts = await _shop.Db.Read(session => Count(session, both.Token), both.Token);
        }
        catch (Exception error) when (error is DbException or TimeoutException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            _counts = null;
            LogFailed(_log, error);
        }
        finally
        {
            _countedAt = _shop.Time.GetTimestamp();
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    async Task<Counts> Count(Session session, CancellationToken stop)
    {
        var now = _shop.Clock.Now;
        var (free, used) = await CountAddresses(session, now, stop);
        return new Counts(
            Labelled(await session.CountVmsByState(now, now.PlusSeconds(-_shop.Settings.DeleteAfterDays * 86_400L), stop), "state"),
            [.. (await session.CountOpenWorkflows(stop)).Select(row => Measured(row.Count, ("kind", row.Kind), ("state", row.State.ToString().ToLowerInvariant())))],
            Labelled(await session.CountParkedWorkflows(stop), "kind"),
            [.. (await session.CountOpenInvoices(now, stop)).Select(row => Measured(row.Count, ("method", row.Method.ToString().ToLowerInvariant())))],
            free,
            used,
            HostLoads(await _rooms.Read(session, now, stop), (await session.ListHosts(stop)).ToDictionary(host => host.Id, host => host.Name)),
            [new Measurement<double>(await session.CountWaitingNotifications(stop))]);
    }

    static async Task<(IReadOnlyList<Measurement<double>> Free, IReadOnlyList<Measurement<double>> Used)> CountAddresses(Session session, Instant now, CancellationToken stop)
    {
        var used = (await session.ListAddressUse(now, except: null, inLine: false, stop))
            .Where(row => row.IpRangeId is not null).ToDictionary(row => row.IpRangeId!.Value, row => (ulong)row.Addresses);
        var ranges = new List<(IpRangeRow Row, AddressRange Range)>();
        foreach (var row in await session.ListEnabledRanges(stop))
        {
            if (AddressRange.Read(row.Cidr, row.Gateway, row.AllocationMode, row.UseFullRange) is { IsOk: true, Value: var range })
                ranges.Add((row, range));
        }
        var reserved = ranges.SelectMany(range => range.Range.Reserved).Select(address => address.ToString()).Distinct().ToList();
        var taken = reserved.Count == 0 ? [] : (await session.ListTaken(reserved, stop)).ToHashSet();
        return (
            [.. ranges.Select(range => Measured(
                (double)range.Range.CountFree(used.GetValueOrDefault(range.Row.Id), (ulong)range.Range.Reserved.Count(address => taken.Contains(address.ToString()))),
                ("range", Text(range.Row.Id)), ("cidr", range.Row.Cidr)))],
            [.. ranges.Select(range => Measured(used.GetValueOrDefault(range.Row.Id), ("range", Text(range.Row.Id)), ("cidr", range.Row.Cidr)))]);

        static string Text(RangeId id) => id.Value.ToString(CultureInfo.InvariantCulture);
    }

    static List<Measurement<double>> HostLoads(IReadOnlyDictionary<RegionId, RegionCapacity> regions, Dictionary<HostId, string> names)
    {
        var loads = new List<Measurement<double>>();
        foreach (var host in regions.Values.SelectMany(region => region.Hosts))
        {
            var name = names.GetValueOrDefault(host.Id) ?? "";
            loads.Add(Measured(host.CpuLoad, ("host", name), ("resource", "cpu")));
            loads.Add(Measured(host.MemoryLoad, ("host", name), ("resource", "memory")));
            // The fullest disk is the one that matters: a machine fits on one or not at all.
            if (host.Disks.Count > 0)
                loads.Add(Measured(host.Disks.Max(disk => disk.Load), ("host", name), ("resource", "disk")));
        }
        return loads;
    }

    IEnumerable<Measurement<double>> RateAges() => _shop.Rates.Ages.Select(rate => Measured(rate.Age.TotalSeconds, ("currency", rate.Currency)));

    static List<Measurement<double>> Labelled(IReadOnlyList<CountRow> rows, string label) => [.. rows.Select(row => Measured(row.Count, [(label, row.Name)]))];

    static Measurement<double> Measured(double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var tags = new KeyValuePair<string, object?>[labels.Length];
        for (var i = 0; i < labels.Length; i++)
            tags[i] = new(labels[i].Name, labels[i].Value);
        return new Measurement<double>(value, tags);
    }

    sealed record Counts(
        IReadOnlyList<Measurement<double>> Vms,
        IReadOnlyList<Measurement<double>> OpenWorkflows,
        IReadOnlyList<Measurement<double>> ParkedWorkflows,
        IReadOnlyList<Measurement<double>> OpenInvoices,
        IReadOnlyList<Measurement<double>> FreeAddresses,
        IReadOnlyList<Measurement<double>> UsedAddresses,
        IReadOnlyList<Measurement<double>> HostLoad,
        IReadOnlyList<Measurement<double>> WaitingNotifications);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database could not be counted for the metrics")]
    static partial void LogFailed(ILogger logger, Exception error);
}
