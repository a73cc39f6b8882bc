using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Pricing;
using Lnvps.Core.Sizes;

namespace Lnvps.Core.Tests.Payments;

using Lnvps.Core.Money;
using static Lnvps.Core.Tests.Samples.Some;

/// <summary>billing.md sections 16, 17, 24.5 and 24.6.</summary>
public class UpgradeTests
{
    static readonly FeeTerms OnePercentPlus20 = FeeTerms.From(1, 20, currency: null, out _).Value;

    static ListPrice Per(ulong cents, uint amount, IntervalKind kind) => new(Eur(cents), new BillingInterval(amount, kind));

    static UpgradeOffer Offer(ListPrice old, ulong newCents, long seconds, PaymentMethod method, decimal rate = 100_000, decimal tax = 0, FeeTerms? fee = null) =>
        UpgradeOffer.For(new UpgradeRequest(old, Eur(newCents), seconds, method, new Percent(tax), fee ?? FeeTerms.None, Rates(rate))).Value;

    [Fact]
    public void U1()
    {
        var offer = Offer(Per(132, 1, IntervalKind.Month), 4_200, 86_400, PaymentMethod.Lightning);
        Assert.Equal((Btc(1_360_000), Btc(40_000), Btc(42_000_000)), (offer.Cost, offer.Discount, offer.NewRenewal));
    }

    [Fact]
    public void U2()
    {
        var offer = Offer(Per(132, 1, IntervalKind.Month), 28_200, 1_209_600, PaymentMethod.Lightning);
        Assert.Equal((Btc(130_990_000), Btc(610_000), Btc(282_000_000)), (offer.Cost, offer.Discount, offer.NewRenewal));
    }

    [Fact]
    public void U3()
    {
        var offer = Offer(Per(12_000, 1, IntervalKind.Year), 1_500, 200 * 86_400, PaymentMethod.Revolut, tax: 23, fee: OnePercentPlus20);
        Assert.Equal((Eur(3_425), Eur(6_575), Eur(787), Eur(64), Eur(4_276)), (offer.Cost, offer.Discount, offer.Tax, offer.Fee, offer.Total));
    }

    [Fact]
    public void U4_the_least_by_card() =>
        Assert.Equal(Eur(1), Offer(Per(300, 7, IntervalKind.Day), 1_200, 3 * 86_400, PaymentMethod.Revolut).Cost);

    [Fact]
    public void U5_the_least_by_lightning() =>
        Assert.Equal(Btc(1_000), Offer(Per(132, 1, IntervalKind.Month), 4_200, 30, PaymentMethod.Lightning).Cost);

    [Fact]
    public void U6()
    {
        var offer = Offer(Per(999, 1, IntervalKind.Month), 4_200, 876_345, PaymentMethod.Lightning, 62_345.5m, tax: 19);
        Assert.Equal((Btc(17_371_000), Btc(5_406_000), Btc(3_300_490), Btc(20_672_000)), (offer.Cost, offer.Discount, offer.Tax, offer.Total));
    }

    [Fact]
    public void An_expired_machine_is_not_upgraded() =>
        Assert.Equal("Can't upgrade an expired VM", UpgradeOffer.For(
            new UpgradeRequest(Per(1, 1, IntervalKind.Month), Eur(2), SecondsLeft: 0, PaymentMethod.Lightning, Percent.Zero, FeeTerms.None, Rates(1))).Refusal!.Message);

    static readonly VmSpec Present = new(2, Bytes.FromGib(4), Bytes.FromGib(80), DiskKind.Ssd, DiskInterface.Pcie);

    [Fact]
    public void A_wish_must_grow_something_and_shrink_nothing()
    {
        Assert.Equal(Present with { Cpu = 4 }, new UpgradeWish(4, Memory: null, Disk: null).ApplyTo(Present).Value);
        Assert.Equal(Present with { Disk = Bytes.FromGib(81) }, new UpgradeWish(2, Bytes.FromGib(4), Bytes.FromGib(81)).ApplyTo(Present).Value);
        foreach (var bad in new UpgradeWish[] { default, new(2, Present.Memory, Present.Disk), new(1, Bytes.FromGib(8), Disk: null), new(4, Bytes.FromGib(3), Disk: null), new(4, Memory: null, Bytes.FromGib(1)) })
            Assert.Equal(RefusalKind.Invalid, bad.ApplyTo(Present).Refusal!.Kind);
    }

    /// <summary>Invariant 7.</summary>
    [Fact]
    public void An_upgrade_never_costs_less_than_the_least() =>
        Prop.ForAll(Amounts(1_000_000).Two().ToArbitrary(), Longs(1, 100_000_000).ToArbitrary(), (prices, seconds) =>
            Offer(Per(prices.Item1, 1, IntervalKind.Month), prices.Item2, seconds, PaymentMethod.Lightning) is { Cost.Amount: >= 1_000 } offer
                && offer.Cost.Amount % 1_000 == 0
                && Offer(Per(prices.Item1, 1, IntervalKind.Month), prices.Item2, seconds, PaymentMethod.Revolut).Cost.Amount >= 1).QuickCheckThrowOnFailure();

    [Fact]
    public void R1_a_refund_is_paid_out_in_whole_satoshis()
    {
        var refund = Refund.Amount(Per(999, 1, IntervalKind.Month), 864_000, Eur(999));
        Assert.Equal(Eur(333), refund);
        Assert.Equal(Btc(3_505_000), Refund.PayOut(PaymentMethod.Lightning, refund, Rates(95_000)).Value);
    }

    [Fact]
    public void R2_never_more_than_was_paid()
    {
        Assert.Equal(Eur(883), Refund.Amount(ListPrice.PerMonth(Eur(855)), 2_678_400, Eur(10_000)));
        Assert.Equal(Eur(855), Refund.Amount(ListPrice.PerMonth(Eur(855)), 2_678_400, Eur(855)));
    }

    /// <summary>Invariant 8.</summary>
    [Fact]
    public void A_refund_is_at_most_what_was_paid() =>
        Prop.ForAll(Amounts(100_000_000).Two().ToArbitrary(), Longs(0, 400_000_000).ToArbitrary(), (amounts, seconds) =>
        {
            var (price, paid) = amounts;
            var refund = Refund.Amount(ListPrice.PerMonth(Eur(price)), seconds, Eur(paid));
            return refund.Amount <= paid && refund.Amount <= (System.Numerics.BigInteger)price * seconds / 2_592_000;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void R3() => Assert.Equal(Eur(3_287), Refund.Amount(Per(12_000, 1, IntervalKind.Year), 100 * 86_400, Eur(12_000)));
}
