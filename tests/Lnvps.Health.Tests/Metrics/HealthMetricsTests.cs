using System.Net;
using Lnvps.Health.Checks;
using Lnvps.Health.Dns;
using Lnvps.Health.Metrics;

namespace Lnvps.Health.Tests.Metrics;

public class HealthMetricsTests
{
    static readonly (string, string)[] s_labels = [("host", "shop.example"), ("port", "443"), ("family", "v4")];

    [Fact]
    public void The_whole_page()
    {
        var metrics = new HealthMetrics();
        metrics.Record(SomeCheck.Ran("mss:shop.example:443:v4", SomeCheck.Passed(new Reading(Measure.Mss, s_labels, 1460), new Reading(Measure.PathMtu, s_labels, 1500))));
        metrics.Record(SomeCheck.Ran("mss:shop.example:443:v6", CheckResult.Skipped("no address")));
        metrics.Record(SomeCheck.Ran("mss:x:1:v4", CheckResult.Error("closed")));
        Assert.Equal("""
            # HELP health_tcp_mss_bytes TCP maximum segment size in bytes
            # TYPE health_tcp_mss_bytes gauge
            health_tcp_mss_bytes{host="shop.example",port="443",family="v4"} 1460
            # HELP health_pmtu_bytes Path MTU in bytes
            # TYPE health_pmtu_bytes gauge
            health_pmtu_bytes{host="shop.example",port="443",family="v4"} 1500
            # HELP health_check_status Check status, 1 pass 0 fail
            # TYPE health_check_status gauge
            health_check_status{check_id="mss:shop.example:443:v4",name="mss:shop.example:443:v4 (v4)"} 1
            health_check_status{check_id="mss:shop.example:443:v6",name="mss:shop.example:443:v6 (v4)"} 1
            health_check_status{check_id="mss:x:1:v4",name="mss:x:1:v4 (v4)"} 0
            # HELP health_check_last_run_timestamp_seconds When the check last ended, Unix time
            # TYPE health_check_last_run_timestamp_seconds gauge
            health_check_last_run_timestamp_seconds{check_id="mss:shop.example:443:v4"} 1770000000.5
            health_check_last_run_timestamp_seconds{check_id="mss:shop.example:443:v6"} 1770000000.5
            health_check_last_run_timestamp_seconds{check_id="mss:x:1:v4"} 1770000000.5
            # HELP health_check_duration_seconds How long the last run of the check took
            # TYPE health_check_duration_seconds gauge
            health_check_duration_seconds{check_id="mss:shop.example:443:v4"} 0.25
            health_check_duration_seconds{check_id="mss:shop.example:443:v6"} 0.25
            health_check_duration_seconds{check_id="mss:x:1:v4"} 0.25
            # HELP health_alerts_sent_total Alerts and recoveries by e-mail: ok reached at least one recipient, failed reached none
            # TYPE health_alerts_sent_total counter
            health_alerts_sent_total{result="ok"} 0
            health_alerts_sent_total{result="failed"} 0

            """, metrics.Write());
    }

    [Fact]
    public void What_could_not_be_measured_any_more_is_not_shown()
    {
        var metrics = new HealthMetrics();
        metrics.Record(SomeCheck.Ran("a", SomeCheck.Passed(new Reading(Measure.Mss, s_labels, 1460))));
        Assert.Contains("health_tcp_mss_bytes{", metrics.Write(), StringComparison.Ordinal);
        metrics.Record(SomeCheck.Ran("a", CheckResult.Error("gone")));
        Assert.DoesNotContain("health_tcp_mss_bytes", metrics.Write(), StringComparison.Ordinal);
        Assert.Contains("health_check_status{check_id=\"a\",name=\"a (v4)\"} 0\n", metrics.Write(), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_shown_of_a_check_before_it_has_run() => Assert.DoesNotContain("health_check", new HealthMetrics().Write(), StringComparison.Ordinal);

    [Fact]
    public void Label_values_are_escaped_and_whole()
    {
        var metrics = new HealthMetrics();
        var name = "a\\b\"c\nd" + new string('x', 300);
        metrics.Record(SomeCheck.Ran("id", SomeCheck.Passed(new Reading(Measure.Mss, [("host", name)], 1))));
        Assert.Contains("health_tcp_mss_bytes{host=\"a\\\\b\\\"c\\nd" + new string('x', 300) + "\"} 1\n", metrics.Write(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_IPv6_server_keeps_its_colons()
    {
        var check = new DnsCheck("resolver", "2001:db8::53", new IPEndPoint(IPAddress.Parse("2001:db8::53"), 53), Family.V6, "shop.example", [], TimeSpan.FromSeconds(5));
        Assert.Equal(("dns:2001:db8::53:shop.example:v6", "resolver (v6)", TimeSpan.FromSeconds(16)), (check.Id, check.Name, check.Limit));
    }
}
