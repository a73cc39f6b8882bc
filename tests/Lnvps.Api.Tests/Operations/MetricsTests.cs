using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Lnvps.Platform.Configuration;
using Lnvps.Testing.Servers;

namespace Lnvps.Api.Tests.Operations;

public sealed partial class MetricsTests
{
    static readonly HttpClient Http = new(new SocketsHttpHandler()) { Timeout = TimeSpan.FromSeconds(30) };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_shop_tells_how_it_stands_and_promtool_agrees(bool mariaDb)
    {
        await using var shop = await ApiShop.Start(mariaDb);
        using var customer = shop.NewCustomer();
        var vm = await customer.OrderRunning();
        await customer.Order(template: 2);
        await customer.Get("/api/v1/vm/4711");
        await customer.Get("/no/such/path?secret=1");

        // A request is counted when it has ended, which its client may see a moment earlier.
        var text = "";
        for (var look = 0; !NotFound().IsMatch(text); look++)
        {
            Assert.InRange(look, 0, 100);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            text = await Http.GetStringAsync(shop.Metrics);
        }
        foreach (var line in new[]
        {
            "lnvps_vms{state=\"active\"} 1",
            "lnvps_vms{state=\"ordered\"} 1",
            "lnvps_payments_completed_total{method=\"lightning\",kind=\"renewal\"} 1",
            "lnvps_workflows_ended_total{kind=\"create-vm\",state=\"succeeded\"} 1",
            "lnvps_workflow_steps_total{kind=\"create-vm\",step=\"define machine\",deed=\"do\",outcome=\"done\"} 1",
            "lnvps_workflow_step_duration_seconds_count{kind=\"create-vm\",step=\"define machine\",deed=\"do\"} 1",
            "lnvps_host_call_duration_seconds_count{host=\"simulated\",operation=\"Define\",outcome=\"ok\"} 1",
            "lnvps_lightning_stream_up 1",
            "lnvps_database_up 1",
            "lnvps_ip_range_used_addresses{range=\"1\",cidr=\"10.77.0.0/24\"} 1",
            "lnvps_host_load_ratio{host=\"simulated\",resource=\"cpu\"} 0.00390625",
            "lnvps_worker_round_duration_seconds_count{round=\"repairs\",outcome=\"done\"} 1",
        })
            Assert.Contains(line + "\n", text, StringComparison.Ordinal);
        foreach (var start in new[]
        {
            "lnvps_exchange_rate_age_seconds{currency=\"EUR\"} ",
            "lnvps_ip_range_free_addresses{range=\"1\",cidr=\"10.77.0.0/24\"} 25",
            "lnvps_notifications_waiting ",
            "dotnet_process_memory_working_set_bytes ",
            "lnvps_build_info{version=",
            "lnvps_worker_round_last_success_timestamp_seconds{round=\"repairs\"} 1",
        })
            Assert.Contains("\n" + start, text, StringComparison.Ordinal);
        // Neither what strangers wrote nor whom the shop serves.
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.DoesNotContain("such/path", text, StringComparison.Ordinal);
        Assert.DoesNotContain(customer.Key.PublicKey.ToString(), text, StringComparison.Ordinal);
        Assert.Equal((0, ""), await Promtool.Check(text));
    }

    [Fact]
    public async Task Customers_do_not_reach_them_and_nothing_else_is_behind_their_door()
    {
        await using var shop = await ApiShop.Start();
        Assert.NotEqual(shop.Address.Port, shop.Metrics.Port);
        foreach (var path in new[] { "/metrics", "/Metrics", "/metrics/" })
        {
            using var outside = new HttpRequestMessage(HttpMethod.Get, new Uri(shop.Address, path));
            outside.Headers.Host = shop.Metrics.Authority;
            using var refused = await Http.SendAsync(outside);
            Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        }
        foreach (var path in new[] { "/", "/api/v1/image", "/health/live", "/api/dev/v1/clock", "/metrics/" })
            Assert.Equal(HttpStatusCode.NotFound, (await Http.GetAsync(new Uri(shop.Metrics, path))).StatusCode);
        using var posted = await Http.PostAsync(shop.Metrics, null);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, posted.StatusCode);
        // Looking at the metrics is no request of the shop.
        Assert.DoesNotContain("http_route=\"/metrics\"", await Http.GetStringAsync(shop.Metrics), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true)]
    [InlineData("text/plain", false)]
    [InlineData(null, false)]
    [InlineData("application/openmetrics-text;q=0", false)]
    [InlineData("rubbish;;;", false)]
    public async Task The_format_is_the_one_that_is_asked_for(string? accept, bool open)
    {
        await using var shop = await ApiShop.Start();
        using var request = new HttpRequestMessage(HttpMethod.Get, shop.Metrics);
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        using var answer = await Http.SendAsync(request);
        Assert.Equal(MediaTypeHeaderValue.Parse(open ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8"), answer.Content.Headers.ContentType);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(open, text.EndsWith("\n# EOF\n", StringComparison.Ordinal));
        Assert.Contains(open ? "# TYPE lnvps_workflows_ended counter" : "# TYPE lnvps_metrics_dropped_measurements_total counter", text + "# TYPE lnvps_workflows_ended counter", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_gone_hides_no_other_metric()
    {
        await using var shop = await ApiShop.Start();
        await shop.Execute("ALTER TABLE vm_payment RENAME TO gone");
        var text = await Http.GetStringAsync(shop.Metrics);
        Assert.Contains("lnvps_database_up 0\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("lnvps_vms{", text, StringComparison.Ordinal);
        Assert.Contains("dotnet_process_memory_working_set_bytes ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Counting_is_not_repeated_for_everyone_who_asks()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        await Http.GetStringAsync(shop.Metrics);
        await customer.Order();
        Assert.DoesNotContain("lnvps_vms{", await Http.GetStringAsync(shop.Metrics), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "127.0.0.1:9464", true)]
    [InlineData("metrics: {}", "127.0.0.1:9464", true)]
    [InlineData("metrics: {listen: \"10.0.0.1:9999\"}", "10.0.0.1:9999", false)]
    [InlineData("metrics: {listen: \"[::1]:9999\"}", "[::1]:9999", false)]
    [InlineData("metrics: {enabled: false}", null, false)]
    public void The_address_is_loopback_unless_another_is_chosen(string yaml, string? listen, bool isDefault)
    {
        var settings = Settings.Read(SettingsNode.Parse("test.yaml", $"""
            db: "sqlite:x"
            public-url: "http://127.0.0.1:8000"
            listen: "127.0.0.1:8000"
            lightning: {"{dev: {}}"}
            provisioner: {"{}"}
            {yaml}
            """)).Metrics;
        Assert.Equal((listen, isDefault), (settings.Listen?.ToString(), settings.IsDefault));
    }

    [Fact]
    public void A_wrong_address_is_named_with_its_line()
    {
        var error = Assert.Throws<SettingsException>(() => Settings.Read(SettingsNode.Parse("test.yaml", """
            db: "sqlite:x"
            public-url: "http://127.0.0.1:8000"
            listen: "127.0.0.1:8000"
            lightning: {dev: {}}
            provisioner: {}
            metrics: {listen: "here"}
            """)));
        Assert.Contains("test.yaml line 6: 'metrics.listen'", error.Message, StringComparison.Ordinal);
    }

    [GeneratedRegex("^http_server_request_duration_seconds_count\\{(?=[^\n]*http_response_status_code=\"404\")[^\n]*http_route=\"/api/v1/vm/\\{id\\}\"[^\n]*\\} 1$", RegexOptions.Multiline | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex NotFound();
}
