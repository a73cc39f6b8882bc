using System.Collections.Concurrent;
using Lnvps.Health.Checks;

namespace Lnvps.Health.Metrics;

/// <summary>
/// The last run of every check as Prometheus metrics (health.md section 5). What a run did not measure is not shown, however well it went before. Thread-safe.
/// </summary>
sealed class HealthMetrics
{
    /// <summary>Prometheus text format 0.0.4.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    static readonly (Measure Measure, string Name, string Help)[] s_gauges =
    [
        (Measure.Mss, "health_tcp_mss_bytes", "TCP maximum segment size in bytes"),
        (Measure.PathMtu, "health_pmtu_bytes", "Path MTU in bytes"),
        (Measure.DnsLatency, "health_dns_latency_seconds", "DNS query latency in seconds"),
    ];

    readonly ConcurrentDictionary<string, CheckRun> _runs = new(StringComparer.Ordinal);
    long _told;
    long _notTold;

    public void Record(CheckRun run) => _runs[run.Check.Id] = run;

    /// <summary>Counts something that operators were to be told by e-mail.</summary>
    /// <param name="told">At least one was reached.</param>
    public void CountAlert(bool told)
    {
        if (told)
            Interlocked.Increment(ref _told);
        else
            Interlocked.Increment(ref _notTold);
    }

    public string Write()
    {
        var text = new MetricsText();
        var runs = _runs.Values.OrderBy(run => run.Check.Id, StringComparer.Ordinal).ToList();
        foreach (var (measure, name, help) in s_gauges)
            text.Add(name, help, "gauge", runs.SelectMany(run => run.Result.Readings).Where(reading => reading.Measure == measure).Select(reading => (reading.Labels, reading.Value)));
        text.Add("health_check_status", "Check status, 1 pass 0 fail", "gauge",
            runs.Select(run => (Labels(("check_id", run.Check.Id), ("name", run.Check.Name)), run.Result.IsGood ? 1.0 : 0.0)));
        text.Add("health_check_last_run_timestamp_seconds", "When the check last ended, Unix time", "gauge",
            runs.Select(run => (Labels(("check_id", run.Check.Id)), run.Ended)));
        text.Add("health_check_duration_seconds", "How long the last run of the check took", "gauge",
            runs.Select(run => (Labels(("check_id", run.Check.Id)), run.Took.TotalSeconds)));
        text.Add("health_alerts_sent_total", "Alerts and recoveries by e-mail: ok reached at least one recipient, failed reached none", "counter",
        [
            (Labels(("result", "ok")), Interlocked.Read(ref _told)),
            (Labels(("result", "failed")), Interlocked.Read(ref _notTold)),
        ]);
        return text.ToString();
    }

    static IReadOnlyList<(string, string)> Labels(params (string, string)[] labels) => labels;
}
