using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Nostr.Keys;

namespace Lnvps.Nostr.Events;

/// <summary>A signed Nostr event (NIP-01). One that was read is what somebody claims until <see cref="Verify"/> says yes.</summary>
public sealed class NostrEvent
{
    /// <summary>Longest JSON that is read unless the caller says otherwise, in bytes.</summary>
    public const int DefaultMaxBytes = 64 * 1024;

    // 9999-12-31T23:59:59Z: later moments have no calendar date.
    const long LatestTime = 253_402_300_799;

    NostrEvent(Bytes32 id, PublicKey publicKey, Instant createdAt, int kind, IReadOnlyList<EventTag> tags, string content, EventSignature signature)
    {
        Id = id;
        PublicKey = publicKey;
        CreatedAt = createdAt;
        Kind = kind;
        Tags = tags;
        Content = content;
        Signature = signature;
    }

    public Bytes32 Id { get; }

    public PublicKey PublicKey { get; }

    public Instant CreatedAt { get; }

    /// <summary>0 to 65535.</summary>
    public int Kind { get; }

    public IReadOnlyList<EventTag> Tags { get; }

    public string Content { get; }

    public EventSignature Signature { get; }

    /// <summary>Makes and signs an event.</summary>
    /// <exception cref="ArgumentException">The kind or time is out of range, or a text has unpaired surrogates.</exception>
    public static NostrEvent Sign(SecretKey key, Instant createdAt, int kind, IReadOnlyList<EventTag> tags, string content)
    {
        if (kind is < 0 or > 65535)
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "An event's kind is 0 to 65535");
        if (createdAt.UnixSeconds is < 0 or > LatestTime)
            throw new ArgumentOutOfRangeException(nameof(createdAt), createdAt.UnixSeconds, "An event's time is within the years 1970 to 9999");

        Span<byte> id = stackalloc byte[32];
        Span<byte> signature = stackalloc byte[64];
        SHA256.HashData(Canonical(key.PublicKey, createdAt, kind, tags, content).Span, id);
        key.Sign(id, signature);
        return new NostrEvent(new Bytes32(id), key.PublicKey, createdAt, kind, tags, content, new EventSignature(signature));
    }

    /// <summary>Reads one event from UTF-8 JSON. Unknown fields are skipped; nothing is verified.</summary>
    /// <returns>False for anything that is not one whole event, or longer than <paramref name="maxBytes"/>.</returns>
    public static bool TryParse(ReadOnlySpan<byte> json, [NotNullWhen(true)] out NostrEvent? parsed, int maxBytes = DefaultMaxBytes)
    {
        parsed = null;
        if (json.Length > maxBytes)
            return false;
        var scratch = ArrayPool<byte>.Shared.Rent(json.Length + EventView.Margin);
        try
        {
            if (EventView.TryRead(json, scratch, out var view) && view.CreatedAt <= LatestTime)
                parsed = From(view);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
        return parsed is not null;
    }

    /// <summary>Whether the id is that of the content and the signature that of the key.</summary>
    public bool Verify()
    {
        // By way of the JSON, so that one piece of code decides for events of every origin.
        var json = ToJson();
        var scratch = ArrayPool<byte>.Shared.Rent(json.Length + EventView.Margin);
        try
        {
            return EventView.TryRead(json, scratch, out var view) && view.Verify();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    /// <summary>The value of the first tag of this name that has one, or null.</summary>
    public string? TagValue(string name) => Tags.FirstOrDefault(tag => tag.Name == name && tag.Count > 1)?.Value;

    /// <summary>The event as UTF-8 JSON without white space.</summary>
    public byte[] ToJson() => EventJson.Write(Id, PublicKey, CreatedAt, Kind, Tags, Content, Signature).ToArray();

    public override string ToString() => Encoding.UTF8.GetString(ToJson());

    /// <summary>The text whose SHA-256 is the id (NIP-01).</summary>
    internal static ReadOnlyMemory<byte> Canonical(PublicKey publicKey, Instant createdAt, int kind, IReadOnlyList<EventTag> tags, string content)
    {
        var text = new ArrayBufferWriter<byte>(256 + content.Length);
        text.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"[0,\"{publicKey}\",{createdAt.UnixSeconds},{kind},[")));
        for (var i = 0; i < tags.Count; i++)
        {
            text.Write(i == 0 ? "["u8 : ",["u8);
            for (var j = 0; j < tags[i].Count; j++)
            {
                if (j > 0)
                    text.Write(","u8);
                CanonicalText.AppendString(tags[i].Elements[j], text);
            }
            text.Write("]"u8);
        }
        text.Write("],"u8);
        CanonicalText.AppendString(content, text);
        text.Write("]"u8);
        return text.WrittenMemory;
    }

    static NostrEvent From(EventView view)
    {
        var tags = new List<EventTag>();
        foreach (var tag in view.Tags)
        {
            var elements = new List<string>();
            foreach (var element in tag)
                elements.Add(element.ToString());
            tags.Add(new EventTag([.. elements]));
        }
        return new NostrEvent(view.Id, view.PublicKey, new Instant(view.CreatedAt), view.Kind, tags, view.Content.ToString(), view.Signature);
    }
}
