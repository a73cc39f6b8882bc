using Lnvps.Firewall.Kernel;
using Lnvps.Firewall.Tests.Kernel;

namespace Lnvps.Firewall.Tests.Packets;

/// <summary>Each path of firewall.md section 1 through the program in the kernel. The burst is 0: whatever is taken for a SYN is dropped.</summary>
public sealed class PacketTests(PacketTests.Both both) : IClassFixture<PacketTests.Both>
{
    /// <summary>Loaded once: kernel and model count on side by side through all cases.</summary>
    public sealed class Both : IDisposable
    {
        internal LoadedProgram? Loaded { get; } = Environment.IsPrivilegedProcess ? new LoadedProgram(0, 0) : null;
        internal FirewallModel Model { get; } = new(0);

        public void Dispose() => Loaded?.Dispose();
    }

    const ushort Vlan = 0x8100, ServiceVlan = 0x88A8;

    public static TheoryData<string> Names => [.. Cases.Keys];

    static readonly Dictionary<string, (byte[] Frame, bool Dropped)> Cases = new(StringComparer.Ordinal)
    {
        ["SYN"] = (Frame.Ipv4().Tcp(syn: true).Bytes, true),
        ["SYN-ACK"] = (Frame.Ipv4().Tcp(syn: true, ack: true).Bytes, false),
        ["ACK"] = (Frame.Ipv4().Tcp(ack: true).Bytes, false),
        ["SYN and FIN"] = (Frame.Ipv4().Tcp(syn: true, more: 1).Bytes, true),
        ["every flag but ACK"] = (Frame.Ipv4().Tcp(0xEF, 443).Bytes, true),
        ["every flag"] = (Frame.Ipv4().Tcp(0xFF, 443).Bytes, false),
        ["no flag"] = (Frame.Ipv4().Tcp(0, 443).Bytes, false),
        ["UDP"] = (Frame.Ipv4().Other(17).Bytes, false),
        ["ICMP"] = (Frame.Ipv4().Other(1).Bytes, false),
        ["ICMPv6 in IPv4"] = (Frame.Ipv4().Other(58).Bytes, false),
        ["GRE"] = (Frame.Ipv4().Other(47).Bytes, false),
        ["one tag"] = (Frame.Ipv4(tags: [Vlan]).Tcp(syn: true).Bytes, true),
        ["two tags"] = (Frame.Ipv4(tags: [ServiceVlan, Vlan]).Tcp(syn: true).Bytes, true),
        ["two tags, IPv6"] = (Frame.Ipv6(tags: [ServiceVlan, Vlan]).Tcp(syn: true).Bytes, true),
        ["three tags"] = (Frame.Ipv4(tags: [ServiceVlan, Vlan, Vlan]).Tcp(syn: true).Bytes, false),
        ["ARP"] = ([.. Frame.Ethernet(0x0806).Bytes, .. new byte[28]], false),
        ["options"] = (Frame.Ipv4(options: 5).Tcp(syn: true).Bytes, true),
        ["longest options"] = (Frame.Ipv4(options: 10).Tcp(syn: true).Bytes, true),
        ["header too short"] = (WithByte(Frame.Ipv4().Tcp(syn: true).Bytes, 14, 0x44), false),
        ["version 6 in IPv4"] = (WithByte(Frame.Ipv4().Tcp(syn: true).Bytes, 14, 0x65), false),
        ["version 4 in IPv6"] = (WithByte(Frame.Ipv6().Tcp(syn: true).Bytes, 14, 0x40), false),
        ["first fragment"] = (Frame.Ipv4(fragment: 0x2000).Tcp(syn: true).Bytes, true),
        ["later fragment"] = (Frame.Ipv4(fragment: 0x2001).Tcp(syn: true).Bytes, false),
        ["last fragment"] = (Frame.Ipv4(fragment: 0x00B9).Tcp(syn: true).Bytes, false),
        ["must not be fragmented"] = (Frame.Ipv4(fragment: 0x4000).Tcp(syn: true).Bytes, true),
        ["SYN, IPv6"] = (Frame.Ipv6().Tcp(syn: true).Bytes, true),
        ["SYN-ACK, IPv6"] = (Frame.Ipv6().Tcp(syn: true, ack: true).Bytes, false),
        ["UDP, IPv6"] = (Frame.Ipv6().Other(17).Bytes, false),
        ["ICMPv6"] = (Frame.Ipv6().Other(58).Bytes, false),
        ["ICMP in IPv6"] = (Frame.Ipv6().Other(1).Bytes, false),
        ["hop by hop"] = (Frame.Ipv6().Extension(0).Tcp(syn: true).Bytes, true),
        ["routing"] = (Frame.Ipv6().Extension(43, 2).Tcp(syn: true).Bytes, true),
        ["destination options"] = (Frame.Ipv6().Extension(60, 31).Tcp(syn: true).Bytes, true),
        ["longest extension"] = (Frame.Ipv6().Extension(60, 255).Tcp(syn: true).Bytes, true),
        ["authentication"] = (Frame.Ipv6().Extension(51, 4).Tcp(syn: true).Bytes, true),
        ["whole fragment, IPv6"] = (Frame.Ipv6().Fragment(0).Tcp(syn: true).Bytes, true),
        ["first fragment, IPv6"] = (Frame.Ipv6().Fragment(1).Tcp(syn: true).Bytes, true),
        ["later fragment, IPv6"] = (Frame.Ipv6().Fragment(0xB9).Tcp(syn: true).Bytes, false),
        ["smallest offset, IPv6"] = (Frame.Ipv6().Fragment(8).Tcp(syn: true).Bytes, false),
        ["reserved bits of a fragment"] = (Frame.Ipv6().Fragment(6).Tcp(syn: true).Bytes, true),
        ["six extensions"] = (Frame.Ipv6().Extension(0).Extension(60).Extension(43).Fragment(0).Extension(51, 4).Extension(60).Tcp(syn: true).Bytes, true),
        ["seven extensions"] = (Frame.Ipv6().Extension(0).Extension(60).Extension(43).Fragment(0).Extension(51, 4).Extension(60).Extension(60).Tcp(syn: true).Bytes, false),
        ["no next header"] = (Frame.Ipv6().Bytes, false),
    };

    [KernelTheory]
    [MemberData(nameof(Names))]
    public void Verdict_and_counters_are_as_specified(string name)
    {
        var (frame, dropped) = Cases[name];
        Assert.Equal(dropped ? LoadedProgram.Drop : LoadedProgram.Pass, both.Model.Judge(frame));
        Assert.Equal(dropped ? LoadedProgram.Drop : LoadedProgram.Pass, both.Loaded!.Run(frame));
        both.Loaded.AssertCountsAs(both.Model);
    }

    [KernelFact]
    public void Truncated_at_every_byte_passes_until_the_header_is_whole()
    {
        using var loaded = new LoadedProgram(0, 0);
        var model = new FirewallModel(0);
        var passed = 0;
        foreach (var (frame, _) in Cases.Values)
        {
            for (var length = 0; length <= Math.Min(frame.Length, 300); length++)
            {
                var cut = frame[..length];
                if (length < 14)
                {
                    // No interface delivers less than an Ethernet header, and the kernel takes none for a test run.
                    Assert.Throws<KernelException>(() => loaded.Run(cut));
                    continue;
                }
                Assert.Equal(model.Judge(cut), loaded.Run(cut));
                passed++;
            }
        }
        loaded.AssertCountsAs(model);
        Assert.True(passed > 1500);
        var syn = Frame.Ipv4().Tcp(syn: true).Bytes;
        Assert.All(Enumerable.Range(14, syn.Length - 14), length => Assert.Equal(LoadedProgram.Pass, loaded.Run(syn.AsSpan(0, length))));
    }

    static byte[] WithByte(byte[] frame, int place, byte value)
    {
        frame[place] = value;
        return frame;
    }
}
