using System.Net;
using System.Net.Sockets;
using Lnvps.Firewall.Counting;
using Lnvps.Firewall.Kernel;
using Lnvps.Firewall.Tests.Kernel;

namespace Lnvps.Firewall.Tests.Packets;

/// <summary>The whole program as a model, for limits without refill (the verdict then does not hang on time).</summary>
sealed class FirewallModel(ulong burst)
{
    readonly Dictionary<IPAddress, ulong> _tokens = [];

    public Dictionary<IPAddress, DestCounters> Destinations { get; } = [];
    public Totals Totals { get; private set; }

    public uint Judge(ReadOnlySpan<byte> frame)
    {
        var packet = PacketModel.Read(frame);
        if (packet == PacketModel.Foreign)
            return LoadedProgram.Pass;
        var four = packet.Destination?.AddressFamily == AddressFamily.InterNetwork;
        var six = packet.Destination?.AddressFamily == AddressFamily.InterNetworkV6;
        var dropped = false;
        if (packet is { Syn: true, Destination: { } target })
        {
            var held = _tokens.GetValueOrDefault(target, burst);
            dropped = held == 0;
            _tokens[target] = dropped ? 0 : held - 1;
        }
        Totals = new Totals(
            Totals.Packets + 1, Totals.Ipv4 + One(four), Totals.Ipv6 + One(six), Totals.Syn + One(packet.Syn), Totals.SynDropped + One(dropped),
            Totals.Unparsable + One(packet.Unparsable), Totals.Fragments + One(packet.Fragment));
        if (packet.Destination is { } address)
        {
            Destinations[address] = Destinations.GetValueOrDefault(address) + new DestCounters(
                1, (ulong)frame.Length, One(packet.Syn), One(packet.Protocol == 6), One(packet.Protocol == 17), One(packet.Protocol == (four ? 1 : 58)), One(dropped));
        }
        return dropped ? LoadedProgram.Drop : LoadedProgram.Pass;
    }

    static ulong One(bool yes) => yes ? 1UL : 0;
}
