using Lnvps.Api.Operations;
using Lnvps.Platform.Configuration;
using OpenTelemetry.Trace;

namespace Lnvps.Api.Tests.Operations;

public sealed class TracesTests
{
    [Fact]
    public async Task A_request_the_steps_it_asks_for_and_their_calls_to_hosts_are_one_trace()
    {
        await using var collector = await OtlpReceiver.Start();
        using var export = TraceExport.Start(name => name == "OTEL_EXPORTER_OTLP_ENDPOINT" ? collector.Endpoint : null)!;
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.OrderRunning();
        await customer.Patch($"/api/v1/vm/{vm}/stop");
        await customer.Until(vm, "stopped");
        var request = await collector.Wait(export, span => span.Name == "PATCH /api/v1/vm/{id}/stop");
        Assert.Equal("", request.Parent);
        Assert.Equal("200", request.Tags["http.response.status_code"]);
        var call = await collector.Wait(export, span => span.Trace == request.Trace && span.Name == "host Stop");
        var step = await collector.Wait(export, span => span.Id == call.Parent);
        Assert.StartsWith("stop-vm: ", step.Name, StringComparison.Ordinal);
        Assert.Equal((request.Trace, request.Id), (step.Trace, step.Parent));
        Assert.Equal(($"vm:{vm}", "1"), (step.Tags["lnvps.workflow.subject"], step.Tags["lnvps.workflow.attempt"]));
        Assert.Equal($"{vm}", call.Tags["lnvps.vm.id"]);
        // The machine was made after a payment that the node told of: a trace of its own for each step, none of a request that happened to be there.
        var made = collector.Spans.Where(span => span.Name.StartsWith("create-vm: ", StringComparison.Ordinal) && span.Tags["lnvps.workflow.subject"] == $"vm:{vm}").ToList();
        Assert.NotEmpty(made);
        Assert.All(made, span => Assert.Equal("", span.Parent));
    }

    [Fact]
    public async Task Neither_signatures_nor_queries_leave_and_strangers_join_no_trace()
    {
        await using var collector = await OtlpReceiver.Start();
        using var export = TraceExport.Start(name => name == "OTEL_EXPORTER_OTLP_ENDPOINT" ? collector.Endpoint.TrimEnd('/') : null)!;
        await using var shop = await ApiShop.Start();
        const string stranger = "0af7651916cd43dd8448eb211c80319c";
        using var http = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null });
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(shop.Address, "/api/v1/image?token=hush"));
        request.Headers.Add("traceparent", $"00-{stranger}-b7ad6b7169203331-00");
        request.Headers.Add("baggage", "who=me");
        request.Headers.TryAddWithoutValidation("Authorization", "Nostr aHVzaA==");
        request.Headers.UserAgent.ParseAdd("hush/1");
        using var answer = await http.SendAsync(request);

        await collector.Wait(export, span => span.Name == "GET /api/v1/image" && span.Trace != stranger);
        Assert.DoesNotContain(collector.Spans, span => span.Trace == stranger);
        Assert.All(collector.Raw, raw =>
        {
            Assert.DoesNotContain("hush", raw, StringComparison.Ordinal);
            Assert.DoesNotContain("aHVzaA", raw, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Without_a_collector_nothing_is_exported_and_a_wrong_one_is_refused()
    {
        Assert.Null(TraceExport.Start(_ => null));
        Assert.Null(TraceExport.Start(_ => ""));
        Assert.Throws<SettingsException>(() => TraceExport.Start(_ => "nonsense"));
    }
}
