using System.Buffers.Binary;
using System.Net;
using Lnvps.Firewall.Kernel;
using Lnvps.Firewall.Tests.Kernel;
using Xunit.Abstractions;

namespace Lnvps.Firewall.Tests.Packets;

/// <summary>What a flood to random destinations does to the maps.</summary>
public sealed class FloodTests(ITestOutputHelper output)
{
    static readonly IPAddress Attacked = IPAddress.Parse("203.0.113.1");

    /// <summary>600,000 destinations, more than twice what the map holds. An attacked address gets every hundredth packet: it must not be forgotten, for
    /// that would fill its bucket again.</summary>
    [KernelFact]
    [Trait("Speed", "slow")]
    public void Random_destinations_neither_grow_the_maps_nor_push_out_an_address_in_use()
    {
        const int packets = 600_000;
        using var loaded = new LoadedProgram(0, 100);
        BpfDescriptor[] maps = [loaded.Maps.Rates4.Descriptor, loaded.Maps.Counters4.Descriptor, loaded.Maps.Rates6.Descriptor, loaded.Maps.Counters6.Descriptor];
        var before = maps.Sum(MapFacts.Memory);
        var attacked = Frame.Ipv4(destination: Attacked.ToString()).Tcp(syn: true).Bytes;
        var other = Frame.Ipv4(destination: "10.0.0.0").Tcp(syn: true).Bytes;
        int sent = 0, passed = 0;
        for (var i = 0; i < packets; i++)
        {
            if (i % 100 == 0)
            {
                sent++;
                passed += loaded.Run(attacked) == LoadedProgram.Pass ? 1 : 0;
            }
            BinaryPrimitives.WriteInt32BigEndian(other.AsSpan(30), 0x0A000000 + i);
            Assert.Equal(LoadedProgram.Pass, loaded.Run(other));
        }
        var after = maps.Sum(MapFacts.Memory);
        var destinations = loaded.Maps.Counters4.ReadAll().Count;
        output.WriteLine($"maps: {before} bytes before, {after} after {packets} destinations; {loaded.Maps.Rates4.Keys().Count} buckets and {destinations} counters kept; "
            + $"attacked address: {passed} of {sent} passed with a burst of 100");
        Assert.Equal(before, after);
        Assert.InRange(destinations, 1, 16384);
        Assert.Equal(100, passed);
        Assert.Equal((ulong)sent, loaded.Counters(Address4.Of(Attacked)).SynPackets);
    }

    [KernelFact]
    public void The_memory_of_all_maps_is_what_the_documentation_says()
    {
        using var loaded = new LoadedProgram(1000, 10000);
        var maps = loaded.Maps;
        var processors = maps.Totals.Width;
        long fixedPart = MapFacts.Memory(maps.Rates4.Descriptor) + MapFacts.Memory(maps.Rates6.Descriptor) + MapFacts.Memory(maps.Overrides4.Descriptor)
            + MapFacts.Memory(maps.Overrides6.Descriptor) + MapFacts.Memory(maps.Defaults.Descriptor) + MapFacts.Memory(maps.Settings.Descriptor);
        var counters = MapFacts.Memory(maps.Counters4.Descriptor) + MapFacts.Memory(maps.Counters6.Descriptor);
        output.WriteLine($"{processors} processors: buckets and overrides {fixedPart} bytes, counters {counters} bytes");
        Assert.InRange(fixedPart, 1, 64 << 20);
        Assert.InRange(counters, 1, 2L * 16384 * (56 * processors + 256));
    }
}
