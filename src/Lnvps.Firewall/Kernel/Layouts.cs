using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lnvps.Firewall.Kernel;

// The layouts of bpf/maps.h and bpf/bucket.h (firewall.md section 2).

/// <summary>IPv4 address as in the packet.</summary>
[InlineArray(4)]
struct Address4 : IEquatable<Address4>
{
    byte _first;

    public static Address4 Of(IPAddress address)
    {
        var value = new Address4();
        address.TryWriteBytes(value, out _);
        return value;
    }

    public readonly IPAddress ToAddress() => new((ReadOnlySpan<byte>)this);
    public readonly bool Equals(Address4 other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);
    public override readonly bool Equals(object? obj) => obj is Address4 other && Equals(other);
    public override readonly int GetHashCode() => MemoryMarshal.Read<int>(this);
}

/// <summary>IPv6 address as in the packet.</summary>
[InlineArray(16)]
struct Address6 : IEquatable<Address6>
{
    byte _first;

    public static Address6 Of(IPAddress address)
    {
        var value = new Address6();
        address.TryWriteBytes(value, out _);
        return value;
    }

    public readonly IPAddress ToAddress() => new((ReadOnlySpan<byte>)this);
    public readonly bool Equals(Address6 other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);
    public override readonly bool Equals(object? obj) => obj is Address6 other && Equals(other);

    public override readonly int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(this);
        return hash.ToHashCode();
    }
}

/// <summary>Source prefix of the allow list; length in bits.</summary>
[StructLayout(LayoutKind.Sequential)]
record struct Prefix4(uint Length, Address4 Address);

/// <summary>Source prefix of the allow list; length in bits.</summary>
[StructLayout(LayoutKind.Sequential)]
record struct Prefix6(uint Length, Address6 Address);

/// <summary>Tokens and the monotonic time in ns up to which they were refilled.</summary>
[StructLayout(LayoutKind.Sequential)]
record struct Bucket(ulong Tokens, ulong Timestamp);

/// <summary>SYN per second and burst.</summary>
[StructLayout(LayoutKind.Sequential)]
record struct PacketLimits(ulong Limit, ulong Burst)
{
    /// <summary>Above 10⁹ per second the bucket is always full.</summary>
    public static PacketLimits Unlimited => new(ulong.MaxValue, ulong.MaxValue);
}

/// <summary>Cumulative since loading.</summary>
[StructLayout(LayoutKind.Sequential)]
record struct DestCounters(ulong Packets, ulong Bytes, ulong SynPackets, ulong TcpPackets, ulong UdpPackets, ulong IcmpPackets, ulong Dropped)
{
    public static DestCounters operator +(DestCounters a, DestCounters b) => new(
        a.Packets + b.Packets, a.Bytes + b.Bytes, a.SynPackets + b.SynPackets, a.TcpPackets + b.TcpPackets,
        a.UdpPackets + b.UdpPackets, a.IcmpPackets + b.IcmpPackets, a.Dropped + b.Dropped);
}

/// <summary>What the kernel program is told besides limits: dry run, and which maps have entries at all.</summary>
[StructLayout(LayoutKind.Sequential)]
record struct KernelSettings(uint DryRun, uint Overrides4, uint Overrides6, uint Allowed4, uint Allowed6, uint Reserved);
