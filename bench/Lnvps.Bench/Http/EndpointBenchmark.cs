using System.Text.Json;
using Lnvps.Bench.Measuring;
using Lnvps.Bench.Shops;
using Lnvps.Core.Time;
using Lnvps.Nostr.HttpAuth;
using Lnvps.Testing.Servers;

namespace Lnvps.Bench.Http;

/// <summary>
/// Endpoints over loopback against one of the same server that answers the same bytes from memory, on both databases: the catalogue, a customer's list, the poll of a
/// payment, an order. The ratio is what is left of the requests per second.
/// </summary>
sealed class EndpointBenchmark : IBenchmark
{
    const int Vms = 20;

    // The signature is verified in all but the catalogue; the poll and the catalogue have goals that were given, the others have ours, to notice when they get much slower.
    const double CatalogueKeeps = 0.8, PollKeeps = 0.4, ListKeeps = 0.1, OrderKeeps = 0.02;

    public string Name => "endpoints";

    public string About => "catalogue, list, payment poll and order over HTTP against the same bytes from memory";

    public async Task<IReadOnlyList<Finding>> Measure(CancellationToken stop)
    {
        var findings = new List<Finding>(await MeasureOn("Sqlite", db: null, stop));
        await using var server = await MariaDbServer.Start();
        findings.AddRange(await MeasureOn("MariaDb", await server.CreateDatabase(), stop));
        return findings;
    }

    static async Task<IReadOnlyList<Finding>> MeasureOn(string database, string? db, CancellationToken stop)
    {
        await using var shop = await BenchShop.Open(db, stop);
        var now = shop.Platform.Shop.Clock.Now;
        await shop.Add(Vms, now, now, stop);
        var answers = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        using var http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = await shop.Serve(stop, answers) };
        var caller = new Caller(http, shop);
        using var payment = JsonDocument.Parse(await caller.Send(HttpMethod.Get, "/api/v1/vm/1/renew", null, fresh: true, stop));
        var poll = $"/api/v1/payment/{payment.RootElement.GetProperty("data").GetProperty("id").GetString()}";
        var order = $$"""{"template_id":1,"image_id":1,"ssh_key_id":{{shop.CustomerKey}}}""";

        async Task<Finding> Against(string what, double keeps, HttpMethod method, string path, string? body, bool signed, int rounds)
        {
            Task<byte[]> Real() => signed ? caller.Send(method, path, body, method != HttpMethod.Get, stop) : http.GetByteArrayAsync(path, stop);
            answers[what] = await Real();
            var time = await Interleaved.Compare(async _ => await http.GetByteArrayAsync($"/bench/{what}", stop), async _ => await Real(), rounds);
            // Findings are judged by what they must not exceed: how many times the time of the same bytes from memory.
            return new Finding($"{what}: time / same bytes, {database}", time.Ratio, 1 / keeps, Note: $"keeps {1 / time.Ratio:0.00} of the requests per second; {time.Note}");
        }

        return
        [
            await Against("catalogue", CatalogueKeeps, HttpMethod.Get, "/api/v1/vm/templates", null, signed: false, 201),
            await Against("poll", PollKeeps, HttpMethod.Get, poll, null, signed: true, 201),
            await Against("vms", ListKeeps, HttpMethod.Get, "/api/v1/vm", null, signed: true, 101),
            await Against("order", OrderKeeps, HttpMethod.Post, "/api/v1/vm", order, signed: true, 31),
        ];
    }

    /// <summary>Signs calls; reading calls share a signature for some seconds, as clients that poll do.</summary>
    sealed class Caller(HttpClient http, BenchShop shop)
    {
        static readonly TimeSpan s_signAgain = TimeSpan.FromSeconds(10);

        readonly Dictionary<string, (string Header, long At)> _signed = new(StringComparer.Ordinal);
        int _calls;

        public async Task<byte[]> Send(HttpMethod method, string path, string? body, bool fresh, CancellationToken stop)
        {
            if (fresh || !_signed.TryGetValue(path, out var signed) || TimeProvider.System.GetElapsedTime(signed.At) > s_signAgain)
            {
                var url = new Uri(http.BaseAddress!, $"{path}?n={++_calls}").AbsoluteUri;
                signed = _signed[path] = (Nip98.Sign(shop.Key, method.Method, url, Instant.From(TimeProvider.System.GetUtcNow())), TimeProvider.System.GetTimestamp());
            }
            using var request = new HttpRequestMessage(method, path);
            request.Headers.TryAddWithoutValidation("Authorization", signed.Header);
            if (body is not null)
                request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
            using var response = await http.SendAsync(request, stop);
            response.EnsureSuccessStatusCode();
            return await response.Content.ReadAsByteArrayAsync(stop);
        }
    }
}
