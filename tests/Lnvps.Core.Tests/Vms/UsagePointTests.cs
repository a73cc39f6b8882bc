using Lnvps.Core.Vms;

namespace Lnvps.Core.Tests.Vms;

public class UsagePointTests
{
    [Fact]
    public void Rates_are_differences_of_the_counters_by_time()
    {
        var points = UsagePoint.Of([new(1000, 0.5, 0.25, 100, 200, 300, 400), new(1060, 0.1, 0.2, 700, 200, 3300, 460), new(1120, 0, 0.2, 50, 260, 3300, 460)]);

        Assert.Equal(
            [
                new UsagePoint(1000, 0.5, 0.25, 0, 0, 0, 0),
                new UsagePoint(1060, 0.1, 0.2, 10, 0, 50, 1),
                // Its network counter began anew: the machine was restarted.
                new UsagePoint(1120, 0, 0.2, 0, 1, 0, 0),
            ], points);
    }

    [Fact]
    public void Two_samples_of_one_second_have_no_rate() => Assert.Equal(0, UsagePoint.Of([new(5, 0, 0, 0, 0, 0, 0), new(5, 0, 0, 9, 9, 9, 9)])[1].NetIn);

    [Fact]
    public void Nothing_seen_is_no_point() => Assert.Empty(UsagePoint.Of([]));
}
