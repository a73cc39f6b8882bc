using System.Net;
using Lnvps.Firewall.Kernel;

namespace Lnvps.Firewall.Counting;

/// <summary>Sums over everything since loading. A packet may be in several: a fragment of IPv4 is in three.</summary>
readonly record struct Totals(ulong Packets, ulong Ipv4, ulong Ipv6, ulong Syn, ulong SynDropped, ulong Unparsable, ulong Fragments)
{
    /// <summary>What was added since <paramref name="earlier"/>; counters that went down (another program) count from 0.</summary>
    public Totals Since(Totals earlier) => new(
        Delta.Of(Packets, earlier.Packets), Delta.Of(Ipv4, earlier.Ipv4), Delta.Of(Ipv6, earlier.Ipv6), Delta.Of(Syn, earlier.Syn),
        Delta.Of(SynDropped, earlier.SynDropped), Delta.Of(Unparsable, earlier.Unparsable), Delta.Of(Fragments, earlier.Fragments));
}

/// <summary>One destination address with its counters, its limits and what its bucket holds; without a bucket (no SYN seen lately) that is null.</summary>
sealed record Destination(IPAddress Address, DestCounters Counters, PacketLimits Limits, ulong? Tokens);

static class Delta
{
    /// <summary>An entry that was evicted starts over at 0: a decrease counts as nothing.</summary>
    public static ulong Of(ulong now, ulong earlier) => now > earlier ? now - earlier : 0;

    public static DestCounters Of(DestCounters now, DestCounters earlier) => new(
        Of(now.Packets, earlier.Packets), Of(now.Bytes, earlier.Bytes), Of(now.SynPackets, earlier.SynPackets), Of(now.TcpPackets, earlier.TcpPackets),
        Of(now.UdpPackets, earlier.UdpPackets), Of(now.IcmpPackets, earlier.IcmpPackets), Of(now.Dropped, earlier.Dropped));
}

/// <summary>Reads the maps.</summary>
static class SnapshotReader
{
    public static Totals ReadTotals(FirewallMaps maps)
    {
        ulong Sum(uint which) => (maps.Totals.FindAll(which) ?? []).Aggregate(0UL, (sum, value) => sum + value);
        return new Totals(Sum(0), Sum(1), Sum(2), Sum(3), Sum(4), Sum(5), Sum(6));
    }

    /// <summary>Counters of every known destination, IPv4 first.</summary>
    public static Dictionary<IPAddress, DestCounters> ReadCounters(FirewallMaps maps)
    {
        var all = new Dictionary<IPAddress, DestCounters>();
        foreach (var (address, values) in maps.Counters4.ReadAll())
            all[address.ToAddress()] = Sum(values);
        foreach (var (address, values) in maps.Counters6.ReadAll())
            all[address.ToAddress()] = Sum(values);
        return all;
    }

    /// <summary>The destinations with the most drops, then the most SYN, then the most packets; with what their buckets hold at <paramref name="now"/>.</summary>
    public static IReadOnlyList<Destination> Top(FirewallMaps maps, IEnumerable<KeyValuePair<IPAddress, DestCounters>> counters, int most, ulong now)
    {
        var defaults = maps.Defaults.Find(0) ?? new PacketLimits(1000, 10000);
        return
        [
            .. counters.OrderByDescending(pair => pair.Value.Dropped).ThenByDescending(pair => pair.Value.SynPackets).ThenByDescending(pair => pair.Value.Packets)
                .Take(most).Select(pair => Describe(maps, pair.Key, pair.Value, defaults, now)),
        ];
    }

    static Destination Describe(FirewallMaps maps, IPAddress address, DestCounters counters, PacketLimits defaults, ulong now)
    {
        var four = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
        var limits = (four ? maps.Overrides4.Find(Address4.Of(address)) : maps.Overrides6.Find(Address6.Of(address))) ?? defaults;
        var bucket = four ? maps.Rates4.Find(Address4.Of(address)) : maps.Rates6.Find(Address6.Of(address));
        return new Destination(address, counters, limits, bucket is { } found ? TokenBucket.TokensAt(found, limits, now) : null);
    }

    static DestCounters Sum(DestCounters[] values) => values.Aggregate((a, b) => a + b);
}
