using System.Buffers.Binary;
using Lnvps.Core.Network;
using Lnvps.Core.Outcomes;

namespace Lnvps.Core.Addresses;

/// <summary>Addresses that a guest derives from its MAC: modified EUI-64 (RFC 4291 appendix A, provisioning.md section 5.6).</summary>
public static class Slaac
{
    /// <summary>The network's upper 64 bits and the MAC's interface id. 500 with a text for the log on IPv4 or beyond /64.</summary>
    public static Result<IpAddress> AddressOf(IpPrefix cidr, MacAddress mac) =>
        Check(cidr) is { } refusal ? refusal : IpAddress.V6(cidr.First.Bits >> 64 << 64 | InterfaceId(mac));

    /// <summary>Null when guests can derive addresses in this block.</summary>
    internal static Refusal? Check(IpPrefix cidr)
    {
        if (cidr.Family != IpFamily.V6)
            return Refusal.Failed($"SLAAC needs IPv6, {cidr} is not");
        return cidr.Length > 64 ? Refusal.Failed($"SLAAC needs 64 host bits, {cidr} has fewer") : null;
    }

    static ulong InterfaceId(MacAddress mac)
    {
        var m = mac.ToArray();
        return BinaryPrimitives.ReadUInt64BigEndian([(byte)(m[0] ^ 2), m[1], m[2], 0xFF, 0xFE, m[3], m[4], m[5]]);
    }
}
