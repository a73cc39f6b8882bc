using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Invoices;

namespace Lnvps.Core.Tests.Invoices;

/// <summary>billing.md section 21.</summary>
public class InvoiceTests
{
    [Theory]
    [InlineData(2_678_400, "31 days")]
    [InlineData(86_400, "1 day")]
    [InlineData(2_029_090, "23 days 11 hours 38 minutes 10 seconds")]
    [InlineData(3_661, "1 hour 1 minute 1 second")]
    [InlineData(86_460, "1 day 1 minute")]
    [InlineData(0, "0 seconds")]
    public void Durations_are_days_never_average_months(ulong seconds, string text) => Assert.Equal(text, DurationText.Of(seconds));

    [Theory]
    [InlineData(175, new ulong[] { 150, 25 }, new ulong[] { 150, 25 })]
    [InlineData(100, new ulong[] { 1, 1, 1 }, new ulong[] { 33, 33, 34 })]
    [InlineData(5, new ulong[] { 0, 0 }, new ulong[] { 2, 3 })]
    [InlineData(ulong.MaxValue, new ulong[] { ulong.MaxValue, ulong.MaxValue }, new ulong[] { ulong.MaxValue / 2, ulong.MaxValue / 2 + 1 })]
    public void What_was_paid_is_divided_without_rest(ulong total, ulong[] weights, ulong[] shares) => Assert.Equal(shares, InvoiceSplit.Of(total, weights));

    [Fact]
    public void Shares_add_up_and_follow_the_weights() =>
        Prop.ForAll(Gen.Choose(0, 1_000_000_000).ToArbitrary(), Gen.Choose(0, 1_000_000).NonEmptyListOf().ToArbitrary(), (total, weights) =>
        {
            var shares = InvoiceSplit.Of((ulong)total, [.. weights.Select(weight => (ulong)weight)]);
            var sum = weights.Sum(weight => (long)weight);
            return shares.Aggregate(0UL, (a, b) => a + b) == (ulong)total
                && (sum == 0 || shares.Zip(weights).All(pair => Math.Abs((decimal)pair.First - (decimal)total * pair.Second / sum) < 1));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_party_leaves_out_what_it_lacks() =>
        Assert.Equal(["Name", "City", "IRL"], new InvoiceParty("Name", "", null, "City", " ", null, "IRL", null).Lines);
}
