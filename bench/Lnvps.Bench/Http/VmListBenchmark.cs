using Lnvps.Bench.Measuring;
using Lnvps.Bench.Shops;
using Lnvps.Core.Time;
using Lnvps.Nostr.HttpAuth;

namespace Lnvps.Bench.Http;

/// <summary>A customer's list of 50 VMs with their addresses over HTTP, sign-in included, against an empty endpoint of the same server.</summary>
sealed class VmListBenchmark : IBenchmark
{
    // The goal is ours: the list stays within what a few empty calls cost, so nobody adds a query per VM unnoticed.
    const double MostTimesEmpty = 25;
    const int Count = 50;
    const string Path = "/api/v1/vm";

    static readonly TimeSpan s_signAgain = TimeSpan.FromSeconds(10);

    public string Name => "list";

    public string About => "list of 50 VMs over HTTP against an empty endpoint of the same server";

    public async Task<IReadOnlyList<Finding>> Measure(CancellationToken stop)
    {
        await using var shop = await BenchShop.Open(db: null, stop);
        // Just ordered, so that the worker of the same process leaves them alone.
        var now = shop.Platform.Shop.Clock.Now;
        await shop.Add(Count, now, now, stop);
        await shop.Db.Write(session => session.Execute("""
            INSERT INTO vm_ip_assignment (vm_id, ip_range_id, ip, deleted)
            SELECT id, 1, '10.77.0.' || (id + 1), 0 FROM vm UNION ALL SELECT id, 2, 'fd77:6c6e:7670:73::1:' || id, 0 FROM vm
            """, null, stop), stop);
        using var http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = await shop.Serve(stop) };

        var signed = (Header: "", At: 0L);
        async ValueTask List(int _)
        {
            if (signed.At == 0 || TimeProvider.System.GetElapsedTime(signed.At) > s_signAgain)
            {
                var url = new Uri(http.BaseAddress!, Path).AbsoluteUri;
                signed = (Nip98.Sign(shop.Key, "GET", url, Instant.From(TimeProvider.System.GetUtcNow())), TimeProvider.System.GetTimestamp());
            }
            using var request = new HttpRequestMessage(HttpMethod.Get, Path);
            request.Headers.TryAddWithoutValidation("Authorization", signed.Header);
            using var response = await http.SendAsync(request, stop);
            response.EnsureSuccessStatusCode();
            await response.Content.ReadAsByteArrayAsync(stop);
        }
        async ValueTask Empty(int _)
        {
            using var response = await http.GetAsync("/health/live", stop);
            response.EnsureSuccessStatusCode();
            await response.Content.ReadAsByteArrayAsync(stop);
        }
        var time = await Interleaved.Compare(Empty, List, rounds: 201);
        return [new("list: 50 VMs / empty endpoint", time.Ratio, MostTimesEmpty, Note: time.Note)];
    }
}
