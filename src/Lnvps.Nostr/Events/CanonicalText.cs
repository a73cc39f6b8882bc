using System.Buffers;
using System.Text;

namespace Lnvps.Nostr.Events;

/// <summary>
/// The strings of NIP-01's canonical text: exactly seven characters are escaped (line feed, quote, backslash, carriage return, tab, backspace,
/// form feed), every other one is written as it is, control characters included.
/// </summary>
static class CanonicalText
{
    static readonly SearchValues<byte> s_escapes = SearchValues.Create("\n\"\\\r\t\b\f"u8);

    static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Appends the inside of a JSON string, as a JSON reader has accepted it, with its quotes. Never longer than the JSON. False for unpaired surrogates,
    /// which UTF-8 cannot write.
    /// </summary>
    public static bool TryAppendString(ReadOnlySpan<byte> json, Span<byte> destination, ref int end, ref bool hasRareControls)
    {
        destination[end++] = (byte)'"';
        for (var escape = json.IndexOf((byte)'\\'); escape >= 0; escape = json.IndexOf((byte)'\\'))
        {
            json[..escape].CopyTo(destination[end..]);
            end += escape;
            var letter = json[escape + 1];
            json = json[(escape + 2)..];
            if (letter == 'u')
            {
                if (!TryReadRune(ref json, out var rune))
                    return false;
                hasRareControls |= rune.Value < 0x20 && EscapeLetter((byte)rune.Value) == 0;
                AppendRune(rune, destination, ref end);
            }
            else
            {
                if (letter != '/')
                    destination[end++] = (byte)'\\';
                destination[end++] = letter;
            }
        }
        json.CopyTo(destination[end..]);
        end += json.Length;
        destination[end++] = (byte)'"';
        return true;
    }

    /// <summary>Writes a string of our own with its quotes.</summary>
    /// <exception cref="ArgumentException">The text has unpaired surrogates.</exception>
    public static void AppendString(string text, ArrayBufferWriter<byte> writer)
    {
        var utf8 = s_strict.GetBytes(text);
        writer.Write("\""u8);
        ReadOnlySpan<byte> rest = utf8;
        for (var at = rest.IndexOfAny(s_escapes); at >= 0; at = rest.IndexOfAny(s_escapes))
        {
            writer.Write(rest[..at]);
            writer.Write([(byte)'\\', EscapeLetter(rest[at])]);
            rest = rest[(at + 1)..];
        }
        writer.Write(rest);
        writer.Write("\""u8);
    }

    /// <summary>The canonical text with the remaining control characters as <c>\u00xx</c>.</summary>
    public static byte[] WithEscapedControls(ReadOnlySpan<byte> canonical)
    {
        var writer = new ArrayBufferWriter<byte>(canonical.Length + 64);
        for (var at = canonical.IndexOfAnyInRange((byte)0, (byte)0x1f); at >= 0; at = canonical.IndexOfAnyInRange((byte)0, (byte)0x1f))
        {
            writer.Write(canonical[..at]);
            writer.Write("\\u00"u8);
            writer.Write([HexDigit(canonical[at] >> 4), HexDigit(canonical[at] & 15)]);
            canonical = canonical[(at + 1)..];
        }
        writer.Write(canonical);
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>The letter after the backslash for one of the seven characters; 0 for others.</summary>
    static byte EscapeLetter(byte character) => character switch
    {
        (byte)'\n' => (byte)'n',
        (byte)'"' => (byte)'"',
        (byte)'\\' => (byte)'\\',
        (byte)'\r' => (byte)'r',
        (byte)'\t' => (byte)'t',
        (byte)'\b' => (byte)'b',
        (byte)'\f' => (byte)'f',
        _ => 0,
    };

    /// <summary>The character that an escape letter stands for.</summary>
    public static byte Unescape(byte letter) => letter switch
    {
        (byte)'n' => (byte)'\n',
        (byte)'r' => (byte)'\r',
        (byte)'t' => (byte)'\t',
        (byte)'b' => (byte)'\b',
        (byte)'f' => (byte)'\f',
        _ => letter,
    };

    static void AppendRune(Rune rune, Span<byte> destination, ref int end)
    {
        if (rune.IsAscii && EscapeLetter((byte)rune.Value) is > 0 and var letter)
        {
            destination[end++] = (byte)'\\';
            destination[end++] = letter;
        }
        else
        {
            end += rune.EncodeToUtf8(destination[end..]);
        }
    }

    // The four digits after \u, and the second half of a surrogate pair if they are the first.
    static bool TryReadRune(ref ReadOnlySpan<byte> json, out Rune rune)
    {
        var first = ReadUnit(ref json);
        if (Rune.TryCreate(first, out rune))
            return true;
        return json.StartsWith("\\u"u8) && Rune.TryCreate(first, ReadUnit(ref json, skip: 2), out rune);
    }

    static char ReadUnit(ref ReadOnlySpan<byte> json, int skip = 0)
    {
        var unit = 0;
        foreach (var digit in json.Slice(skip, 4))
            unit = (unit << 4) | (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
        json = json[(skip + 4)..];
        return (char)unit;
    }

    static byte HexDigit(int value) => (byte)(value < 10 ? '0' + value : 'a' + value - 10);
}
