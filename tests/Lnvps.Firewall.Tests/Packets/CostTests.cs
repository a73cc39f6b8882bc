using Lnvps.Firewall.Attaching;
using Lnvps.Firewall.Kernel;
using Lnvps.Firewall.Tests.Kernel;
using Xunit.Abstractions;

namespace Lnvps.Firewall.Tests.Packets;

/// <summary>Nanoseconds per packet, against a program that only passes and one with a single look-up; all in turns within one run.</summary>
[Collection("Network")]
public sealed class CostTests(ITestOutputHelper output)
{
    const int Rounds = 31, Repeat = 10_000;

    [KernelFact]
    [Trait("Speed", "slow")]
    [Trait("Kind", "bench")]
    public void A_packet_costs_a_few_look_ups()
    {
        using var loaded = new LoadedProgram(1000, 10000);
        using var instance = new BpfObject(BpfObject.Embedded(typeof(CostTests).Assembly, "baseline.bpf.o"));
        instance.Load();
        using var bare = instance.OpenProgram("bare_pass");
        using var look = instance.OpenProgram("one_look_up");
        var firewall = loaded.Program.Program;
        byte[] syn = Frame.Ipv4().Tcp(syn: true).Bytes, syn6 = Frame.Ipv6().Tcp(syn: true).Bytes, ack = Frame.Ipv4().Tcp(ack: true).Bytes, ack6 = Frame.Ipv6().Tcp(ack: true).Bytes;
        (string Name, BpfDescriptor Program, byte[] Frame)[] subjects =
        [
            ("bare pass", bare, ack), ("one look-up", look, syn), ("SYN", firewall, syn), ("SYN, IPv6", firewall, syn6), ("no SYN", firewall, ack), ("no SYN, IPv6", firewall, ack6),
            ("ARP", firewall, [.. Frame.Ethernet(0x0806).Bytes, .. new byte[28]]),
        ];
        var times = subjects.ToDictionary(one => one.Name, _ => new List<uint>(), StringComparer.Ordinal);
        var room = new byte[16384];
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (name, program, frame) in subjects)
                times[name].Add(LoadedProgram.Run(program, frame, Repeat, room).Nanoseconds);
        }
        double Median(string name) => times[name].Order().ElementAt(Rounds / 2);
        foreach (var (name, _, _) in subjects)
            output.WriteLine($"{name,-14} {Median(name),6} ns  {Median(name) / Median("bare pass"),5:0.00} x bare pass  {Median(name) / Median("one look-up"),5:0.00} x one look-up");

        // The whole packet: a limit so high that all pass, for a dropped packet is cheaper than any that goes on.
        loaded.Program.Apply(LoadedProgram.Settings(2_000_000_000, 1_000_000));
        var live = subjects.ToDictionary(one => one.Name, _ => new List<double>(), StringComparer.Ordinal);
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (name, program, frame) in subjects)
                live[name].Add(LoadedProgram.RunLive(program, frame, Repeat));
        }
        double Live(string name) => live[name].Order().ElementAt(Rounds / 2);
        foreach (var (name, _, _) in subjects)
            output.WriteLine($"whole packet, {name,-14} {Live(name),6:0} ns  {Live(name) / Live("bare pass"),5:0.00} x bare pass  {Live(name) / Live("one look-up"),5:0.00} x one look-up");

        // Wide of what is measured: to notice a mistake, not a busy machine. docs/firewall.md has the numbers and the goals.
        Assert.InRange(Median("SYN") / Median("one look-up"), 0, 12);
        Assert.InRange(Median("no SYN") / Median("one look-up"), 0, 8);
    }
}
