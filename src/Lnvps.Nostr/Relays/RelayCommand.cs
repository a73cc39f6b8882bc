using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Lnvps.Nostr.Events;

namespace Lnvps.Nostr.Relays;

/// <summary>What a client sends to a relay, as UTF-8 JSON.</summary>
public static class RelayCommand
{
    static readonly JsonWriterOptions s_writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Publish(NostrEvent signed) => Write("EVENT", json => json.WriteRawValue(signed.ToJson()));

    public static byte[] Authenticate(NostrEvent signed) => Write("AUTH", json => json.WriteRawValue(signed.ToJson()));

    public static byte[] Subscribe(string subscription, IEnumerable<EventFilter> filters) => Write("REQ", json =>
    {
        json.WriteStringValue(subscription);
        foreach (var filter in filters)
            filter.Write(json);
    });

    public static byte[] Close(string subscription) => Write("CLOSE", json => json.WriteStringValue(subscription));

    static byte[] Write(string name, Action<Utf8JsonWriter> rest)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, s_writing))
        {
            json.WriteStartArray();
            json.WriteStringValue(name);
            rest(json);
            json.WriteEndArray();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
