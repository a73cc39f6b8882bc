using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using Lnvps.Firewall.Counting;
using Lnvps.Firewall.Kernel;

namespace Lnvps.Firewall.Tests.Limits;

/// <summary>bucket.h compiled for this machine, and the model, on the numbers of firewall.md section 3.1.</summary>
public sealed partial class BucketTests
{
    const ulong Second = 1_000_000_000;

    [LibraryImport("libbucket_host.so", EntryPoint = "bucket_take")]
    private static unsafe partial int HostTake(void* bucket, ulong limit, ulong burst, ulong now);

    static unsafe int HostTake(ref Bucket bucket, ulong limit, ulong burst, ulong now)
    {
        fixed (void* pointer = &bucket)
            return HostTake(pointer, limit, burst, now);
    }

    [Theory]
    [InlineData(500, 15000, 15000)]
    [InlineData(999, 29970, 29970)]
    [InlineData(1001, 30030, 30030)]
    [InlineData(2000, 60000, 39999)]
    [InlineData(5000, 150000, 39999)]
    [InlineData(20000, 600000, 39999)]
    public void Passes_as_many_as_the_table_says(int rate, int sent, int passed)
    {
        Bucket header = new(9999, 0), model = new(9999, 0);
        int headerPassed = 1, modelPassed = 1;
        for (var i = 1; i < rate * 30; i++)
        {
            var now = (ulong)i * Second / (ulong)rate;
            headerPassed += HostTake(ref header, 1000, 10000, now);
            (var passes, model) = BucketModel.Take(model, new PacketLimits(1000, 10000), now);
            modelPassed += passes ? 1 : 0;
        }
        Assert.Equal(sent, rate * 30);
        Assert.Equal((passed, passed), (headerPassed, modelPassed));
    }

    [Theory]
    [InlineData(1000, 10000, 0, 0, Second, true, 999, Second)]
    [InlineData(1000, 10000, 0, 0, 100 * Second, true, 9999, 100 * Second)]
    [InlineData(0, 5, 3, 0, Second, true, 2, 0)]
    [InlineData(2 * Second, 7, 0, 0, 1, true, 6, 1)]
    [InlineData(1000, 10, 4, 5 * Second, Second, true, 3, 5 * Second)]
    [InlineData(1000, 10000, 0, 0, 1_500_000, true, 0, 1_000_000)]
    [InlineData(1000, 10000, 0, 1_000_000, 2_000_000, true, 0, 2_000_000)]
    [InlineData(1000, 10000, 0, 0, 999_999, false, 0, 0)]
    [InlineData(1000, 0, 0, 0, Second, false, 0, Second)]
    public void Refills_as_the_unit_cases_say(ulong limit, ulong burst, ulong tokens, ulong stamp, ulong now, bool passes, ulong left, ulong stampAfter)
    {
        var bucket = new Bucket(tokens, stamp);
        Assert.Equal(passes, HostTake(ref bucket, limit, burst, now) == 1);
        Assert.Equal(new Bucket(left, stampAfter), bucket);
    }

    [Fact]
    public void One_a_second_with_a_burst_of_two_passes_two_then_waits()
    {
        var bucket = new Bucket(1, 0);
        Assert.Equal([1, 0, 1], new[] { 0UL, 0UL, Second }.Select(now => HostTake(ref bucket, 1, 2, now)));
    }

    [Fact]
    public void Header_and_model_agree_everywhere()
    {
        var numbers = Gen.OneOf(
            Gen.Choose(0, 20).Select(small => (ulong)small),
            Gen.Choose(0, int.MaxValue).Select(any => (ulong)any * 7),
            Gen.Elements<ulong>(0UL, 1, 1000, Second - 1, Second, Second + 1, ulong.MaxValue / 2, ulong.MaxValue - 1, ulong.MaxValue));
        var cases = from limit in numbers
                    from burst in numbers
                    from tokens in numbers
                    from stamp in numbers
                    from now in numbers
                    select (limit, burst, tokens, stamp, now);
        Prop.ForAll(cases.ToArbitrary(), one =>
        {
            var header = new Bucket(one.tokens, one.stamp);
            var limits = new PacketLimits(one.limit, one.burst);
            var shown = TokenBucket.TokensAt(header, limits, one.now);
            var (passes, next) = BucketModel.Take(header, limits, one.now);
            var passed = HostTake(ref header, one.limit, one.burst, one.now) == 1;
            // Only a time before the last packet may leave the clock of an always full bucket open.
            Assert.Equal((passes, next), (passed, header));
            Assert.Equal(next.Tokens + (passes ? 1UL : 0), shown);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));
    }
}
