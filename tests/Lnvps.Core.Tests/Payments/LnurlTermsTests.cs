using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Core.Pricing;
using Lnvps.Core.Time;

namespace Lnvps.Core.Tests.Payments;

using Lnvps.Core.Money;
using static Lnvps.Core.Tests.Samples.Some;

/// <summary>billing.md sections 12 and 24.7.</summary>
public class LnurlTermsTests
{
    static readonly Instant Start = Instant.Utc(2025, 3, 15);
    static readonly Instant Until2106 = Instant.Utc(2106, 2, 7, 6, 28, 15);
    static readonly Instant Until2038 = Instant.Utc(2038, 1, 19, 3, 14, 7);

    static LnurlTerms Terms(decimal tax = 0, ulong price = 1_320_000, Instant? latest = null) =>
        LnurlTerms.For(new Msat(price), BillingInterval.Month, Start, new Percent(tax), latest ?? Until2106).Value;

    [Theory]
    [InlineData(1_000, "0", 1_320_000, 1_000, 0, 2_029)] // L1
    [InlineData(1_230_000, "23", 1_320_000, 1_000_000, 230_000, 2_029_090)] // L2
    [InlineData(1_000, "23", 1_320_000, 813, 187, 1_649)] // L3
    [InlineData(1_320_000, "0", 1_320_000, 1_320_000, 0, 2_678_400)] // L4
    [InlineData(1_000_000, "19", 1_390_000, 840_336, 159_664, 1_619_248)] // L5
    [InlineData(1_000_000_000, "0", 1_320_000, 1_000_000_000, 0, 2_029_090_909)] // L7
    public void The_payer_chooses_the_gross(ulong amount, string tax, ulong price, ulong net, ulong taken, long seconds)
    {
        var bought = Terms(decimal.Parse(tax), price).Buy(new Msat(amount)).Value;
        Assert.Equal(new LnurlTopUp(new Msat(net), new Msat(taken), seconds), bought);
    }

    [Fact]
    public void L6_below_a_satoshi() => Assert.Equal("Amount must be greater than 1000", Terms().Buy(new Msat(999)).Refusal!.Message);

    [Fact]
    public void L7_the_expiry_must_be_storable()
    {
        Assert.Equal(Instant.Utc(2089, 7, 1, 20, 21, 49), Start.PlusSeconds(2_029_090_909));
        Assert.Equal(new Msat(1_000_000_000), Terms().MaxSendable);
        var until2038 = Terms(latest: Until2038);
        Assert.False(until2038.Buy(new Msat(1_000_000_000)).IsOk);
        Assert.True(Start.PlusSeconds(until2038.Buy(until2038.MaxSendable).Value.TimeValue) <= Until2038);
    }

    [Fact]
    public void L8_the_least_that_buys_a_second()
    {
        Assert.Equal(new Msat(16_000), Terms(price: 42_000_000_000).MinSendable);
        var taxed = Terms(23, 42_000_000_000);
        Assert.Equal(new Msat(20_000), taxed.MinSendable);
        Assert.Equal(new LnurlTopUp(new Msat(16_260), new Msat(3_740), 1), taxed.Buy(new Msat(20_000)).Value);
    }

    [Theory]
    [InlineData(5, "d9b6d86e70687aef778f1ee449020900bfed9113a4c6481c759aa8a1896b6e80")] // L9
    [InlineData(42, "b208d0bec667aa08de92413c5c8f9d45d6a2641ce3d06b3969320d1fded9d0c6")] // L10
    public void The_invoice_commits_to_the_metadata(uint vm, string hash) => Assert.Equal(hash, LnurlTerms.MetadataHash(new VmId(vm)).ToString());

    [Fact]
    public void L9_metadata_text() => Assert.Equal("[[\"text/plain\",\"Extend VM 5\"]]", LnurlTerms.Metadata(new VmId(5)));

    [Fact]
    public void A_free_machine_or_one_paid_to_the_end_of_time_has_no_offer()
    {
        Assert.False(LnurlTerms.For(new Msat(0), BillingInterval.Month, Start, Percent.Zero, Until2106).IsOk);
        Assert.False(LnurlTerms.For(new Msat(1_000), BillingInterval.Month, Until2106, Percent.Zero, Until2106).IsOk);
    }

    /// <summary>Invariants 2 and 6, and both bounds are exact.</summary>
    [Fact]
    public void Top_ups() =>
        Prop.ForAll(
            Longs(1, 10_000_000_000).ToArbitrary(), Percents().ToArbitrary(), Longs(0, 1_000_000_000).Two().ToArbitrary(),
            (price, tax, amounts) =>
            {
                var terms = LnurlTerms.For(new Msat((ulong)price), BillingInterval.Month, Start, tax, Until2038);
                if (!terms.IsOk)
                    return true;
                var (min, max) = (terms.Value.MinSendable.Value, terms.Value.MaxSendable.Value);
                var (a, b) = (min + (ulong)amounts.Item1 % (max - min + 1), min + (ulong)amounts.Item2 % (max - min + 1));
                return min % 1_000 == 0 && max % 1_000 == 0 && min >= 1_000
                    && Seconds(min) >= 1
                    && Start.PlusSeconds(Seconds(max)) <= Until2038
                    && Seconds(a) <= (decimal)2_678_400 * a / price
                    && (a + b > max || Seconds(a + b) >= Seconds(a) + Seconds(b));

                long Seconds(ulong amount) => terms.Value.Buy(new Msat(amount)).Value.TimeValue;
            }).QuickCheckThrowOnFailure();
}
