using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Pricing;
using Lnvps.Core.Time;
using Lnvps.Core.Tests.Samples;

namespace Lnvps.Core.Tests.Pricing;

/// <summary>billing.md sections 4 and 24.2.</summary>
public class BillingIntervalTests
{
    [Theory]
    [InlineData("2025-01-31 10:00", 1, IntervalKind.Month, 1, "2025-02-28 10:00", 2_419_200)] // I1, S4
    [InlineData("2024-01-31 10:00", 1, IntervalKind.Month, 1, "2024-02-29 10:00", 2_505_600)] // I2
    [InlineData("2025-01-31 10:00", 1, IntervalKind.Month, 3, "2025-04-30 10:00", 7_689_600)] // I3
    [InlineData("2025-01-31 10:00", 1, IntervalKind.Month, 12, "2026-01-31 10:00", 31_536_000)] // I4
    [InlineData("2024-02-29 08:00", 1, IntervalKind.Year, 1, "2025-02-28 08:00", 31_536_000)] // I5
    [InlineData("2023-03-01 00:00", 1, IntervalKind.Year, 1, "2024-03-01 00:00", 31_622_400)] // I6
    [InlineData("2024-02-29 08:00", 1, IntervalKind.Year, 2, "2026-02-28 08:00", 63_072_000)] // I7
    [InlineData("2025-12-31 23:59:59", 1, IntervalKind.Month, 2, "2026-02-28 23:59:59", 5_097_600)] // I8
    [InlineData("2025-08-31 06:00", 1, IntervalKind.Month, 1, "2025-09-30 06:00", 2_592_000)] // I9
    [InlineData("2025-08-31 06:00", 7, IntervalKind.Day, 4, "2025-09-28 06:00", 2_419_200)] // I10
    [InlineData("2025-01-31 10:00", 3, IntervalKind.Month, 2, "2025-07-31 10:00", 15_638_400)]
    public void Calendar(string start, uint amount, IntervalKind kind, int count, string expected, long seconds)
    {
        var after = new BillingInterval(amount, kind).After(At(start), count);
        Assert.Equal(At(expected), after);
        Assert.Equal(seconds, after!.Value.SecondsSince(At(start)));
    }

    [Theory]
    [InlineData(1, IntervalKind.Day, 12)]
    [InlineData(7, IntervalKind.Day, 24)]
    [InlineData(1, IntervalKind.Month, 24)]
    [InlineData(1, IntervalKind.Year, 24)]
    public void W1_lead_time(uint amount, IntervalKind kind, int hours) => Assert.Equal(TimeSpan.FromHours(hours), new BillingInterval(amount, kind).LeadTime);

    [Theory]
    [InlineData(3, IntervalKind.Day, 259_200)]
    [InlineData(1, IntervalKind.Month, 2_592_000)]
    [InlineData(2, IntervalKind.Year, 63_072_000)]
    public void Nominal_lengths(uint amount, IntervalKind kind, long seconds) => Assert.Equal(seconds, new BillingInterval(amount, kind).NominalSeconds);

    [Fact]
    public void An_interval_has_at_least_one_unit() => Assert.Throws<ArgumentOutOfRangeException>(() => new BillingInterval(0, IntervalKind.Day));

    [Theory]
    [InlineData(IntervalKind.Day)]
    [InlineData(IntervalKind.Month)]
    [InlineData(IntervalKind.Year)]
    public void Beyond_the_calendar_is_null_not_an_exception(IntervalKind kind) =>
        Assert.Null(new BillingInterval(uint.MaxValue, kind).After(At("2025-01-31 10:00"), 120));

    [Fact]
    public void The_calendar_ends_with_the_year_9999()
    {
        var month = BillingInterval.Month;
        Assert.Equal(At("9999-12-15 10:00"), month.After(At("9999-11-15 10:00"), 1));
        Assert.Null(month.After(At("9999-11-15 10:00"), 2));
        Assert.Null(new BillingInterval(1, IntervalKind.Day).After(At("9999-12-31 10:00"), 1));
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData(1L, 1)]
    [InlineData(120L, 120)]
    public void Interval_counts(long? wanted, int count) => Assert.Equal(count, IntervalCount.Check(wanted).Value);

    [Theory]
    [InlineData(0L)]
    [InlineData(-1L)]
    [InlineData(121L)]
    [InlineData(long.MaxValue)]
    public void Interval_counts_out_of_bounds(long wanted) =>
        Assert.Equal("intervals must be between 1 and 120", IntervalCount.Check(wanted).Refusal!.Message);

    /// <summary>Invariant 4: time grows with n, the date is the calendar's and the time of day stays.</summary>
    [Fact]
    public void More_intervals_are_more_time() =>
        Prop.ForAll(
            Some.Longs(0, 4_000_000_000).ToArbitrary(),
            Gen.Choose(1, 24).SelectMany(_ => Gen.Elements(IntervalKind.Day, IntervalKind.Month, IntervalKind.Year), (a, k) => new BillingInterval((uint)a, k)).ToArbitrary(),
            Gen.Choose(1, 119).ToArbitrary(),
            (start, interval, n) =>
            {
                var from = new Instant(start);
                var (less, more) = (interval.After(from, n)!.Value, interval.After(from, n + 1)!.Value);
                var (a, b) = (from.ToDateTimeUtc(), less.ToDateTimeUtc());
                return more > less && less > from && a.TimeOfDay == b.TimeOfDay
                    && (interval.Kind == IntervalKind.Day || b.Day == Math.Min(a.Day, DateTime.DaysInMonth(b.Year, b.Month)));
            }).QuickCheckThrowOnFailure();

    static Instant At(string text) => Instant.FromUtc(DateTime.Parse(text, CultureInfo.InvariantCulture));
}
