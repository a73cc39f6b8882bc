using System.Net;
using System.Net.Sockets;
using System.Xml.Linq;
using Lnvps.Core.Network;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Hosting.LibVirt.Documents;

/// <summary>
/// The network filter of one machine (provisioning.md section 12.7): its frames leave the NIC only with its own MAC and with exactly its own
/// addresses. Everything that would let it pose as a router or a DHCP server is dropped, as is every protocol but ARP, IPv4 and IPv6.
/// </summary>
static class FilterDocument
{
    // Rules run in the order of their priorities; the system filter against MAC spoofing runs at -800, before all of these.
    const int Forbidden = -500, Allowed = -400, Rest = 500;

    // ICMPv6 types (RFC 4861, RFC 2710, RFC 3810).
    const int ListenerReport = 131, ListenerDone = 132, RouterSolicitation = 133, RouterAdvertisement = 134, NeighbourSolicitation = 135, Redirect = 137, ListenerReportV2 = 143;

    /// <param name="uuid">The existing filter's, to replace it; filters are replaced by UUID, not by name.</param>
    public static XDocument Build(NetworkCard card, Guid uuid)
    {
        var filter = new XElement("filter", new XAttribute("name", Names.Filter(card.Vm)), new XAttribute("chain", "root"),
            new XElement("uuid", uuid),
            new XElement("filterref", new XAttribute("filter", "no-mac-spoofing")));
        filter.Add(Arp(card), Ip4(card), Ip6(card));
        filter.Add(
            Rule("accept", "in", Allowed, "arp"),
            Rule("accept", "in", Allowed, "ip"),
            Rule("accept", "in", Allowed, "ipv6"),
            Rule("drop", "inout", Rest, "all"));
        return new XDocument(filter);
    }

    static IEnumerable<XElement> Arp(NetworkCard card)
    {
        foreach (var address in Of(card, AddressFamily.InterNetwork))
            yield return Rule("accept", "out", Allowed, "arp", ("arpsrcmacaddr", card.Mac.ToString()), ("arpsrcipaddr", address.ToString()));
        // "Does anyone have this address?" is asked without an own one (RFC 5227). It claims nothing.
        if (Of(card, AddressFamily.InterNetwork).Any())
            yield return Rule("accept", "out", Allowed, "arp", ("opcode", "Request"), ("arpsrcmacaddr", card.Mac.ToString()), ("arpsrcipaddr", "0.0.0.0"));
    }

    static IEnumerable<XElement> Ip4(NetworkCard card)
    {
        yield return Rule("drop", "out", Forbidden, "ip", ("protocol", "udp"), ("srcportstart", "67"));
        foreach (var address in Of(card, AddressFamily.InterNetwork))
            yield return Rule("accept", "out", Allowed, "ip", ("srcipaddr", address.ToString()));
    }

    static IEnumerable<XElement> Ip6(NetworkCard card)
    {
        yield return Rule("drop", "out", Forbidden, "ipv6", ("protocol", "icmpv6"), ("type", RouterAdvertisement.ToString()));
        yield return Rule("drop", "out", Forbidden, "ipv6", ("protocol", "icmpv6"), ("type", Redirect.ToString()));
        yield return Rule("drop", "out", Forbidden, "ipv6", ("protocol", "udp"), ("srcportstart", "547"));
        if (!Of(card, AddressFamily.InterNetworkV6).Any())
            yield break;
        foreach (var address in Of(card, AddressFamily.InterNetworkV6).Append(LinkLocal(card.Mac)).Distinct())
            yield return Rule("accept", "out", Allowed, "ipv6", ("srcipaddr", address.ToString()));
        // What a guest must say before it has an address: is mine free, where is a router, which groups do I listen to.
        foreach (var type in new[] { NeighbourSolicitation, RouterSolicitation, ListenerReport, ListenerDone, ListenerReportV2 })
            yield return Rule("accept", "out", Allowed, "ipv6", ("srcipaddr", "::"), ("protocol", "icmpv6"), ("type", type.ToString()));
    }

    static IEnumerable<IPAddress> Of(NetworkCard card, AddressFamily family) =>
        card.Addresses.Select(a => a.Address).Where(a => a.AddressFamily == family).Distinct();

    /// <summary>The link-local address made from the MAC (RFC 4291 appendix A): the only one a guest may use, or it could pose as its neighbour.</summary>
    internal static IPAddress LinkLocal(MacAddress mac)
    {
        var m = mac.ToArray();
        return new IPAddress([0xFE, 0x80, 0, 0, 0, 0, 0, 0, (byte)(m[0] ^ 2), m[1], m[2], 0xFF, 0xFE, m[3], m[4], m[5]]);
    }

    static XElement Rule(string action, string direction, int priority, string protocol, params ReadOnlySpan<(string Name, string Value)> match)
    {
        // "all" is written as a rule without a protocol: every frame.
        var what = protocol == "all" ? null : new XElement(protocol);
        foreach (var (name, value) in match)
            what!.Add(new XAttribute(name, value));
        return new XElement("rule",
            new XAttribute("action", action), new XAttribute("direction", direction), new XAttribute("priority", priority), what);
    }
}
