using System.Diagnostics.Metrics;
using Lnvps.Platform.Telemetry;

namespace Lnvps.Platform.Tests.Telemetry;

public sealed class MetricsCollectorTests : IDisposable
{
    readonly Meter _meter = new("test");
    readonly MetricsCollector _collector;

    public MetricsCollectorTests() => _collector = new MetricsCollector(meter => meter == _meter);

    public void Dispose()
    {
        _collector.Dispose();
        _meter.Dispose();
    }

    string[] Lines(ExpositionFormat format = ExpositionFormat.Prometheus) =>
        [.. _collector.Write(format).Split('\n').Where(line => !line.Contains("lnvps_metrics_dropped", StringComparison.Ordinal) && line.Length > 0)];

    [Fact]
    public void A_counter_adds_up_by_its_labels_and_is_named_as_each_format_wants()
    {
        var counter = _meter.CreateCounter<long>("shop.sales", null, "What was sold.");
        counter.Add(2, new KeyValuePair<string, object?>("kind", "vm"));
        counter.Add(1, new KeyValuePair<string, object?>("kind", "ip"));
        counter.Add(3, new KeyValuePair<string, object?>("kind", "vm"));
        Assert.Equal(
            [
                "# HELP shop_sales_total What was sold.", "# TYPE shop_sales_total counter",
                "shop_sales_total{kind=\"ip\"} 1", "shop_sales_total{kind=\"vm\"} 5",
            ], Lines());
        Assert.Equal(
            [
                "# HELP shop_sales What was sold.", "# TYPE shop_sales counter",
                "shop_sales_total{kind=\"ip\"} 1", "shop_sales_total{kind=\"vm\"} 5", "# EOF",
            ], Lines(ExpositionFormat.OpenMetrics));
        Assert.EndsWith("# EOF\n", _collector.Write(ExpositionFormat.OpenMetrics), StringComparison.Ordinal);
    }

    [Fact]
    public void A_histogram_has_cumulated_buckets_a_sum_and_a_count()
    {
        var histogram = _meter.CreateHistogram("shop.wait", "s", "How long.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 2] });
        foreach (var value in new[] { 0.25, 0.5, 1, 7 })
            histogram.Record(value, new KeyValuePair<string, object?>("door", 1));
        Assert.Equal(
            [
                "# HELP shop_wait_seconds How long.", "# TYPE shop_wait_seconds histogram",
                "shop_wait_seconds_bucket{door=\"1\",le=\"0.5\"} 2", "shop_wait_seconds_bucket{door=\"1\",le=\"2.0\"} 3", "shop_wait_seconds_bucket{door=\"1\",le=\"+Inf\"} 4",
                "shop_wait_seconds_sum{door=\"1\"} 8.75", "shop_wait_seconds_count{door=\"1\"} 4",
            ], Lines());
    }

    [Fact]
    public void What_is_observed_is_asked_for_anew_and_forgotten_when_it_is_gone()
    {
        var stock = new Dictionary<string, double> { ["disk"] = 3, ["fan"] = double.PositiveInfinity };
        _meter.CreateObservableGauge("shop.stock", () => stock.Select(item => new Measurement<double>(item.Value, new KeyValuePair<string, object?>("item", item.Key))), "By");
        Assert.Equal(["shop_stock_bytes{item=\"disk\"} 3", "shop_stock_bytes{item=\"fan\"} +Inf"], Lines()[2..]);
        stock["disk"] = 0.5;
        stock.Remove("fan");
        Assert.Equal(["shop_stock_bytes{item=\"disk\"} 0.5"], Lines()[2..]);
    }

    [Fact]
    public void What_goes_up_and_down_is_a_gauge_of_its_sum()
    {
        var open = _meter.CreateUpDownCounter<int>("shop.open");
        open.Add(5);
        open.Add(-2);
        var level = _meter.CreateGauge<int>("shop.level", "1");
        level.Record(5);
        level.Record(2);
        Assert.Equal(["# HELP shop_level_ratio shop.level", "# TYPE shop_level_ratio gauge", "shop_level_ratio 2", "# HELP shop_open shop.open", "# TYPE shop_open gauge", "shop_open 3"], Lines());
    }

    [Fact]
    public void Texts_are_escaped_and_names_cleaned()
    {
        _meter.CreateCounter<int>("shop-a.b", null, "Back\\slash\nand \"quote\"").Add(1, new KeyValuePair<string, object?>("a.b", "x\\y\"z\n{"), new KeyValuePair<string, object?>("flag", true), new KeyValuePair<string, object?>("none", null));
        Assert.Equal("# HELP shop_a_b_total Back\\\\slash\\nand \"quote\"", Lines()[0]);
        Assert.Equal("shop_a_b_total{a_b=\"x\\\\y\\\"z\\n{\",flag=\"true\"} 1", Lines()[2]);
        Assert.Equal("# HELP shop_a_b Back\\\\slash\\nand \\\"quote\\\"", Lines(ExpositionFormat.OpenMetrics)[0]);
    }

    [Fact]
    public void Labels_that_strangers_choose_cost_neither_memory_nor_room()
    {
        var counter = _meter.CreateCounter<int>("shop.visits");
        for (var i = 0; i < 5000; i++)
            counter.Add(1, new KeyValuePair<string, object?>("name", i));
        counter.Add(1, new KeyValuePair<string, object?>("name", new string('"', 100_000)));
        counter.Add(1, new KeyValuePair<string, object?>("name", 7));
        var lines = Lines();
        Assert.Equal(1000, lines.Count(line => line.StartsWith("shop_visits_total{", StringComparison.Ordinal)));
        Assert.Contains("shop_visits_total{name=\"7\"} 2", lines);
        Assert.Contains("lnvps_metrics_dropped_measurements_total 4001", _collector.Write(ExpositionFormat.Prometheus), StringComparison.Ordinal);
    }

    [Fact]
    public void Other_meters_and_empty_instruments_are_left_out()
    {
        using var other = new Meter("test");
        other.CreateCounter<int>("other").Add(1);
        _meter.CreateCounter<int>("never");
        Assert.Empty(Lines());
    }

    [Fact]
    public void Measuring_something_known_allocates_nothing()
    {
        var histogram = _meter.CreateHistogram<double>("shop.wait", "s");
        histogram.Record(1, new("kind", "vm"), new KeyValuePair<string, object?>("state", "done"));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            histogram.Record(1, new("kind", "vm"), new KeyValuePair<string, object?>("state", "done"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);
    }

    [Fact]
    public async Task Threads_lose_no_measurement()
    {
        var counter = _meter.CreateCounter<int>("shop.sales");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
                counter.Add(1, new KeyValuePair<string, object?>("kind", i % 7));
        })));
        Assert.Equal(80_000, Lines()[2..].Sum(line => int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)));
    }
}
