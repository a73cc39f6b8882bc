using System.Globalization;
using System.Text;

namespace Lnvps.Core.Addresses;

/// <summary>Reading and writing of address text: dotted decimal; RFC 4291 section 2.2 in, RFC 5952 out.</summary>
static class IpText
{
    const int Groups = 8;
    const int LongestText = 45;

    internal static bool TryParse(ReadOnlySpan<char> text, out IpAddress address)
    {
        address = default;
        if (text.Length > LongestText)
            return false;
        if (text.Contains(':'))
        {
            if (!TryParseV6(text, out var bits))
                return false;
            address = IpAddress.V6(bits);
            return true;
        }
        if (!TryParseV4(text, out var quad))
            return false;
        address = IpAddress.V4(quad);
        return true;
    }

    static bool TryParseV4(ReadOnlySpan<char> text, out uint bits)
    {
        bits = 0;
        var parts = 0;
        foreach (var part in text.Split('.'))
        {
            if (parts == 4 || !TryParseOctet(text[part], out var octet))
                return false;
            bits = bits << 8 | octet;
            parts++;
        }
        return parts == 4;
    }

    static bool TryParseOctet(ReadOnlySpan<char> text, out byte octet)
    {
        octet = 0;
        return text.Length is >= 1 and <= 3
            && (text.Length == 1 || text[0] != '0')
            && byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out octet);
    }

    static bool TryParseV6(ReadOnlySpan<char> text, out UInt128 bits)
    {
        bits = 0;
        var gap = text.IndexOf("::");
        if (gap < 0)
            return TryParseGroups(text, out bits, out var all) && all == Groups;
        if (!TryParseGroups(text[..gap], out var head, out var before) || !TryParseGroups(text[(gap + 2)..], out var tail, out var after))
            return false;
        // "::" stands for at least one group; an embedded IPv4 address may only end the text.
        if (before + after >= Groups || text[..gap].Contains('.'))
            return false;
        bits = (before == 0 ? 0 : head << 16 * (Groups - before)) | tail;
        return true;
    }

    static bool TryParseGroups(ReadOnlySpan<char> text, out UInt128 bits, out int groups)
    {
        (bits, groups) = (0, 0);
        if (text.IsEmpty)
            return true;
        foreach (var range in text.Split(':'))
        {
            var part = text[range];
            if (part.Contains('.'))
            {
                if (range.End.GetOffset(text.Length) != text.Length || groups > Groups - 2 || !TryParseV4(part, out var quad))
                    return false;
                (bits, groups) = (bits << 32 | quad, groups + 2);
                continue;
            }
            if (groups == Groups || part.Length is < 1 or > 4
                || !ushort.TryParse(part, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var group))
                return false;
            (bits, groups) = (bits << 16 | group, groups + 1);
        }
        return true;
    }

    internal static string Format(IpAddress address)
    {
        if (address.Family == IpFamily.V4)
            return FormatV4((uint)address.Bits);
        if (address.Bits >> 32 == 0xFFFF)
            return $"::ffff:{FormatV4((uint)(address.Bits & uint.MaxValue))}";
        return FormatV6(address.Bits);
    }

    static string FormatV4(uint bits) => $"{bits >> 24}.{bits >> 16 & 0xFF}.{bits >> 8 & 0xFF}.{bits & 0xFF}";

    static string FormatV6(UInt128 bits)
    {
        var (start, length) = LongestZeroRun(bits);
        var text = new StringBuilder(39);
        for (var i = 0; i < Groups; i++)
        {
            if (length > 1 && i == start)
            {
                text.Append("::");
                i += length - 1;
                continue;
            }
            if (text.Length > 0 && text[^1] != ':')
                text.Append(':');
            text.Append(CultureInfo.InvariantCulture, $"{Group(bits, i):x}");
        }
        return text.ToString();
    }

    /// <summary>The first of the longest runs of zero groups.</summary>
    static (int Start, int Length) LongestZeroRun(UInt128 bits)
    {
        var (best, bestLength, run) = (0, 0, 0);
        for (var i = 0; i < Groups; i++)
        {
            run = Group(bits, i) == 0 ? run + 1 : 0;
            if (run > bestLength)
                (best, bestLength) = (i - run + 1, run);
        }
        return (best, bestLength);
    }

    static ushort Group(UInt128 bits, int index) => (ushort)(bits >> 16 * (Groups - 1 - index) & 0xFFFF);
}
