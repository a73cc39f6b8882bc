using System.Buffers;
using System.Text;

namespace Lnvps.Nostr.Events;

/// <summary>The inside of one string of a canonical text: UTF-8 with two-character escapes.</summary>
readonly ref struct CanonicalString(ReadOnlySpan<byte> escaped)
{
    readonly ReadOnlySpan<byte> _escaped = escaped;

    /// <summary>Whether the string is this text, which must not contain any of the seven escaped characters.</summary>
    public bool Is(ReadOnlySpan<byte> plain) => _escaped.SequenceEqual(plain);

    /// <summary>Whether the string is this text, of printable ASCII without quotes and backslashes.</summary>
    public bool Is(ReadOnlySpan<char> plain) => Ascii.Equals(_escaped, plain);

    /// <summary>The string as it stands in the canonical text; equal to its UTF-8 unless it holds one of the seven escaped characters.</summary>
    public ReadOnlySpan<byte> Escaped => _escaped;

    public override string ToString()
    {
        if (!_escaped.Contains((byte)'\\'))
            return Encoding.UTF8.GetString(_escaped);
        var bytes = ArrayPool<byte>.Shared.Rent(_escaped.Length);
        var length = 0;
        for (var i = 0; i < _escaped.Length; i++)
            bytes[length++] = _escaped[i] == '\\' ? CanonicalText.Unescape(_escaped[++i]) : _escaped[i];
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        ArrayPool<byte>.Shared.Return(bytes);
        return text;
    }
}

/// <summary>Walks the tags of a canonical text, <c>[["u","…"],[]]</c>, which its writer guarantees to be well formed.</summary>
ref struct TagEnumerator(ReadOnlySpan<byte> tags)
{
    ReadOnlySpan<byte> _rest = tags[1..^1]; // without the outer brackets

    public ElementEnumerator Current { get; private set; }

    public readonly TagEnumerator GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_rest.IsEmpty)
            return false;
        if (_rest[0] == ',')
            _rest = _rest[1..];
        var elements = new ElementEnumerator(_rest[1..]);
        Current = elements;
        while (elements.MoveNext())
        {
            // to the end of this tag
        }
        _rest = elements.Rest[1..];
        return true;
    }
}

/// <summary>Walks the strings of one tag, up to its closing bracket.</summary>
ref struct ElementEnumerator(ReadOnlySpan<byte> rest)
{
    public ReadOnlySpan<byte> Rest { get; private set; } = rest;

    public CanonicalString Current { get; private set; }

    public readonly ElementEnumerator GetEnumerator() => this;

    public bool MoveNext()
    {
        if (Rest[0] == ']')
            return false;
        var start = Rest[0] == ',' ? 2 : 1;
        var end = start;
        while (true)
        {
            end += Rest[end..].IndexOfAny((byte)'"', (byte)'\\');
            if (Rest[end] == '"')
                break;
            end += 2;
        }
        Current = new CanonicalString(Rest[start..end]);
        Rest = Rest[(end + 1)..];
        return true;
    }
}
