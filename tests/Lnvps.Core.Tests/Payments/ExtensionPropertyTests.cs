using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Payments;
using Lnvps.Core.Pricing;
using Lnvps.Core.Time;

namespace Lnvps.Core.Tests.Payments;

using Lnvps.Core.Money;
using static Lnvps.Core.Tests.Samples.Some;

/// <summary>billing.md section 25 over random prices and dates: intervals split and joined, bought at once and one after the other.</summary>
public class ExtensionPropertyTests
{
    static readonly Gen<Instant> Moments = Longs(Instant.Utc(2020, 1, 1).UnixSeconds, Instant.Utc(2037, 12, 31).UnixSeconds).Select(seconds => new Instant(seconds));

    static readonly Gen<BillingInterval> Intervals =
        Gen.Choose(1, 12).SelectMany(_ => Gen.Elements(IntervalKind.Day, IntervalKind.Month, IntervalKind.Year), (n, kind) => new BillingInterval((uint)n, kind));

    static RenewalOffer Offer(Money price, BillingInterval interval, int n, Instant expires, Instant now) => RenewalOffer.For(new RenewalRequest
    {
        Price = new ListPrice(price, interval),
        Method = PaymentMethod.Lightning,
        Intervals = n,
        Expires = expires,
        Now = now,
        TaxRate = Percent.Zero,
        Fee = FeeTerms.None,
        CompanyCurrency = Currency.EUR,
        LatestExpiry = Instant.Utc(9999, 1, 1),
        Rates = Rates(62_345.5m),
    }).Value;

    [Fact]
    public void M4_a_yearly_plan()
    {
        var offer = Offer(Eur(12_000), new BillingInterval(1, IntervalKind.Year), 1, Instant.Utc(2025, 1, 1), Instant.Utc(2025, 1, 1));
        Assert.Equal(Btc(192_476_000), offer.Net);
        Assert.Equal(31_536_000, offer.TimeValue);
    }

    /// <summary>Buying n and then m costs what n + m cost, and gives as much time: by days to the second, by months unless a short month cut a day on the way.</summary>
    [Fact]
    public void Extending_twice_is_extending_once() =>
        Prop.ForAll(Amounts(1_000_000).Where(cents => cents > 0).ToArbitrary(), Gen.Zip(Intervals, Moments).ToArbitrary(), Gen.Choose(1, 12).Two().ToArbitrary(), (cents, at, counts) =>
        {
            var (interval, start) = at;
            var (n, m) = counts;
            var first = Offer(Eur(cents), interval, n, start, start);
            var then = PaymentCompletion.NewExpiry(start, start, first.TimeValue);
            var second = Offer(Eur(cents), interval, m, then, start);
            var both = Offer(Eur(cents), interval, n + m, start, start);
            var twice = PaymentCompletion.NewExpiry(then, start, second.TimeValue);
            var once = PaymentCompletion.NewExpiry(start, start, both.TimeValue);
            var isCut = start.ToDateTimeUtc().Day > 28 && interval.Kind != IntervalKind.Day;
            return first.Net.Amount + second.Net.Amount == both.Net.Amount
                && (isCut ? twice <= once && once.SecondsSince(twice) <= 3 * 86_400 : twice == once);
        }).QuickCheckThrowOnFailure();

    /// <summary>Two offers that were made side by side add up to the same expiry in either order of settlement.</summary>
    [Fact]
    public void The_order_of_settlement_does_not_matter() =>
        Prop.ForAll(Gen.Zip(Moments, Moments).ToArbitrary(), Longs(1, 100_000_000).Two().ToArbitrary(), (times, seconds) =>
        {
            var (expires, now) = times;
            var oneWay = PaymentCompletion.NewExpiry(PaymentCompletion.NewExpiry(expires, now, seconds.Item1), now, seconds.Item2);
            var other = PaymentCompletion.NewExpiry(PaymentCompletion.NewExpiry(expires, now, seconds.Item2), now, seconds.Item1);
            return oneWay == other && oneWay.SecondsSince(Instant.Later(expires, now)) == seconds.Item1 + seconds.Item2;
        }).QuickCheckThrowOnFailure();

    /// <summary>The parts of a split interval are worth the whole, less at most a unit that rounding down takes from each cut.</summary>
    [Fact]
    public void The_parts_of_an_interval_are_worth_the_whole() =>
        Prop.ForAll(Amounts(100_000_000).ToArbitrary(), Intervals.ToArbitrary(), Longs(0, 1_000_000_000).Two().ToArbitrary(), (cents, interval, parts) =>
        {
            var price = new ListPrice(Eur(cents), interval);
            var whole = price.ProRata(parts.Item1 + parts.Item2).Amount;
            var sum = price.ProRata(parts.Item1).Amount + price.ProRata(parts.Item2).Amount;
            return sum <= whole && whole - sum <= 1 && price.ProRata(interval.NominalSeconds) == Eur(cents);
        }).QuickCheckThrowOnFailure();

    /// <summary>Month ends, leap years and 2038: the calendar's date, one step from the start, never summed from months in between.</summary>
    [Fact]
    public void Months_end_where_the_calendar_says() =>
        Prop.ForAll(Moments.ToArbitrary(), Gen.Choose(1, 120).ToArbitrary(), (start, n) =>
        {
            var offer = Offer(Eur(100), BillingInterval.Month, n, start, start);
            return offer.ProjectedExpiry.ToDateTimeUtc() == start.ToDateTimeUtc().AddMonths(n) && offer.TimeValue == offer.ProjectedExpiry.SecondsSince(start);
        }).QuickCheckThrowOnFailure();

    /// <summary>An upgrade at once and two in steps: what was added on the way is taken off again as discount, so steps cost no less, within the rounding of each.</summary>
    [Fact]
    public void Growing_in_steps_is_not_cheaper_than_at_once() =>
        Prop.ForAll(Longs(1, 100_000).Three().ToArbitrary(), Longs(1, 2_592_000).ToArbitrary(), (prices, seconds) =>
        {
            var sorted = new[] { prices.Item1, prices.Item2, prices.Item3 }.Order().Select(cents => (ulong)cents).ToArray();
            ulong Cost(ulong from, ulong to) => UpgradeOffer.For(new UpgradeRequest(
                ListPrice.PerMonth(Eur(from)), Eur(to), seconds, PaymentMethod.Revolut, Percent.Zero, FeeTerms.None, ExchangeRates.None)).Value.Cost.Amount;
            return Cost(sorted[0], sorted[1]) + Cost(sorted[1], sorted[2]) >= Cost(sorted[0], sorted[2]);
        }).QuickCheckThrowOnFailure();
}
