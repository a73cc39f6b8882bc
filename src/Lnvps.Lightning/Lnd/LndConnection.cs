using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Lnvps.Core.Outcomes;

namespace Lnvps.Lightning.Lnd;

/// <summary>HTTP to one LND node: the pinned certificate, the macaroon, time-outs, and failures as <see cref="OutsideFault"/> (customer-api.md 10.5).</summary>
sealed class LndConnection : IDisposable
{
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);

    /// <summary>A stream that has been silent for so long may be dead without knowing it.</summary>
    public static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(5);

    const int LongestMessage = 200;

    readonly HttpClient _client;
    readonly Uri _url;
    readonly string _macaroon;
    readonly TimeProvider _time;

    LndConnection(Uri url, byte[] certificate, string macaroon, TimeProvider time)
    {
        (_url, _macaroon, _time) = (url, macaroon, time);
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = ConnectTimeout,
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(20),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            SslOptions =
            {
                // The certificate itself is the identity: neither its name nor its authority nor its dates matter.
                RemoteCertificateValidationCallback = (_, presented, _, _) => presented is not null && presented.GetRawCertData().AsSpan().SequenceEqual(certificate),
            },
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("lnvps", "1.0"));
        _client.DefaultRequestHeaders.Accept.ParseAdd("application/json; charset=utf-8");
        _client.DefaultRequestHeaders.Add("Grpc-Metadata-macaroon", macaroon);
    }

    /// <summary>Reads the certificate and the macaroon; asks the node nothing.</summary>
    /// <exception cref="OutsideFault">The address is not https, or a file is missing or unusable (fatal; the message names the file).</exception>
    public static LndConnection Open(LndSettings settings, TimeProvider time)
    {
        if (!settings.Url.IsAbsoluteUri || settings.Url.Scheme != Uri.UriSchemeHttps)
            throw OutsideFault.Fatal("The address of LND must begin with https://");
        byte[] certificate;
        try
        {
            using var file = X509CertificateLoader.LoadCertificateFromFile(settings.CertificatePath);
            certificate = file.RawData;
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw OutsideFault.Fatal($"The certificate of LND cannot be read from {settings.CertificatePath}", error);
        }
        byte[] macaroon;
        try
        {
            macaroon = File.ReadAllBytes(settings.MacaroonPath);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw OutsideFault.Fatal($"The macaroon of LND cannot be read from {settings.MacaroonPath}", error);
        }
        return macaroon.Length > 0
            ? new LndConnection(settings.Url, certificate, Convert.ToHexStringLower(macaroon), time)
            : throw OutsideFault.Fatal($"The macaroon of LND in {settings.MacaroonPath} is empty");
    }

    public Task<LndReply> Get(string path, CancellationToken stop) => Ask(HttpMethod.Get, path, null, stop);

    public Task<LndReply> Post<T>(string path, T message, JsonTypeInfo<T> shape, CancellationToken stop) =>
        Ask(HttpMethod.Post, path, JsonSerializer.SerializeToUtf8Bytes(message, shape), stop);

    async Task<LndReply> Ask(HttpMethod method, string path, byte[]? body, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(RequestTimeout, _time);
        return await Guard(patience, $"LND did not answer within {RequestTimeout.TotalSeconds} s", async either =>
        {
            using var request = Request(method, path, body);
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either);
            return await Reply(response, either);
        }, stop);
    }

    /// <summary>
    /// Opens a stream of lines. LND sends the head of its answer only with the first event, so waiting for it counts as silence, not as a
    /// request that hangs.
    /// </summary>
    public async Task<LndStream> Stream(string path, CancellationToken stop)
    {
        var (refused, stream) = await TryStream(HttpMethod.Get, path, body: null, stop);
        return stream ?? throw refused!.Fault();
    }

    /// <summary>As <see cref="Stream"/>, with a message; what the node answers instead of a stream is returned.</summary>
    public async Task<(LndReply? Refused, LndStream? Stream)> TryStream(HttpMethod method, string path, byte[]? body, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(IdleLimit, _time);
        return await Silence<(LndReply?, LndStream?)>(patience, async either =>
        {
            using var request = Request(method, path, body);
            var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either);
            try
            {
                if (response.IsSuccessStatusCode)
                    return (null, new LndStream(this, response, await response.Content.ReadAsStreamAsync(either)));
                var reply = await Reply(response, either);
                response.Dispose();
                return (reply, null);
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }, stop);
    }

    /// <summary>The next line of a stream, null at its end.</summary>
    internal async Task<ReadOnlyMemory<byte>?> ReadLine(BoundedBody body, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(IdleLimit, _time);
        return await Silence(patience, body.ReadLine, stop);
    }

    /// <summary>A text of the node made fit for a log: one line, short, without the macaroon.</summary>
    internal string Clean(string text)
    {
        var clean = new StringBuilder();
        foreach (var letter in text.Replace(_macaroon, "(macaroon)", StringComparison.OrdinalIgnoreCase))
        {
            if (clean.Length == LongestMessage)
                break;
            clean.Append(char.IsControl(letter) ? ' ' : letter);
        }
        return clean.ToString();
    }

    HttpRequestMessage Request(HttpMethod method, string path, byte[]? body)
    {
        var request = new HttpRequestMessage(method, new Uri(_url, path));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        }
        return request;
    }

    async Task<LndReply> Reply(HttpResponseMessage response, CancellationToken stop) =>
        new(response.StatusCode, await new BoundedBody(await response.Content.ReadAsStreamAsync(stop)).ReadAll(stop), Clean);

    static Task<T> Silence<T>(CancellationTokenSource patience, Func<CancellationToken, Task<T>> work, CancellationToken stop) =>
        Guard(patience, $"LND's stream was silent for {IdleLimit.TotalMinutes} minutes", work, stop);

    static async Task<T> Guard<T>(CancellationTokenSource patience, string tooLate, Func<CancellationToken, Task<T>> work, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        try
        {
            return await work(either.Token);
        }
        catch (OperationCanceledException error) when (!stop.IsCancellationRequested)
        {
            throw OutsideFault.Transient(patience.IsCancellationRequested ? tooLate : "LND cannot be reached in time", error);
        }
        catch (HttpRequestException error) when (error.InnerException is AuthenticationException)
        {
            throw OutsideFault.Fatal("LND does not present the certificate that is configured for it", error);
        }
        catch (HttpRequestException error)
        {
            throw OutsideFault.Transient($"LND cannot be reached ({error.HttpRequestError})", error);
        }
        catch (IOException error)
        {
            throw OutsideFault.Transient("The connection to LND broke", error);
        }
    }

    public void Dispose() => _client.Dispose();
}
