using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Outcomes;

namespace Lnvps.Core.Tests.Money;

using Lnvps.Core.Money;
using static Lnvps.Core.Tests.Samples.Some;

/// <summary>billing.md sections 2, 3 and 24.1.</summary>
public class ConversionTests
{
    [Theory]
    [InlineData(100, 100_000.0, 1_000_000, 1_000_000)] // C1
    [InlineData(132, 100_000.0, 1_320_000, 1_320_000)] // C2
    [InlineData(500, 95_000.0, 5_263_158, 5_264_000)] // C3
    [InlineData(1, 95_000.0, 10_526, 11_000)] // C4
    [InlineData(999, 62_345.5, 16_023_610, 16_024_000)] // C5
    public void Euro_becomes_bitcoin(ulong cents, double rate, ulong msat, ulong charged)
    {
        var bitcoin = Eur(cents).To(Currency.BTC, Rates((decimal)rate)).Value;
        Assert.Equal(Btc(msat), bitcoin);
        Assert.Equal(Btc(charged), bitcoin.CeilSat());
    }

    [Theory]
    [InlineData(100_000_000, 95_000, 9_500)] // C6
    [InlineData(5_000, 100_000, 1)] // C7
    [InlineData(4_999, 100_000, 0)]
    [InlineData(15_000, 100_000, 2)]
    public void Bitcoin_becomes_euro(ulong msat, int rate, ulong cents) => Assert.Equal(Eur(cents), Btc(msat).To(Currency.EUR, Rates(rate)).Value);

    [Fact]
    public void C8_a_price_in_bitcoin_is_rounded_up() => Assert.Equal(Btc(1_235_000), Btc(1_234_567).CeilSat());

    [Fact]
    public void C9_yen_have_two_stored_decimals()
    {
        var rates = new ExchangeRates([Rate(Currency.JPY, 15_000_000)]);
        Assert.Equal(Btc(10_000_000), new Money(150_000, Currency.JPY).To(Currency.BTC, rates).Value);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1_000)]
    [InlineData(999, 1_000)]
    [InlineData(1_000, 1_000)]
    [InlineData(1_001, 2_000)]
    [InlineData(1_999, 2_000)]
    public void C11_up_to_a_satoshi(ulong msat, ulong rounded) => Assert.Equal(new Msat(rounded), new Msat(msat).CeilSat());

    [Theory]
    [InlineData(855, 95_000.0, 100_000.0, 900)] // C12
    [InlineData(999, 93_210.25, 101_234.5, 1_085)] // C13
    public void Euro_becomes_dollar_through_bitcoin(ulong cents, double euro, double dollar, ulong expected) =>
        Assert.Equal(Usd(expected), Eur(cents).To(Currency.USD, Rates((decimal)euro, (decimal)dollar)).Value);

    [Fact]
    public void A_missing_rate_is_named()
    {
        var refused = Eur(100).To(Currency.BTC, ExchangeRates.None);
        Assert.Equal(Refusal.Because(ErrorCode.NoExchangeRate, "No exchange rate found for BTC/EUR"), refused.Refusal);
        Assert.Equal("No exchange rate found for BTC/USD", Eur(1).To(Currency.USD, Rates(95_000)).Refusal!.Message);
    }

    [Fact]
    public void The_same_currency_needs_no_rate() => Assert.Equal(Eur(7), Eur(7).To(Currency.EUR, ExchangeRates.None).Value);

    [Fact]
    public void Too_large_a_result_is_refused() =>
        Assert.Equal(RefusalKind.Invalid, Eur(ulong.MaxValue).To(Currency.BTC, Rates(0.0001m)).Refusal!.Kind);

    [Theory]
    [InlineData("62345.5", "62345.5")]
    [InlineData("9.5e4", "95000")]
    [InlineData("0", null)]
    [InlineData("-1", null)]
    [InlineData("NaN", null)]
    [InlineData("Infinity", null)]
    [InlineData("1e99", null)]
    [InlineData("", null)]
    [InlineData("1,5", null)]
    public void Rates_are_finite_and_above_zero(string text, string? expected)
    {
        Assert.Equal(expected is not null, ExchangeRate.TryParse(Currency.EUR, text, out var rate));
        if (expected is not null)
            Assert.Equal(expected, rate.ToString());
    }

    /// <summary>Invariant 5.</summary>
    [Fact]
    public void Fiat_to_bitcoin_and_back_is_the_same() =>
        Prop.ForAll(
            Amounts(1_000_000_000).ToArbitrary(),
            RateNumbers().Where(rate => rate >= 0.01m).ToArbitrary(),
            (cents, number) =>
            {
                var rate = Rate(Currency.EUR, number);
                return rate.FromBitcoin(rate.ToBitcoin(Eur(cents))) == Eur(cents);
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_conversion_is_never_off_by_more_than_half_a_unit() =>
        Prop.ForAll(
            Amounts(10_000_000).ToArbitrary(),
            RateNumbers().Where(rate => rate >= 1).ToArbitrary(),
            (cents, number) =>
            {
                var msat = Rate(Currency.EUR, number).ToBitcoin(Eur(cents)).Value;
                return Math.Abs(msat * number - cents * 1_000_000_000m) <= number / 2;
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void Alternative_prices_come_in_fixed_order_without_the_own_currency()
    {
        var rates = new ExchangeRates([Rate(Currency.USD, 100_000), Rate(Currency.EUR, 95_000), Rate(Currency.JPY, 15_000_000)]);
        Assert.Equal([Btc(9_000_000), Usd(900), new Money(135_000, Currency.JPY)], AlternativePrices.Of(Eur(855), rates));
        Assert.Equal([Eur(95), Usd(100), new Money(15_000, Currency.JPY)], AlternativePrices.Of(Btc(1_000_000), rates));
        Assert.Empty(AlternativePrices.Of(Eur(855), ExchangeRates.None));
        Assert.Empty(AlternativePrices.Of(new Money(5, Currency.GBP), rates));
    }

    /// <summary>S3: what a subscription's line costs in another currency.</summary>
    [Fact]
    public void S3_a_line_in_another_currency() => Assert.Equal(Usd(10_000), Eur(9_000).To(Currency.USD, Rates(90_000, 100_000)).Value);
}
