using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Lnvps.Bench.Measuring;
using Lnvps.Bench.Shops;
using Lnvps.Core.Time;
using Lnvps.Nostr.HttpAuth;

namespace Lnvps.Bench.Payments;

/// <summary>From the moment an invoice is being paid to the first step of the workflow that makes the machine, in the whole program.</summary>
sealed class SettlementBenchmark : IBenchmark
{
    const double MostMilliseconds = 50;
    const int WarmUp = 5, Rounds = 25;

    static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(100), s_patience = TimeSpan.FromSeconds(30);

    public string Name => "settle";

    public string About => "payment settled at the node to first workflow step";

    public async Task<IReadOnlyList<Finding>> Measure(CancellationToken stop)
    {
        await using var shop = await BenchShop.Open(db: null, stop);
        using var http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = await shop.Serve(stop) };
        var times = new double[Rounds];
        for (var i = -WarmUp; i < Rounds; i++)
        {
            var (vm, invoice) = await Order(shop, http, stop);
            var paying = TimeProvider.System.Moment();
            if (!(await shop.Platform.Development!.Node.Pay(invoice, stop)).IsOk)
                throw new InvalidOperationException("The invoice could not be paid");
            var time = (await FirstStep(shop, vm, paying, stop)).Since(paying).TotalMilliseconds;
            if (i >= 0)
                times[i] = time;
        }
        Array.Sort(times);
        return [new("settle: payment to first step", times[Rounds / 2], MostMilliseconds, "ms", $"longest of {Rounds}: {times[^1]:0} ms")];
    }

    static async Task<(uint Vm, string Invoice)> Order(BenchShop shop, HttpClient http, CancellationToken stop)
    {
        var order = new JsonObject { ["template_id"] = 1, ["image_id"] = 1, ["ssh_key_id"] = shop.CustomerKey.Value };
        var vm = (await Call(shop, http, HttpMethod.Post, "/api/v1/vm", order, stop))["id"]!.GetValue<uint>();
        var payment = await Call(shop, http, HttpMethod.Get, $"/api/v1/vm/{vm}/renew", body: null, stop);
        return (vm, payment["data"]!["lightning"]!.GetValue<string>());
    }

    static async Task<JsonNode> Call(BenchShop shop, HttpClient http, HttpMethod method, string path, JsonObject? body, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, path);
        // Each call gets an event of its own: some use it up.
        var url = new Uri(http.BaseAddress!, $"{path}?call={TimeProvider.System.GetTimestamp()}").AbsoluteUri;
        request.Headers.TryAddWithoutValidation("Authorization", Nip98.Sign(shop.Key, method.Method, url, Instant.From(TimeProvider.System.GetUtcNow())));
        if (body is not null)
            request.Content = JsonContent.Create(body);
        using var response = await http.SendAsync(request, stop);
        var text = await response.Content.ReadAsStringAsync(stop);
        return response.IsSuccessStatusCode ? JsonNode.Parse(text)!["data"]! : throw new InvalidOperationException($"{method} {path}: {text}");
    }

    /// <summary>When it began, as the engine recorded it; waits until the whole workflow has ended, so that the next round finds a quiet shop.</summary>
    static async Task<Moment> FirstStep(BenchShop shop, uint vm, Moment since, CancellationToken stop)
    {
        while (TimeProvider.System.Moment().Since(since) < s_patience)
        {
            var began = await shop.Db.Read(session => session.Find<Moment?>(
                "SELECT s.started FROM workflow w JOIN workflow_step s ON s.workflow_id = w.id WHERE w.subject_id = @vm AND w.finished IS NOT NULL ORDER BY s.id LIMIT 1",
                new { vm }, stop), stop);
            if (began is { } moment)
                return moment;
            await Task.Delay(s_lookAgain, TimeProvider.System, stop);
        }
        throw new TimeoutException($"VM {vm} was paid but nothing began");
    }
}
