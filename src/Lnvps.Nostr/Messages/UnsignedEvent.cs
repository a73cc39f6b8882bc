using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Nostr.Events;

namespace Lnvps.Nostr.Messages;

/// <summary>An event without a signature, called a rumor (NIP-59): what is inside of a sealed message. It proves nothing to third parties.</summary>
/// <param name="Author">Whoever is named; the seal around it says whether that is true.</param>
/// <param name="CreatedAt">Time of writing.</param>
/// <param name="Kind">0 to 65535.</param>
/// <param name="Tags">Any.</param>
/// <param name="Content">Any text without lone surrogates.</param>
public sealed record UnsignedEvent(PublicKey Author, Instant CreatedAt, int Kind, IReadOnlyList<EventTag> Tags, string Content)
{
    /// <summary>The id as NIP-01 defines it.</summary>
    public Bytes32 Id => new(SHA256.HashData(NostrEvent.Canonical(Author, CreatedAt, Kind, Tags, Content).Span));

    /// <summary>The event as JSON without white space and without <c>sig</c>.</summary>
    public string ToJson() => Encoding.UTF8.GetString(EventJson.Write(Id, Author, CreatedAt, Kind, Tags, Content, signature: null));

    /// <summary>Reads one; false for anything else, and for one whose id is not its own.</summary>
    public static bool TryParse(string json, [NotNullWhen(true)] out UnsignedEvent? read)
    {
        read = null;
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || !PublicKey.TryParse(Text(root, "pubkey"), out var author)
                || !Bytes32.TryParseHex(Text(root, "id"), out var id)
                || Text(root, "content") is not { } content
                || !Number(root, "created_at", 253_402_300_799, out var createdAt)
                || !Number(root, "kind", 65535, out var kind)
                || !TryTags(root, out var tags))
                return false;
            var parsed = new UnsignedEvent(author, new Instant(createdAt), (int)kind, tags, content);
            read = parsed.HasId(id) ? parsed : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            // Not JSON, or texts with lone surrogates.
        }
        return read is not null;
    }

    // As of signed events: many programs write control characters that NIP-01 does not name as a JSON library does.
    bool HasId(Bytes32 id)
    {
        var canonical = NostrEvent.Canonical(Author, CreatedAt, Kind, Tags, Content);
        return new Bytes32(SHA256.HashData(canonical.Span)) == id || new Bytes32(SHA256.HashData(CanonicalText.WithEscapedControls(canonical.Span))) == id;
    }

    static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    static bool Number(JsonElement root, string name, long most, out long number)
    {
        number = 0;
        return root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out number) && number >= 0 && number <= most;
    }

    static bool TryTags(JsonElement root, out List<EventTag> tags)
    {
        tags = [];
        if (!root.TryGetProperty("tags", out var list) || list.ValueKind != JsonValueKind.Array)
            return false;
        foreach (var tag in list.EnumerateArray())
        {
            if (tag.ValueKind != JsonValueKind.Array || tag.EnumerateArray().Any(element => element.ValueKind != JsonValueKind.String))
                return false;
            tags.Add(new EventTag([.. tag.EnumerateArray().Select(element => element.GetString()!)]));
        }
        return true;
    }
}
