using System.Buffers.Binary;
using System.Net;

namespace Lnvps.Firewall.Tests.Packets;

/// <summary>What a frame is according to firewall.md section 1, read by slicing and stumbling: an end that comes too soon is an exception.</summary>
sealed record PacketModel(IPAddress? Destination, int? Protocol, bool Syn, bool Fragment, bool Unparsable)
{
    static readonly int[] Extensions = [0, 43, 44, 51, 60];

    /// <summary>Neither IPv4 nor IPv6: not counted.</summary>
    public static readonly PacketModel Foreign = new(null, null, false, false, false);

    static readonly PacketModel Broken = new(null, null, false, false, true);

    public static PacketModel Read(ReadOnlySpan<byte> frame)
    {
        try
        {
            _ = frame[..14];
            var rest = frame[12..];
            for (var tags = 0; tags < 2 && rest[..2] is [0x81, 0x00] or [0x88, 0xA8]; tags++)
            {
                _ = rest[..6];
                rest = rest[4..];
            }
            return (rest[0], rest[1]) switch
            {
                (0x08, 0x00) => ReadFour(rest[2..]),
                (0x86, 0xDD) => ReadSix(rest[2..]),
                _ => Foreign,
            };
        }
        catch (ArgumentOutOfRangeException)
        {
            return Broken;
        }
    }

    static PacketModel ReadFour(ReadOnlySpan<byte> packet)
    {
        _ = packet[..20];
        var words = packet[0] & 15;
        if (packet[0] >> 4 != 4 || words < 5)
            return Broken;
        var payload = packet[(words * 4)..];
        var position = BinaryPrimitives.ReadUInt16BigEndian(packet[6..]);
        var facts = new PacketModel(new IPAddress(packet[16..20]), packet[9], false, (position & 0x3fff) != 0, false);
        return (position & 0x1fff) == 0 ? facts.WithTransport(payload) : facts;
    }

    static PacketModel ReadSix(ReadOnlySpan<byte> packet)
    {
        _ = packet[..40];
        if (packet[0] >> 4 != 6)
            return Broken;
        var facts = new PacketModel(new IPAddress(packet[24..40]), null, false, false, false);
        int kind = packet[6];
        var rest = packet[40..];
        try
        {
            for (var walked = 0; Extensions.Contains(kind); walked++)
            {
                if (walked == 6)
                    return facts;
                _ = rest[..8];
                int next = rest[0];
                var length = kind switch { 44 => 8, 51 => 4 * (rest[1] + 2), _ => 8 * (rest[1] + 1) };
                if (kind == 44)
                {
                    var position = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
                    facts = facts with { Fragment = facts.Fragment || (position >> 3) != 0 || (position & 1) != 0 };
                    if (position >> 3 != 0)
                        return facts with { Protocol = Extensions.Contains(next) ? null : next };
                }
                kind = next;
                rest = rest[length..];
            }
        }
        catch (ArgumentOutOfRangeException)
        {
            return facts with { Unparsable = true };
        }
        return (facts with { Protocol = kind }).WithTransport(rest);
    }

    PacketModel WithTransport(ReadOnlySpan<byte> segment)
    {
        if (Protocol != 6)
            return this;
        return segment.Length < 20 ? this with { Unparsable = true } : this with { Syn = (segment[13] & 0x12) == 0x02 };
    }
}
