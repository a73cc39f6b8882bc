using System.Net;
using System.Net.Sockets;
using Lnvps.Firewall.Counting;
using Lnvps.Firewall.Tests.Packets;

namespace Lnvps.Firewall.Tests.Kernel;

static class Comparison
{
    /// <summary>All counters, of every destination and in total, are those of the model.</summary>
    internal static void AssertCountsAs(this LoadedProgram loaded, FirewallModel model)
    {
        Assert.Equal(model.Totals, SnapshotReader.ReadTotals(loaded.Maps));
        var counters = SnapshotReader.ReadCounters(loaded.Maps);
        Assert.Equal(model.Destinations.Count, counters.Count);
        Assert.All(model.Destinations, pair => Assert.Equal(pair.Value, counters[pair.Key]));
    }
}
