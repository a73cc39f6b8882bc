using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;

namespace Lnvps.Nostr.Events;

/// <summary>Writes events as UTF-8 JSON without white space (NIP-01).</summary>
static class EventJson
{
    static readonly JsonWriterOptions s_writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A signed event; without a signature, one that has no <c>sig</c> (NIP-59).</summary>
    public static ReadOnlySpan<byte> Write(
        Bytes32 id, PublicKey publicKey, Instant createdAt, int kind, IReadOnlyList<EventTag> tags, string content, EventSignature? signature)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, s_writing))
        {
            json.WriteStartObject();
            json.WriteString("id", id.ToString());
            json.WriteString("pubkey", publicKey.ToString());
            json.WriteNumber("created_at", createdAt.UnixSeconds);
            json.WriteNumber("kind", kind);
            json.WriteStartArray("tags");
            foreach (var tag in tags)
            {
                json.WriteStartArray();
                foreach (var element in tag.Elements)
                    json.WriteStringValue(element);
                json.WriteEndArray();
            }
            json.WriteEndArray();
            json.WriteString("content", content);
            if (signature is { } proof)
                json.WriteString("sig", proof.ToString());
            json.WriteEndObject();
        }
        return buffer.WrittenSpan;
    }
}
