using System.Globalization;

namespace Lnvps.Core.Addresses;

/// <summary>A CIDR block: network address and prefix length. Host bits of the text it was read from are cleared.</summary>
public readonly record struct IpPrefix
{
    /// <exception cref="ArgumentOutOfRangeException">The length does not fit the family.</exception>
    public IpPrefix(IpAddress address, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, address.Width);
        Length = (byte)length;
        First = IpAddress.Of(address.Family, address.Bits & ~HostMask(address.Width, length));
    }

    /// <summary>Prefix length: 0…32 or 0…128.</summary>
    public byte Length { get; }

    /// <summary>The network address.</summary>
    public IpAddress First { get; }

    /// <summary>The last address: IPv4 broadcast.</summary>
    public IpAddress Last => IpAddress.Of(Family, First.Bits | HostMask(First.Width, Length));

    public IpFamily Family => First.Family;

    public bool Contains(IpAddress address) => address.Family == Family && (address.Bits & ~HostMask(address.Width, Length)) == First.Bits;

    /// <summary>Whether the blocks share an address; one then contains the other.</summary>
    public bool Overlaps(IpPrefix other) => Contains(other.First) || other.Contains(First);

    /// <summary>Parses <c>address/length</c>; the length is required.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IpPrefix prefix)
    {
        prefix = default;
        if (!TrySplit(text, out var address, out var length) || length is null)
            return false;
        prefix = new IpPrefix(address, length.Value);
        return true;
    }

    /// <exception cref="FormatException">The text is no CIDR block.</exception>
    public static IpPrefix Parse(string text) => TryParse(text, out var prefix) ? prefix : throw new FormatException($"'{text}' is not a CIDR block");

    public override string ToString() => $"{First}/{Length}";

    /// <summary>Reads <c>address</c> or <c>address/length</c> with a length that fits the family.</summary>
    internal static bool TrySplit(ReadOnlySpan<char> text, out IpAddress address, out int? length)
    {
        length = null;
        var slash = text.IndexOf('/');
        if (slash < 0)
            return IpAddress.TryParse(text, out address);
        var digits = text[(slash + 1)..];
        if (!IpAddress.TryParse(text[..slash], out address) || digits.Length > 3 || (digits.Length > 1 && digits[0] == '0')
            || !byte.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > address.Width)
            return false;
        length = number;
        return true;
    }

    static UInt128 HostMask(int width, int length)
    {
        var all = UInt128.MaxValue >> (128 - width);
        return length == width ? 0 : all >> length;
    }
}

/// <summary>The <c>gateway</c> column: an address, and how wide a network it is written with (provisioning.md section 5.2).</summary>
/// <param name="PrefixLength">As written; a bare address counts as /32 or /128.</param>
public readonly record struct Gateway(IpAddress Address, byte PrefixLength)
{
    /// <summary>Parses <c>address/prefix</c> or a bare address.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Gateway gateway)
    {
        gateway = default;
        if (!IpPrefix.TrySplit(text, out var address, out var length))
            return false;
        gateway = new Gateway(address, (byte)(length ?? address.Width));
        return true;
    }

    public override string ToString() => $"{Address}/{PrefixLength}";
}
