using System.Security.Cryptography;
using Lnvps.Core.Identity;
using Lnvps.Nostr.HttpAuth;

namespace Lnvps.Nostr.Tests.HttpAuth;

public class UsedEventIdsTests
{
    sealed class SteadyTime : TimeProvider
    {
        public TimeSpan Passed { get; set; }

        public override long GetTimestamp() => Passed.Ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    }

    static Bytes32 Id(int number) => new(SHA256.HashData(BitConverter.GetBytes(number)));

    static bool Use(UsedEventIds used, int number) => used.TryUse(Id(number), CancellationToken.None).AsTask().GetAwaiter().GetResult();

    [Fact]
    public void An_event_is_used_once()
    {
        var used = new UsedEventIds(new SteadyTime());
        Assert.True(Use(used, 1));
        Assert.False(Use(used, 1));
        Assert.False(Use(used, 1));
        Assert.True(Use(used, 2));
    }

    /// <summary>Signed by a clock 600 s ahead, an event is good for 1,200 s and must stay known that long.</summary>
    [Fact]
    public void It_is_remembered_for_twice_the_window()
    {
        var time = new SteadyTime();
        var used = new UsedEventIds(time);
        Assert.True(Use(used, 1));
        time.Passed = TimeSpan.FromSeconds(1200.999);
        Assert.False(Use(used, 1));
        time.Passed = TimeSpan.FromSeconds(1201);
        Assert.True(Use(used, 1));
        Assert.Equal(1, used.Count);
    }

    [Fact]
    public void A_refused_use_does_not_prolong_the_memory()
    {
        var time = new SteadyTime();
        var used = new UsedEventIds(time);
        Use(used, 1);
        time.Passed = TimeSpan.FromSeconds(1000);
        Assert.False(Use(used, 1));
        time.Passed = TimeSpan.FromSeconds(1300);
        Use(used, 2);
        Assert.Equal(1, used.Count);
    }

    [Fact]
    public void When_full_the_oldest_goes()
    {
        var used = new UsedEventIds(new SteadyTime(), capacity: 3);
        for (var i = 1; i <= 4; i++)
            Assert.True(Use(used, i));
        Assert.Equal(3, used.Count);
        Assert.False(Use(used, 2));
        Assert.False(Use(used, 4));
        Assert.True(Use(used, 1));
        Assert.True(Use(used, 2)); // which the one before pushed out
    }

    [Fact]
    public void A_hundred_thousand_are_remembered_and_no_more()
    {
        var used = new UsedEventIds(new SteadyTime());
        for (var i = 0; i < 100_500; i++)
            Use(used, i);
        Assert.Equal(100_000, used.Count);
        Assert.False(Use(used, 500));
        Assert.True(Use(used, 499));
    }

    [Fact]
    public void Of_many_at_once_one_gets_it()
    {
        var used = new UsedEventIds(new SteadyTime());
        for (var round = 0; round < 200; round++)
        {
            var won = 0;
            Parallel.For(0, 8, _ =>
            {
                if (Use(used, round))
                    Interlocked.Increment(ref won);
            });
            Assert.Equal(1, won);
        }
    }
}
