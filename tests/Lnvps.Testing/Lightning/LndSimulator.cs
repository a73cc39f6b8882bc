using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Lnvps.Core.Identity;
using Lnvps.Lightning.Bolt11;
using Lnvps.Lightning.Lnd;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Lnvps.Testing.Lightning;

/// <summary>
/// The part of LND's REST gateway that the shop uses, over TLS on loopback, with a certificate and a macaroon of its own in files. Invoices
/// live in memory and survive <see cref="GoDown"/>. Faults are switched on at any time. As with LND, the head of a stream's answer comes only
/// with its first event.
/// </summary>
public sealed class LndSimulator : IAsyncDisposable
{
    readonly LndInvoices _invoices;
    readonly string _folder = Directory.CreateTempSubdirectory("lnvps-lnd-").FullName;
    readonly byte[] _macaroon = RandomNumberGenerator.GetBytes(120);
    readonly ConcurrentQueue<LndExchange> _exchanges = [];
    readonly ConcurrentDictionary<Channel<string>, HttpContext> _streams = [];
    X509Certificate2 _certificate = NewCertificate();
    WebApplication? _server;
    int _port;
    LndFault? _fault;
    int _faultsLeft;

    LndSimulator(TimeProvider time)
    {
        _invoices = new LndInvoices(time, invoice => Publish(new JsonObject { ["result"] = invoice }.ToJsonString()));
        File.WriteAllText(Path.Combine(_folder, "tls.cert"), _certificate.ExportCertificatePem());
        File.WriteAllBytes(Path.Combine(_folder, "admin.macaroon"), _macaroon);
    }

    /// <summary>Starts a simulator on a free port.</summary>
    /// <param name="time">Dates and lapses the invoices; the real time by default.</param>
    public static async Task<LndSimulator> Start(TimeProvider? time = null)
    {
        var simulator = new LndSimulator(time ?? TimeProvider.System);
        await simulator.ComeUp();
        return simulator;
    }

    /// <summary>Address and files for a client.</summary>
    public LndSettings Settings => new(new Uri($"https://127.0.0.1:{_port}"), Path.Combine(_folder, "tls.cert"), Path.Combine(_folder, "admin.macaroon"));

    /// <summary>The macaroon as it must arrive; must appear in no message of the client.</summary>
    public string MacaroonHex => Convert.ToHexStringLower(_macaroon);

    /// <summary>Requests that were answered, and streams that have ended, oldest first.</summary>
    public IReadOnlyList<LndExchange> Exchanges => [.. _exchanges];

    /// <summary>Streams that are open now.</summary>
    public int OpenStreams => _streams.Count;

    /// <summary>What the node pays to others.</summary>
    public LndPayments Payments { get; } = new();

    /// <summary>Waits before every answer.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Sends every event of a stream twice.</summary>
    public bool DuplicateEvents { get; set; }

    /// <summary>The next requests (all by default, streams included) meet a fault.</summary>
    public void Fail(LndFault fault, int times = int.MaxValue) => (_fault, _faultsLeft) = (fault, times);

    /// <summary>Ends <see cref="Fail"/>.</summary>
    public void Heal() => (_fault, _faultsLeft) = (null, 0);

    /// <summary>Pays an invoice of this node; works while it is down, too. Returns the settle index.</summary>
    public ulong Pay(string paymentRequest) => _invoices.Settle(Bolt11Decoder.Decode(paymentRequest).Value.PaymentHash);

    /// <summary>A payment arrives but is not settled.</summary>
    public void Accept(Bytes32 paymentHash) => _invoices.Accept(paymentHash);

    /// <summary>Sends a line of any content to all streams.</summary>
    public void Publish(string line)
    {
        foreach (var stream in _streams.Keys)
            stream.Writer.TryWrite(line);
    }

    /// <summary>Breaks all open streams, after part of an event when <paramref name="insideEvent"/>.</summary>
    public async Task DropStreams(bool insideEvent = false)
    {
        foreach (var (_, context) in _streams)
        {
            if (insideEvent)
            {
                await context.Response.Body.WriteAsync("{\"result\":{\"memo\":\"half an ev"u8.ToArray());
                await context.Response.Body.FlushAsync();
            }
            context.Abort();
        }
    }

    /// <summary>Ends all open streams properly, as LND does when it shuts down.</summary>
    public void EndStreams()
    {
        foreach (var stream in _streams.Keys)
            stream.Writer.TryComplete();
    }

    /// <summary>Refuses connections until <see cref="ComeUp"/>; invoices stay.</summary>
    public async Task GoDown()
    {
        if (_server is null)
            return;
        await DropStreams();
        await _server.StopAsync(new CancellationToken(canceled: true));
        await _server.DisposeAsync();
        _server = null;
    }

    /// <summary>Accepts connections (again), on the same port as before.</summary>
    public async Task ComeUp()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(_certificate);
        }));
        _server = builder.Build();
        _server.Run(Handle);
        await _server.StartAsync();
        _port = new Uri(_server.Urls.Single()).Port;
    }

    /// <summary>Comes up again with a certificate that is not the one in the file.</summary>
    public async Task PresentAnotherCertificate()
    {
        await GoDown();
        _certificate.Dispose();
        _certificate = NewCertificate();
        await ComeUp();
    }

    public async ValueTask DisposeAsync()
    {
        await GoDown();
        _certificate.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    async Task Handle(HttpContext context)
    {
        var body = await new StreamReader(context.Request.Body).ReadToEndAsync();
        if (Delay > TimeSpan.Zero)
            await Task.Delay(Delay, TimeProvider.System, context.RequestAborted);
        var fault = _faultsLeft-- > 0 ? _fault : null;
        switch (fault)
        {
            case LndFault.Hang:
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
                return;
            case LndFault.Drop:
                context.Abort();
                return;
            case LndFault.Error error:
                await Answer(context, body, error.Status, ErrorJson(error.Code, error.Message).ToJsonString());
                return;
            case LndFault.Body text:
                await Answer(context, body, text.Status, text.Text);
                return;
        }
        var macaroons = context.Request.Headers["Grpc-Metadata-macaroon"];
        if (macaroons.Count != 1)
            await Answer(context, body, Refused(2, $"expected 1 macaroon, got {macaroons.Count}"));
        else if (macaroons[0] != MacaroonHex)
            await Answer(context, body, Refused(2, "verification failed: signature mismatch after caveat verification"));
        else if (context.Request is { Method: "GET", Path.Value: "/v1/invoices/subscribe" })
            await Stream(context, body);
        else if (context.Request.Path.StartsWithSegments("/v2/router", StringComparison.Ordinal))
            await Router(context, body);
        else
        {
            var (status, json) = Route(context.Request, body);
            if (fault is LndFault.DropAfterwards)
                context.Abort();
            else
                await Answer(context, body, status, json.ToJsonString());
        }
    }

    (int Status, JsonObject Json) Route(HttpRequest request, string body)
    {
        try
        {
            switch (request.Method, request.Path.Value)
            {
                case ("POST", "/v1/invoices"):
                    var (answer, error) = _invoices.Add(JsonNode.Parse(body)!.AsObject());
                    return answer is null ? Refused(2, error!) : (200, answer);
                case ("GET", "/v2/invoices/lookup"):
                    return _invoices.Find(Hash(request.Query["payment_hash"].ToString())) is { } invoice
                        ? (200, invoice)
                        : Refused(5, "unable to locate invoice");
                case ("POST", "/v2/invoices/cancel"):
                    return _invoices.Cancel(Hash((string)JsonNode.Parse(body)!["payment_hash"]!)) is { } refusal ? Refused(2, refusal) : (200, new JsonObject());
                case ("GET", "/v1/getinfo"):
                    return (200, new JsonObject { ["chains"] = new JsonArray(new JsonObject { ["chain"] = "bitcoin", ["network"] = "regtest" }) });
                default:
                    return Refused(5, "Not Found");
            }
        }
        catch (Exception error) when (error is FormatException or System.Text.Json.JsonException or ArgumentException)
        {
            return Refused(3, "invalid argument");
        }
    }

    /// <summary>SendPaymentV2 and TrackPaymentV2: streams, which stay open while a payment is under way.</summary>
    async Task Router(HttpContext context, string body)
    {
        var isSending = context.Request.Path.Value == "/v2/router/send";
        JsonObject? line;
        if (isSending)
        {
            var (lines, code, error) = Payments.Send(JsonNode.Parse(body)!.AsObject());
            if (lines is null)
            {
                await Answer(context, body, Refused(code, error));
                return;
            }
            line = lines[0];
        }
        else
        {
            line = Payments.Track(Hash(Uri.UnescapeDataString(context.Request.Path.Value!["/v2/router/track/".Length..])));
            if (line is null)
            {
                await Answer(context, body, Refused(5, "payment isn't initiated"));
                return;
            }
        }
        var isUnderWay = (string?)line["status"] == "IN_FLIGHT";
        // Updates on the way were not asked for when sending.
        var text = isSending && isUnderWay ? "" : new JsonObject { ["result"] = line }.ToJsonString() + "\n";
        Record(context, body, 200, text.Length == 0 ? [] : [text]);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(text);
        await context.Response.Body.FlushAsync();
        if (!isUnderWay)
            return;
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client left.
        }
    }

    async Task Stream(HttpContext context, string body)
    {
        var after = ulong.Parse(context.Request.Query["settle_index"].ToString() is { Length: > 0 } text ? text : "0", CultureInfo.InvariantCulture);
        var lines = Channel.CreateUnbounded<string>();
        var sent = new List<string>();
        _streams[lines] = context;
        try
        {
            if (after > 0)
            {
                foreach (var invoice in _invoices.SettledAfter(after))
                    await Send(new JsonObject { ["result"] = invoice }.ToJsonString());
            }
            await foreach (var line in lines.Reader.ReadAllAsync(context.RequestAborted))
            {
                await Send(line);
                if (DuplicateEvents)
                    await Send(line);
            }
        }
        catch (OperationCanceledException)
        {
            // The client left, or the stream was broken on purpose.
        }
        finally
        {
            _streams.TryRemove(lines, out _);
            Record(context, body, 200, sent);
        }

        async Task Send(string line)
        {
            sent.Add(line);
            if (!context.Response.HasStarted)
                context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    Task Answer(HttpContext context, string body, (int Status, JsonObject Json) answer) => Answer(context, body, answer.Status, answer.Json.ToJsonString());

    async Task Answer(HttpContext context, string body, int status, string text)
    {
        Record(context, body, status, [text]);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(text);
    }

    void Record(HttpContext context, string body, int status, IReadOnlyList<string> answers) => _exchanges.Enqueue(new LndExchange(
        context.Request.Method,
        context.Request.Path.Value ?? "",
        context.Request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString()),
        context.Request.Headers.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.OrdinalIgnoreCase),
        body, status, answers));

    // The gateway's translation of gRPC codes (those that are used here).
    static (int Status, JsonObject Json) Refused(int code, string message) =>
        (code switch { 3 => 400, 5 => 404, _ => 500 }, ErrorJson(code, message));

    static JsonObject ErrorJson(int code, string message) => new() { ["code"] = code, ["message"] = message, ["details"] = new JsonArray() };

    // The gateway takes both alphabets of base64, but insists on the padding.
    static Bytes32 Hash(string base64) => new(Convert.FromBase64String(base64.Replace('-', '+').Replace('_', '/')));

    static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=lnd simulator,O=lnd autogenerated cert", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(365));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
