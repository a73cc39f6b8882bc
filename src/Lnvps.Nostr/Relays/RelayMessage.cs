using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Unicode;
using Lnvps.Core.Identity;
using Lnvps.Nostr.Events;

namespace Lnvps.Nostr.Relays;

/// <summary>One message of a relay (NIP-01, NIP-42). Its texts are a stranger's: see <see cref="RelayText.Clean"/>.</summary>
public abstract record RelayMessage
{
    RelayMessage()
    {
    }

    /// <summary>An event for a subscription; nothing is verified yet.</summary>
    public sealed record Event(string Subscription, NostrEvent Sent) : RelayMessage;

    /// <summary>Whether a published event was taken.</summary>
    public sealed record Ok(Bytes32 EventId, bool Accepted, string Text) : RelayMessage;

    /// <summary>All stored events of a subscription were sent.</summary>
    public sealed record EndOfStored(string Subscription) : RelayMessage;

    /// <summary>The relay ended a subscription.</summary>
    public sealed record Closed(string Subscription, string Text) : RelayMessage;

    public sealed record Notice(string Text) : RelayMessage;

    /// <summary>The relay wants to know who is there (NIP-42).</summary>
    public sealed record Challenge(string Text) : RelayMessage;

    /// <summary>Reads one message; false for anything else, also for messages of kinds unknown here.</summary>
    public static bool TryParse(ReadOnlySpan<byte> json, [NotNullWhen(true)] out RelayMessage? message)
    {
        message = null;
        try
        {
            if (Utf8.IsValid(json))
                message = Read(json);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: escapes that make no text, such as a lone surrogate.
        }
        return message is not null;
    }

    static RelayMessage? Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray || !reader.Read() || reader.TokenType != JsonTokenType.String)
            return null;
        var kind = reader.GetString();
        if (!reader.Read() || reader.TokenType != JsonTokenType.String)
            return null;
        var first = reader.GetString()!;
        RelayMessage? message = kind switch
        {
            "EVENT" => ReadEvent(json, ref reader, first),
            "OK" => ReadOk(ref reader, first),
            "EOSE" => new EndOfStored(first),
            "CLOSED" => new Closed(first, OptionalText(ref reader)),
            "NOTICE" => new Notice(first),
            "AUTH" => new Challenge(first),
            _ => null,
        };
        // Further elements are allowed; what is cut off or followed by something is not.
        if (message is null)
            return null;
        while (reader.TokenType != JsonTokenType.EndArray || reader.CurrentDepth > 0)
        {
            if (!reader.Read())
                return null;
        }
        return reader.Read() ? null : message;
    }

    static Event? ReadEvent(ReadOnlySpan<byte> json, ref Utf8JsonReader reader, string subscription)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return null;
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        var text = json[start..(int)reader.BytesConsumed];
        return NostrEvent.TryParse(text, out var sent, text.Length) ? new Event(subscription, sent) : null;
    }

    static Ok? ReadOk(ref Utf8JsonReader reader, string id)
    {
        if (!Bytes32.TryParseHex(id, out var eventId) || !reader.Read() || reader.TokenType is not (JsonTokenType.True or JsonTokenType.False))
            return null;
        var accepted = reader.TokenType == JsonTokenType.True;
        return new Ok(eventId, accepted, OptionalText(ref reader));
    }

    static string OptionalText(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";
}

/// <summary>Texts of strangers on their way into a log or an answer.</summary>
public static class RelayText
{
    const int Longest = 200;

    /// <summary>At most 200 characters on one line, without control characters.</summary>
    public static string Clean(string text)
    {
        var cut = text.Length > Longest ? text[..Longest] : text;
        return string.Concat(cut.Select(c => char.IsControl(c) || char.IsSurrogate(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format ? ' ' : c)).Trim();
    }
}
