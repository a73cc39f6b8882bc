using System.Buffers.Binary;
using System.Net;

namespace Lnvps.Core.Addresses;

public enum IpFamily : byte { V4 = 4, V6 = 6 }

/// <summary>
/// An IPv4 or IPv6 address as a number, so that ranges can be counted and compared. Text: dotted decimal, or RFC 5952 (compressed, lower case), which is
/// the stored form. Zones are not addresses here.
/// </summary>
public readonly record struct IpAddress : IComparable<IpAddress>
{
    IpAddress(IpFamily family, UInt128 bits) => (Family, Bits) = (family, bits);

    public static IpAddress V4(uint bits) => new(IpFamily.V4, bits);

    public static IpAddress V6(UInt128 bits) => new(IpFamily.V6, bits);

    /// <exception cref="OverflowException">An IPv4 address beyond 32 bits.</exception>
    public static IpAddress Of(IpFamily family, UInt128 bits) => family == IpFamily.V4 ? V4((uint)bits) : V6(bits);

    public IpFamily Family { get; }

    /// <summary>The address as a number of 32 or 128 bits.</summary>
    public UInt128 Bits { get; }

    /// <summary>32 or 128.</summary>
    public int Width => WidthOf(Family);

    public static int WidthOf(IpFamily family) => family == IpFamily.V4 ? 32 : 128;

    /// <summary>Four or sixteen bytes in network order.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Bits);
        return Family == IpFamily.V4 ? bytes[12..] : bytes;
    }

    /// <summary>Reads four or sixteen bytes in network order.</summary>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static IpAddress FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        4 => V4(BinaryPrimitives.ReadUInt32BigEndian(bytes)),
        16 => V6(BinaryPrimitives.ReadUInt128BigEndian(bytes)),
        _ => throw new ArgumentException($"Expected 4 or 16 bytes, got {bytes.Length}", nameof(bytes)),
    };

    public IPAddress ToNet() => new(ToArray());

    /// <summary>A scope id is dropped.</summary>
    public static IpAddress From(IPAddress address) => FromBytes(address.GetAddressBytes());

    /// <summary>Parses either family strictly: four decimal numbers without leading zeros, or RFC 4291 text.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IpAddress address) => IpText.TryParse(text, out address);

    /// <exception cref="FormatException">The text is no address.</exception>
    public static IpAddress Parse(string text) => TryParse(text, out var address) ? address : throw new FormatException($"'{text}' is not an IP address");

    /// <summary>IPv4 before IPv6, then by number.</summary>
    public int CompareTo(IpAddress other) => Family != other.Family ? Family.CompareTo(other.Family) : Bits.CompareTo(other.Bits);

    public override string ToString() => IpText.Format(this);
}
