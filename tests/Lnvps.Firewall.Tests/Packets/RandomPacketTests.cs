using System.Net;
using Lnvps.Firewall.Tests.Kernel;

namespace Lnvps.Firewall.Tests.Packets;

/// <summary>A million random packets: the kernel's verdict and counters against the model.</summary>
public sealed class RandomPacketTests
{
    const int Batch = 50_000;
    static readonly byte[] Kinds = [0, 43, 60, 51, 44, 6, 17, 1, 58, 47];

    [KernelFact]
    public void Fifty_thousand_packets_are_judged_as_the_model_does() => Compare(1, Batch);

    [KernelFact]
    [Trait("Speed", "slow")]
    public void A_million_packets_are_judged_as_the_model_does()
    {
        for (var seed = 100; seed < 120; seed++)
            Compare(seed, Batch);
    }

    static void Compare(int seed, int packets)
    {
        var random = new Random(seed);
        var burst = (ulong)random.Next(0, 300);
        using var loaded = new LoadedProgram(LoadedProgram.Settings(0, burst) with { Destinations = 1 << 16 });
        var model = new FirewallModel(burst);
        uint dropped = 0;
        for (var i = 0; i < packets; i++)
        {
            var frame = Next(random);
            var expected = model.Judge(frame);
            var verdict = loaded.Run(frame);
            if (expected != verdict)
                Assert.Fail($"Seed {seed}, packet {i}: {verdict} instead of {expected} for {Convert.ToHexString(frame)}");
            dropped += expected == LoadedProgram.Drop ? 1u : 0;
        }
        loaded.AssertCountsAs(model);
        Assert.InRange(dropped, 1u, (uint)packets - 1);
    }

    static byte[] Next(Random random)
    {
        byte[] frame;
        if (random.Next(20) == 0)
        {
            frame = new byte[random.Next(14, 120)];
            random.NextBytes(frame);
            return frame;
        }
        ushort[] tags = random.Next(4) switch { 0 => [0x8100], 1 => [0x88A8, 0x8100], _ => [] };
        if (random.Next(2) == 0)
        {
            frame = Last(random, Frame.Ipv4(
                destination: $"203.0.113.{random.Next(8)}", options: random.Next(3) == 0 ? random.Next(11) : 0,
                fragment: random.Next(4) == 0 ? (ushort)random.Next(65536) : (ushort)0, tags: tags));
        }
        else
        {
            var six = Frame.Ipv6(destination: $"2001:db8::{random.Next(8)}", tags: tags);
            for (var extensions = random.Next(3) == 0 ? random.Next(9) : 0; extensions > 0; extensions--)
            {
                var kind = Kinds[random.Next(5)];
                six = kind == 44 ? six.Fragment(random.Next(3) == 0 ? (ushort)random.Next(65536) : (ushort)random.Next(8)) : six.Extension(kind, (byte)random.Next(4));
            }
            frame = Last(random, six);
        }
        // Some packets are damaged: cut, or with a few other bytes.
        if (random.Next(4) == 0)
            frame = frame[..random.Next(14, frame.Length + 1)];
        for (var changes = random.Next(4) == 0 ? random.Next(1, 4) : 0; changes > 0; changes--)
            frame[random.Next(frame.Length)] = (byte)random.Next(256);
        return frame;
    }

    static byte[] Last(Random random, Frame frame) =>
        (random.Next(4) == 0 ? frame.Other(Kinds[random.Next(Kinds.Length)], random.Next(30)) : frame.Tcp((byte)random.Next(256), 443)).Bytes;
}
