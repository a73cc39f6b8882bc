using System.Net.Http.Headers;

namespace Lnvps.Hosting.Http;

/// <summary>HTTP clients with this program's limits (provisioning.md section 1).</summary>
public static class OutgoingHttp
{
    static readonly TimeSpan Connect = TimeSpan.FromSeconds(10);
    const int Redirects = 10;

    /// <summary>
    /// For files of any size: a request as a whole has no time limit, so the reader must give up on silence itself. Redirects are followed, but
    /// never from https to http. The caller disposes the client.
    /// </summary>
    public static HttpClient ForDownloads()
    {
        var client = new HttpClient(
            new SocketsHttpHandler { ConnectTimeout = Connect, MaxAutomaticRedirections = Redirects, PooledConnectionLifetime = TimeSpan.FromMinutes(5) },
            disposeHandler: true)
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        // Some mirrors refuse requests without one.
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("lnvps", "1.0"));
        return client;
    }

    /// <summary>For JSON calls (customer-api.md section 10.5). Redirects are not followed: what is sent may be a secret. The caller disposes the client.</summary>
    /// <param name="timeout">Of a whole request; 30 s unless told otherwise.</param>
    public static HttpClient ForCalls(TimeSpan? timeout = null)
    {
        var client = new HttpClient(
            new SocketsHttpHandler { ConnectTimeout = Connect, AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }, disposeHandler: true)
        {
            Timeout = timeout ?? TimeSpan.FromSeconds(30),
        };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("lnvps", "1.0"));
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json") { CharSet = "utf-8" });
        return client;
    }
}
