using System.Net;
using Lnvps.Firewall.Counting;
using Lnvps.Firewall.Kernel;
using Lnvps.Firewall.Reports;
using Microsoft.Extensions.Logging;

namespace Lnvps.Firewall.Service;

/// <summary>Writes to the log what happened since the last time: totals and the destinations with the most drops. Nothing when nothing did.</summary>
sealed class StatisticsLog(FirewallMaps maps, ILogger log)
{
    const int Most = 20;
    // What was counted before this process came (pinned maps) is no news.
    Totals _totals = SnapshotReader.ReadTotals(maps);
    Dictionary<IPAddress, DestCounters> _counters = SnapshotReader.ReadCounters(maps);

    public void Write()
    {
        var totals = SnapshotReader.ReadTotals(maps);
        var news = totals.Since(_totals);
        _totals = totals;
        if (news == default)
            return;

        var counters = SnapshotReader.ReadCounters(maps);
        var changed = counters
            .Select(pair => KeyValuePair.Create(pair.Key, Delta.Of(pair.Value, _counters.GetValueOrDefault(pair.Key))))
            .Where(pair => pair.Value.Packets > 0);
        var top = SnapshotReader.Top(maps, changed, Most, LibC.MonotonicNanoseconds());
        _counters = counters;
        log.LogInformation("packets {Packets}, SYN {Syn}, dropped {Dropped}, unparsable {Unparsable}, fragments {Fragments}\n{Table}",
            news.Packets, news.Syn, news.SynDropped, news.Unparsable, news.Fragments, StatusTable.Render(top).TrimEnd());
    }
}
