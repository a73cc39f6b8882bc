using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Lnvps.Testing.Http;
using Microsoft.AspNetCore.Http;
using OpenTelemetry.Trace;

namespace Lnvps.Api.Tests.Operations;

/// <summary>A span as a collector gets it. Ids in hex; no parent is empty.</summary>
public sealed record ReceivedSpan(string Trace, string Id, string Parent, string Name, IReadOnlyDictionary<string, string> Tags);

/// <summary>A collector of traces on loopback (OTLP over HTTP with protobuf).</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    LoopbackServer? _server;

    public string Endpoint => _server!.Address.AbsoluteUri;

    public ConcurrentQueue<ReceivedSpan> Spans { get; } = [];

    /// <summary>Everything received, as text of one character a byte.</summary>
    public ConcurrentQueue<string> Raw { get; } = [];

    public static async Task<OtlpReceiver> Start()
    {
        var receiver = new OtlpReceiver();
        receiver._server = await LoopbackServer.Start(receiver.Receive);
        return receiver;
    }

    /// <summary>The span that fits, once it has come: what is spanned ends a moment later than it is seen.</summary>
    public async Task<ReceivedSpan> Wait(TracerProvider export, Predicate<ReceivedSpan> wanted)
    {
        for (var look = 0; look < 200; look++)
        {
            Assert.True(export.ForceFlush(10_000));
            if (Spans.FirstOrDefault(span => wanted(span)) is { } found)
                return found;
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
        throw new TimeoutException($"No such span among {string.Join(", ", Spans.Select(span => span.Name).Distinct())}");
    }

    async Task Receive(HttpContext context)
    {
        if (context.Request.Path != "/v1/traces")
        {
            context.Response.StatusCode = 404;
            return;
        }
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Raw.Enqueue(Encoding.Latin1.GetString(body.ToArray()));
        Read(body.ToArray());
        context.Response.ContentType = "application/x-protobuf";
    }

    // ExportTraceServiceRequest.resource_spans = 1, ResourceSpans.scope_spans = 2, ScopeSpans.spans = 2.
    void Read(ReadOnlySpan<byte> request)
    {
        foreach (var resource in Fields(request, 1))
        {
            foreach (var scope in Fields(resource, 2))
            {
                foreach (var span in Fields(scope, 2))
                    Spans.Enqueue(Span(span));
            }
        }
    }

    // Span: trace_id = 1, span_id = 2, parent_span_id = 4, name = 5, attributes = 9 (key = 1, value = 2: string_value = 1, int_value = 3).
    static ReceivedSpan Span(byte[] span)
    {
        var tags = Fields(span, 9).ToDictionary(tag => Encoding.UTF8.GetString(Fields(tag, 1)[0]), tag =>
        {
            var value = Fields(tag, 2)[0];
            return Fields(value, 1) is [var text, ..] ? Encoding.UTF8.GetString(text) : Integer(value, 3)?.ToString(CultureInfo.InvariantCulture) ?? "";
        });
        return new ReceivedSpan(Hex(1), Hex(2), Hex(4), Encoding.UTF8.GetString(Fields(span, 5)[0]), tags);

        string Hex(int field) => Fields(span, field) is [var id, ..] ? Convert.ToHexStringLower(id) : "";
    }

    static List<byte[]> Fields(ReadOnlySpan<byte> message, int wanted)
    {
        var found = new List<byte[]>();
        while (message.Length > 0)
        {
            var (number, type) = Key(ref message);
            switch (type)
            {
                case 0:
                    Varint(ref message);
                    break;
                case 1:
                    message = message[8..];
                    break;
                case 2:
                    var length = (int)Varint(ref message);
                    if (number == wanted)
                        found.Add(message[..length].ToArray());
                    message = message[length..];
                    break;
                case 5:
                    message = message[4..];
                    break;
                default:
                    throw new InvalidDataException($"Wire type {type}");
            }
        }
        return found;
    }

    static ulong? Integer(ReadOnlySpan<byte> message, int wanted)
    {
        var (number, type) = Key(ref message);
        return number == wanted && type == 0 ? Varint(ref message) : null;
    }

    static (int Number, int Type) Key(ref ReadOnlySpan<byte> message)
    {
        var key = Varint(ref message);
        return ((int)(key >> 3), (int)(key & 7));
    }

    static ulong Varint(ref ReadOnlySpan<byte> message)
    {
        var (value, shift) = (0UL, 0);
        while (true)
        {
            var part = message[0];
            message = message[1..];
            value |= (ulong)(part & 0x7F) << shift;
            shift += 7;
            if (part < 0x80)
                return value;
        }
    }

    public async ValueTask DisposeAsync() => await _server!.DisposeAsync();
}
