using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Lnvps.Core.Identity;
using Lnvps.Nostr.Keys;

namespace Lnvps.Nostr.Events;

/// <summary>
/// An event read from JSON without a string or an object: its fields, and its canonical text (NIP-01: what the id is the hash of) in memory that
/// the reader lends. Reading proves nothing: see <see cref="Verify"/>.
/// </summary>
/// <remarks>
/// The canonical text is written while the JSON is read: tags as they come, content last, and the fixed-length start in front of them. It is
/// never longer than the JSON plus <see cref="Margin"/>.
/// </remarks>
ref struct EventView
{
    /// <summary>Bytes the scratch memory must have beyond the length of the JSON.</summary>
    public const int Margin = 160;

    // Room for [0,"64 digits",19 digits,5 digits, in front of the tags.
    const int HeadRoom = 128;
    const int HighestKind = 65535;

    ReadOnlySpan<byte> _canonical;
    ReadOnlySpan<byte> _tags;
    ReadOnlySpan<byte> _content;
    bool _hasRareControls;

    public Bytes32 Id { get; private set; }

    public PublicKey PublicKey { get; private set; }

    public EventSignature Signature { get; private set; }

    /// <summary>Unix seconds, from 0 on; anything the sender likes.</summary>
    public long CreatedAt { get; private set; }

    /// <summary>0 to 65535.</summary>
    public int Kind { get; private set; }

    public readonly TagEnumerator Tags => new(_tags);

    public readonly CanonicalString Content => new(_content);

    /// <summary>Reads one event. Unknown fields are skipped; a missing, doubled or ill-typed field, bad UTF-8 and unpaired surrogates are refused.</summary>
    /// <param name="json">UTF-8; the whole of it must be the event.</param>
    /// <param name="scratch">At least <see cref="Margin"/> bytes longer than the JSON; the view points into it.</param>
    /// <param name="view">The event.</param>
    public static bool TryRead(scoped ReadOnlySpan<byte> json, Span<byte> scratch, out EventView view)
    {
        view = default;
        if (scratch.Length < json.Length + Margin)
            throw new ArgumentException("The scratch memory is too short", nameof(scratch));
        try
        {
            return Utf8.IsValid(json) && view.Read(json, scratch);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Whether the id is that of the content and the signature that of the key: the one proof that the event is the key owner's.</summary>
    [SkipLocalsInit]
    public readonly bool Verify()
    {
        Span<byte> id = stackalloc byte[32];
        if (!HasId(id))
            return false;
        Span<byte> key = stackalloc byte[32];
        Span<byte> signature = stackalloc byte[64];
        PublicKey.Bytes.CopyTo(key);
        Signature.CopyTo(signature);
        return Secp256k1.SchnorrVerify(signature, id, key);
    }

    readonly bool HasId(Span<byte> id)
    {
        SHA256.HashData(_canonical, id);
        if (new Bytes32(id) == Id)
            return true;
        if (!_hasRareControls)
            return false;
        // Many programs write control characters that NIP-01 does not name as \u00xx, as a JSON library does. No text is the canonical form of
        // two events, so accepting both proves as much.
        SHA256.HashData(CanonicalText.WithEscapedControls(_canonical), id);
        return new Bytes32(id) == Id;
    }

    [Flags]
    enum Fields { None = 0, Id = 1, Key = 2, CreatedAt = 4, Kind = 8, Tags = 16, Content = 32, Signature = 64, All = 127 }

    bool Read(scoped ReadOnlySpan<byte> json, Span<byte> scratch)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return false;

        var seen = Fields.None;
        scoped ReadOnlySpan<byte> content = default;
        var rareControls = false;
        var end = HeadRoom;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = FieldNamed(ref reader);
            if ((seen & field) != Fields.None)
                return false;
            seen |= field;
            reader.Read();
            bool ok;
            switch (field)
            {
                case Fields.Id:
                    ok = TryReadHex(ref reader, out var id);
                    Id = id;
                    break;
                case Fields.Key:
                    ok = TryReadHex(ref reader, out var key);
                    PublicKey = new PublicKey(key);
                    break;
                case Fields.Signature:
                    ok = TryReadSignature(ref reader, out var signature);
                    Signature = signature;
                    break;
                case Fields.CreatedAt:
                    ok = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var seconds) && (CreatedAt = seconds) >= 0;
                    break;
                case Fields.Kind:
                    ok = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var kind) && (Kind = kind) is >= 0 and <= HighestKind;
                    break;
                case Fields.Tags:
                    ok = TryReadTags(ref reader, scratch, ref end, ref rareControls);
                    break;
                case Fields.Content:
                    ok = reader.TokenType == JsonTokenType.String;
                    content = reader.ValueSpan;
                    break;
                default:
                    reader.Skip();
                    ok = true;
                    break;
            }
            if (!ok)
                return false;
        }
        if (reader.TokenType != JsonTokenType.EndObject || seen != Fields.All || reader.Read())
            return false;

        _tags = scratch[HeadRoom..end];
        scratch[end++] = (byte)',';
        var start = end;
        if (!CanonicalText.TryAppendString(content, scratch, ref end, ref rareControls))
            return false;
        _hasRareControls = rareControls;
        _content = scratch[(start + 1)..(end - 1)];
        scratch[end++] = (byte)']';
        _canonical = scratch[WriteHead(scratch)..end];
        return true;
    }

    // Writes [0,"key",time,kind, so that it ends where the tags begin; answers where it starts.
    [SkipLocalsInit]
    readonly int WriteHead(Span<byte> scratch)
    {
        Span<byte> head = stackalloc byte[HeadRoom];
        Span<byte> key = stackalloc byte[32];
        PublicKey.Bytes.CopyTo(key);
        "[0,\""u8.CopyTo(head);
        Convert.TryToHexStringLower(key, head[4..], out _);
        "\","u8.CopyTo(head[68..]);
        var length = 70;
        CreatedAt.TryFormat(head[length..], out var written, default, CultureInfo.InvariantCulture);
        length += written;
        head[length++] = (byte)',';
        Kind.TryFormat(head[length..], out written, default, CultureInfo.InvariantCulture);
        length += written;
        head[length++] = (byte)',';
        head[..length].CopyTo(scratch[(HeadRoom - length)..]);
        return HeadRoom - length;
    }

    static Fields FieldNamed(ref Utf8JsonReader reader)
    {
        if (reader.ValueIsEscaped)
            return Fields.None;
        var name = reader.ValueSpan;
        return name.Length switch
        {
            2 when name.SequenceEqual("id"u8) => Fields.Id,
            3 when name.SequenceEqual("sig"u8) => Fields.Signature,
            4 when name.SequenceEqual("kind"u8) => Fields.Kind,
            4 when name.SequenceEqual("tags"u8) => Fields.Tags,
            6 when name.SequenceEqual("pubkey"u8) => Fields.Key,
            7 when name.SequenceEqual("content"u8) => Fields.Content,
            10 when name.SequenceEqual("created_at"u8) => Fields.CreatedAt,
            _ => Fields.None,
        };
    }

    [SkipLocalsInit]
    static bool TryReadHex(ref Utf8JsonReader reader, out Bytes32 value)
    {
        value = default;
        Span<byte> bytes = stackalloc byte[32];
        if (reader.TokenType != JsonTokenType.String || !TryDecodeHex(reader.ValueSpan, bytes))
            return false;
        value = new Bytes32(bytes);
        return true;
    }

    [SkipLocalsInit]
    static bool TryReadSignature(ref Utf8JsonReader reader, out EventSignature value)
    {
        value = default;
        Span<byte> bytes = stackalloc byte[64];
        if (reader.TokenType != JsonTokenType.String || !TryDecodeHex(reader.ValueSpan, bytes))
            return false;
        value = new EventSignature(bytes);
        return true;
    }

    static bool TryDecodeHex(ReadOnlySpan<byte> hex, Span<byte> bytes) =>
        hex.Length == bytes.Length * 2 && Convert.FromHexString(hex, bytes, out _, out _) == System.Buffers.OperationStatus.Done;

    static bool TryReadTags(ref Utf8JsonReader reader, scoped Span<byte> scratch, ref int end, ref bool hasRareControls)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            return false;
        scratch[end++] = (byte)'[';
        var firstTag = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            if (!firstTag)
                scratch[end++] = (byte)',';
            firstTag = false;
            scratch[end++] = (byte)'[';
            var firstElement = true;
            while (reader.Read() && reader.TokenType == JsonTokenType.String)
            {
                if (!firstElement)
                    scratch[end++] = (byte)',';
                firstElement = false;
                if (!CanonicalText.TryAppendString(reader.ValueSpan, scratch, ref end, ref hasRareControls))
                    return false;
            }
            if (reader.TokenType != JsonTokenType.EndArray)
                return false;
            scratch[end++] = (byte)']';
        }
        scratch[end++] = (byte)']';
        return reader.TokenType == JsonTokenType.EndArray;
    }
}
