using System.Buffers.Binary;
using System.Net;

namespace Lnvps.Firewall.Tests.Packets;

/// <summary>Builds frames from the inside of a header to the next.</summary>
sealed class Frame
{
    readonly List<byte> _bytes = [];
    // Where the protocol of the next header is said.
    int _next;
    int _ip = -1;

    public byte[] Bytes => [.. _bytes];

    public static Frame Ethernet(params ushort[] types)
    {
        var frame = new Frame();
        frame._bytes.AddRange([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1]);
        foreach (var type in types)
        {
            if (frame._bytes.Count > 12)
                frame._bytes.AddRange([0, 7]);
            frame.Add16(type);
        }
        return frame;
    }

    public static Frame Ipv4(string source = "198.51.100.7", string destination = "203.0.113.1", int options = 0, ushort fragment = 0, ushort[]? tags = null)
    {
        var frame = Ethernet([.. tags ?? [], 0x0800]);
        frame._ip = frame._bytes.Count;
        frame._next = frame._ip + 9;
        frame._bytes.AddRange([(byte)(0x45 + options), 0, 0, 0, 0, 1]);
        frame.Add16(fragment);
        frame._bytes.AddRange([64, 253, 0, 0]);
        frame._bytes.AddRange(IPAddress.Parse(source).GetAddressBytes());
        frame._bytes.AddRange(IPAddress.Parse(destination).GetAddressBytes());
        frame._bytes.AddRange(Enumerable.Repeat((byte)1, options * 4));
        return frame;
    }

    public static Frame Ipv6(string source = "2001:db8::7", string destination = "2001:db8::1", ushort[]? tags = null)
    {
        var frame = Ethernet([.. tags ?? [], 0x86DD]);
        frame._ip = frame._bytes.Count;
        frame._next = frame._ip + 6;
        frame._bytes.AddRange([0x60, 0, 0, 0, 0, 0, 59, 64]);
        frame._bytes.AddRange(IPAddress.Parse(source).GetAddressBytes());
        frame._bytes.AddRange(IPAddress.Parse(destination).GetAddressBytes());
        return frame;
    }

    /// <summary>An extension header of 8·(units + 1) bytes, for 51 of 4·(units + 2).</summary>
    public Frame Extension(byte kind, byte units = 0)
    {
        Announce(kind);
        _bytes.AddRange([59, units]);
        _bytes.AddRange(new byte[(kind == 51 ? 4 * (units + 2) : 8 * (units + 1)) - 2]);
        return this;
    }

    public Frame Fragment(ushort offsetAndFlags)
    {
        Announce(44);
        _bytes.AddRange([59, 0]);
        Add16(offsetAndFlags);
        _bytes.AddRange([0, 0, 0, 9]);
        return this;
    }

    public Frame Tcp(bool syn = false, bool ack = false, byte more = 0, ushort port = 443) => Tcp((byte)((syn ? 2 : 0) | (ack ? 16 : 0) | more), port);

    public Frame Tcp(byte flags, ushort port)
    {
        Announce(6);
        Add16(40000);
        Add16(port);
        _bytes.AddRange([0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        return this;
    }

    public Frame Other(byte protocol, int length = 8)
    {
        Announce(protocol);
        _bytes.AddRange(Enumerable.Repeat((byte)0x12, length));
        return this;
    }

    /// <summary>Lengths and checksums as a real stack wants them; for frames that go over a wire.</summary>
    public byte[] Sealed(byte[] targetMac, byte[] sourceMac)
    {
        var bytes = Bytes;
        targetMac.CopyTo(bytes, 0);
        sourceMac.CopyTo(bytes, 6);
        var ip = bytes.AsSpan(_ip);
        var six = ip[0] >> 4 == 6;
        var header = six ? 40 : 20;
        var addresses = six ? ip[8..40] : ip[12..20];
        if (six)
        {
            BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)(ip.Length - 40));
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
            BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Checksum(ip[..20], 0));
        }
        var tcp = ip[header..];
        BinaryPrimitives.WriteUInt16BigEndian(tcp[16..], Checksum(tcp, Sum(addresses) + 6 + (uint)tcp.Length));
        return bytes;
    }

    static ushort Checksum(ReadOnlySpan<byte> bytes, uint start)
    {
        var sum = Sum(bytes) + start;
        while (sum > 0xffff)
            sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)(~sum & 0xffff);
    }

    static uint Sum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (var i = 0; i < bytes.Length; i += 2)
            sum += (uint)(bytes[i] << 8 | (i + 1 < bytes.Length ? bytes[i + 1] : 0));
        return sum;
    }

    void Announce(byte kind)
    {
        _bytes[_next] = kind;
        _next = _bytes.Count;
    }

    void Add16(ushort value) => _bytes.AddRange([(byte)(value >> 8), (byte)(value & 0xff)]);
}
