using System.Text.Json;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Nostr.Events;

namespace Lnvps.Nostr.Relays;

/// <summary>Which events a subscription asks for (NIP-01). Fields that are null ask for nothing in particular.</summary>
public sealed record EventFilter
{
    public IReadOnlyList<int>? Kinds { get; init; }

    public IReadOnlyList<PublicKey>? Authors { get; init; }

    /// <summary>Ids that an <c>e</c> tag must name, any of them.</summary>
    public IReadOnlyList<Bytes32>? Events { get; init; }

    /// <summary>Keys that a <c>p</c> tag must name, any of them.</summary>
    public IReadOnlyList<PublicKey>? Recipients { get; init; }

    public Instant? Since { get; init; }

    /// <summary>Most stored events that a relay sends; later ones are not limited.</summary>
    public int? Limit { get; init; }

    /// <summary>Whether an event is one of those asked for; relays send what they like.</summary>
    public bool Matches(NostrEvent sent) =>
        (Kinds is null || Kinds.Contains(sent.Kind))
        && (Authors is null || Authors.Contains(sent.PublicKey))
        && (Since is null || sent.CreatedAt >= Since)
        && (Events is null || Events.Any(id => Names(sent, "e", id.ToString())))
        && (Recipients is null || Recipients.Any(key => Names(sent, "p", key.ToString())));

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        if (Kinds is not null)
        {
            json.WriteStartArray("kinds");
            foreach (var kind in Kinds)
                json.WriteNumberValue(kind);
            json.WriteEndArray();
        }
        WriteTexts(json, "authors", Authors?.Select(key => key.ToString()));
        WriteTexts(json, "#e", Events?.Select(id => id.ToString()));
        WriteTexts(json, "#p", Recipients?.Select(key => key.ToString()));
        if (Since is { } since)
            json.WriteNumber("since", since.UnixSeconds);
        if (Limit is { } limit)
            json.WriteNumber("limit", limit);
        json.WriteEndObject();
    }

    static bool Names(NostrEvent sent, string tag, string value) =>
        sent.Tags.Any(t => t.Name == tag && string.Equals(t.Value, value, StringComparison.OrdinalIgnoreCase));

    static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string>? texts)
    {
        if (texts is null)
            return;
        json.WriteStartArray(name);
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
