using System.Net;
using Lnvps.Firewall.Kernel;
using Lnvps.Firewall.Tests.Kernel;
using Lnvps.Firewall.Tests.Packets;

namespace Lnvps.Firewall.Tests.Limits;

/// <summary>The buckets in the kernel over time. The kernel's clock cannot be moved, but a bucket can be set back: for it that is the same.</summary>
public sealed class KernelBucketTests
{
    static readonly Address4 Target = Address4.Of(IPAddress.Parse("203.0.113.1"));
    static readonly byte[] Syn = Frame.Ipv4(destination: "203.0.113.1").Tcp(syn: true).Bytes;

    [KernelFact]
    public void A_bucket_of_any_age_is_refilled_as_the_model_says()
    {
        var random = new Random(4711);
        ulong[] rates = [0, 1, 3, 7, 1000, 999_983, 1_000_000, 2_000_000_000];
        foreach (var rate in rates)
        {
            using var loaded = new LoadedProgram(rate, 500);
            for (var i = 0; i < 200; i++)
            {
                var before = LibC.MonotonicNanoseconds();
                var age = (ulong)random.NextInt64(0, i % 2 == 0 ? 3_000_000_000 : 40_000_000);
                var bucket = new Bucket((ulong)random.Next(0, i % 5 == 0 ? 500 : 3), before - Math.Min(age, before));
                loaded.Maps.Rates4.Set(Target, bucket);
                var verdict = loaded.Run(Syn);
                var after = LibC.MonotonicNanoseconds();
                var stored = loaded.Maps.Rates4.Find(Target)!.Value;

                // The kernel's own time lies between the two looks at the clock; the model must give exactly this result for some time in between.
                var interval = rate is 0 or > 1_000_000_000 ? 1 : 1_000_000_000 / rate;
                var candidates = new List<ulong> { before, after, Math.Clamp(stored.Timestamp, before, after) };
                for (var n = (before - bucket.Timestamp) / interval; n <= (after - bucket.Timestamp) / interval && candidates.Count < 10_000; n++)
                    candidates.Add(Math.Clamp(bucket.Timestamp + n * interval, before, after));
                Assert.Contains((verdict == LoadedProgram.Pass, stored), candidates.Select(now => BucketModel.Take(bucket, new PacketLimits(rate, 500), now)));
            }
        }
    }

    [KernelFact]
    public void No_refill_is_lost_when_processors_race_for_a_bucket()
    {
        const int repeat = 500_000;
        const ulong rate = 100_000_000, interval = 10;
        var threads = Math.Clamp(Environment.ProcessorCount, 2, 4);
        using var loaded = new LoadedProgram(rate, 1UL << 50);
        var before = new Bucket(1000, LibC.MonotonicNanoseconds());
        loaded.Maps.Rates4.Set(Target, before);
        var running = Enumerable.Range(0, threads)
            .Select(_ => new Thread(() => LoadedProgram.Run(loaded.Program.Program, Syn, repeat, new byte[2048]))).ToList();
        running.ForEach(thread => thread.Start());
        running.ForEach(thread => thread.Join());

        // Every interval that the time was moved on by has given its token, and no packet took more than one.
        var after = loaded.Maps.Rates4.Find(Target)!.Value;
        Assert.Equal((ulong)(threads * repeat), loaded.Total(3));
        Assert.InRange(after.Tokens, before.Tokens + (after.Timestamp - before.Timestamp) / interval - (ulong)(threads * repeat), ulong.MaxValue);
    }

    [KernelFact]
    public void The_first_packet_takes_the_first_token_of_its_own_burst()
    {
        using var loaded = new LoadedProgram(LoadedProgram.Settings(1000, 10000) with
        {
            Overrides = [new(IPAddress.Parse("203.0.113.1"), new PacketLimits(0, 3)), new(IPAddress.Parse("2001:db8::1"), new PacketLimits(0, 2))],
        });
        Assert.Equal([2U, 2U, 2U, 1U, 1U], Enumerable.Range(0, 5).Select(_ => loaded.Run(Syn)));
        var six = Frame.Ipv6(destination: "2001:db8::1").Tcp(syn: true).Bytes;
        Assert.Equal([2U, 2U, 1U], Enumerable.Range(0, 3).Select(_ => loaded.Run(six)));
        // Another address has the default.
        loaded.Run(Frame.Ipv4(destination: "203.0.113.2").Tcp(syn: true).Bytes);
        Assert.Equal(9999UL, loaded.Maps.Rates4.Find(Address4.Of(IPAddress.Parse("203.0.113.2")))!.Value.Tokens);
    }

    [KernelFact]
    public void A_burst_of_zero_lets_nothing_in_and_an_allowed_destination_everything()
    {
        using var loaded = new LoadedProgram(LoadedProgram.Settings(0, 0) with { AllowedDestinations = [IPAddress.Parse("203.0.113.2")] });
        Assert.Equal(LoadedProgram.Drop, loaded.Run(Syn));
        var free = Frame.Ipv4(destination: "203.0.113.2").Tcp(syn: true).Bytes;
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.Equal(LoadedProgram.Pass, loaded.Run(free)));
    }

    [KernelFact]
    public void Allowed_sources_pass_an_empty_bucket()
    {
        using var loaded = new LoadedProgram(LoadedProgram.Settings(0, 0) with
        {
            AllowedSources = [IPNetwork.Parse("192.0.2.0/25"), IPNetwork.Parse("2001:db8:1::/48")],
        });
        uint Run(string source, string destination, bool six) =>
            loaded.Run((six ? Frame.Ipv6(source, destination) : Frame.Ipv4(source, destination)).Tcp(syn: true).Bytes);
        Assert.Equal(LoadedProgram.Pass, Run("192.0.2.127", "203.0.113.1", six: false));
        Assert.Equal(LoadedProgram.Drop, Run("192.0.2.128", "203.0.113.1", six: false));
        Assert.Equal(LoadedProgram.Pass, Run("2001:db8:1:ffff::1", "2001:db8::1", six: true));
        Assert.Equal(LoadedProgram.Drop, Run("2001:db8:2::1", "2001:db8::1", six: true));
        Assert.Equal(2UL, loaded.Total(4));
    }

    [KernelFact]
    public void A_dry_run_counts_and_drops_nothing()
    {
        using var loaded = new LoadedProgram(LoadedProgram.Settings(0, 1) with { DryRun = true });
        Assert.All(Enumerable.Range(0, 10), _ => Assert.Equal(LoadedProgram.Pass, loaded.Run(Syn)));
        Assert.Equal((9UL, 9UL), (loaded.Total(4), loaded.Counters(Target).Dropped));
    }

    [KernelFact]
    public void New_limits_apply_at_once_and_the_buckets_stay()
    {
        using var loaded = new LoadedProgram(0, 3);
        loaded.Run(Syn);
        var settings = LoadedProgram.Settings(0, 2);
        loaded.Program.Apply(settings with { Overrides = [new(IPAddress.Parse("203.0.113.9"), new PacketLimits(5, 5))] });
        Assert.Equal(2UL, loaded.Maps.Rates4.Find(Target)!.Value.Tokens);
        Assert.Equal([2U, 2U, 1U], Enumerable.Range(0, 3).Select(_ => loaded.Run(Syn)));
        Assert.Single(loaded.Maps.Overrides4.Keys());
        loaded.Program.Apply(settings);
        Assert.Empty(loaded.Maps.Overrides4.Keys());
    }
}
