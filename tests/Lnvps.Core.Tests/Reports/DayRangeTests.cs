using Lnvps.Core.Reports;
using Lnvps.Core.Time;

namespace Lnvps.Core.Tests.Reports;

public class DayRangeTests
{
    [Fact]
    public void Both_days_belong_to_it_whole()
    {
        var range = DayRange.Of(new DateOnly(2025, 1, 31), new DateOnly(2025, 2, 28)).Value;
        Assert.Equal((Instant.Utc(2025, 1, 31), Instant.Utc(2025, 3, 1)), (range.From, range.Until));
        Assert.Equal(86_400, DayRange.Of(new DateOnly(2024, 2, 29), new DateOnly(2024, 2, 29)).Value is var day ? day.Until.SecondsSince(day.From) : 0);
    }

    [Fact]
    public void It_does_not_end_before_it_begins() => Assert.False(DayRange.Of(new DateOnly(2025, 2, 1), new DateOnly(2025, 1, 31)).IsOk);

    [Fact]
    public void The_last_day_of_the_calendar_has_an_end() => Assert.True(DayRange.Of(DateOnly.MinValue.AddYears(1969), DateOnly.MaxValue).IsOk);
}
