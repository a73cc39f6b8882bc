using System.Net;
using System.Xml.Linq;
using Lnvps.Core.Network;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.LibVirt;
using Lnvps.Hosting.LibVirt.Documents;

namespace Lnvps.Hosting.Tests.LibVirt;

public sealed class FilterDocumentTests
{
    static readonly Guid Uuid = Guid.Parse("00000000-0000-4000-8000-000000000001");

    static XElement Build(Machine machine) => FilterDocument.Build(machine.Card, Uuid).Root!;

    static string[] Outgoing(Machine machine, string protocol) =>
    [
        .. from rule in Build(machine).Elements("rule")
           where (string?)rule.Attribute("direction") == "out" && rule.Element(protocol) is not null
           select $"{(string?)rule.Attribute("action")} {string.Join(' ', rule.Element(protocol)!.Attributes().Select(a => $"{a.Name}={a.Value}"))}",
    ];

    [Fact]
    public void Only_the_machines_own_addresses_get_out()
    {
        Assert.Equal(
            [
                "accept arpsrcmacaddr=52:54:00:12:00:07 arpsrcipaddr=192.0.2.10",
                "accept opcode=Request arpsrcmacaddr=52:54:00:12:00:07 arpsrcipaddr=0.0.0.0",
            ], Outgoing(Machines.Some(), "arp"));
        Assert.Equal(["drop protocol=udp srcportstart=67", "accept srcipaddr=192.0.2.10"], Outgoing(Machines.Some(), "ip"));
        Assert.Equal(
            [
                "drop protocol=icmpv6 type=134",
                "drop protocol=icmpv6 type=137",
                "drop protocol=udp srcportstart=547",
                "accept srcipaddr=2001:db8::10",
                "accept srcipaddr=fe80::5054:ff:fe12:7",
                "accept srcipaddr=:: protocol=icmpv6 type=135",
                "accept srcipaddr=:: protocol=icmpv6 type=133",
                "accept srcipaddr=:: protocol=icmpv6 type=131",
                "accept srcipaddr=:: protocol=icmpv6 type=132",
                "accept srcipaddr=:: protocol=icmpv6 type=143",
            ], Outgoing(Machines.Some(), "ipv6"));
    }

    [Fact]
    public void A_family_without_addresses_says_nothing()
    {
        Assert.DoesNotContain(Outgoing(Machines.Some() with { Addresses = [Machines.V4] }, "ipv6"), rule => rule.StartsWith("accept", StringComparison.Ordinal));
        Assert.DoesNotContain(Outgoing(Machines.Some() with { Addresses = [Machines.V6] }, "ip"), rule => rule.StartsWith("accept", StringComparison.Ordinal));
        Assert.Empty(Outgoing(Machines.Some() with { Addresses = [Machines.V6] }, "arp"));
    }

    [Fact]
    public void Everything_else_is_dropped_last_and_forbidden_things_first()
    {
        var rules = Build(Machines.Some()).Elements("rule").ToArray();
        var last = rules.MaxBy(r => (int)r.Attribute("priority")!)!;
        Assert.Equal(("drop", "inout"), ((string?)last.Attribute("action"), (string?)last.Attribute("direction")));
        Assert.Empty(last.Elements());
        var forbidden = rules.Where(r => r != last && (string?)r.Attribute("action") == "drop").Max(r => (int)r.Attribute("priority")!);
        Assert.True(forbidden < rules.Where(r => (string?)r.Attribute("action") == "accept").Min(r => (int)r.Attribute("priority")!));
    }

    [Fact]
    public void The_system_filter_against_mac_spoofing_is_always_part_of_it()
    {
        var filter = Build(Machines.Some() with { Addresses = [] });
        Assert.Equal("no-mac-spoofing", (string?)filter.Element("filterref")!.Attribute("filter"));
        Assert.Equal(("lnvps-vm-7", Uuid.ToString()), ((string?)filter.Attribute("name"), (string?)filter.Element("uuid")));
    }

    [Fact]
    public void An_address_listed_twice_makes_one_rule() =>
        Assert.Single(Outgoing(Machines.Some() with { Addresses = [Machines.V4, Machines.V4] }, "ip"), r => r.StartsWith("accept", StringComparison.Ordinal));

    [Fact]
    public void The_link_local_address_follows_from_the_mac() =>
        // RFC 4291 appendix A: 34-56-78-9A-BC-DE.
        Assert.Equal(IPAddress.Parse("fe80::3656:78ff:fe9a:bcde"), FilterDocument.LinkLocal(MacAddress.Parse("34:56:78:9a:bc:de")));
}
