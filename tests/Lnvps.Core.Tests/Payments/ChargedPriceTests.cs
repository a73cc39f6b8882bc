using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;

namespace Lnvps.Core.Tests.Payments;

using Lnvps.Core.Money;
using static Lnvps.Core.Tests.Samples.Some;

/// <summary>billing.md sections 2, 3, 8, 20 and 24.8.</summary>
public class ChargedPriceTests
{
    [Fact]
    public void Lightning_charges_whole_satoshis()
    {
        Assert.Equal(Btc(1_390_000), ChargedPrice.In(PaymentMethod.Lightning, Eur(132), Rates(95_000)).Value);
        Assert.Equal(Btc(192_476_000), ChargedPrice.In(PaymentMethod.Lightning, Eur(12_000), Rates(62_345.5m)).Value); // M4
        Assert.Equal(Btc(1_235_000), ChargedPrice.In(PaymentMethod.Lightning, Btc(1_234_567), ExchangeRates.None).Value); // C8
    }

    [Fact]
    public void Revolut_charges_the_price_itself()
    {
        Assert.Equal(Eur(132), ChargedPrice.In(PaymentMethod.Revolut, Eur(132), ExchangeRates.None).Value);
        Assert.Equal(Refusal.Because(ErrorCode.PaymentMethodUnusable, "Cant get price from BTC to Revolut"), ChargedPrice.In(PaymentMethod.Revolut, Btc(1), Rates(95_000)).Refusal);
    }

    [Theory]
    [InlineData(PaymentMethod.PayPal)]
    [InlineData(PaymentMethod.Stripe)]
    public void Names_only(PaymentMethod method) =>
        Assert.Equal(RefusalKind.NotOffered, ChargedPrice.In(method, Eur(1), ExchangeRates.None).Refusal!.Kind);

    [Fact]
    public void Totals()
    {
        Assert.Equal(Btc(1_624_000), ChargedPrice.Total(PaymentMethod.Lightning, Btc(1_320_000), Btc(303_600), Btc(0))); // T1
        Assert.Equal(Eur(155), ChargedPrice.Total(PaymentMethod.Revolut, Eur(132), Eur(0), Eur(23))); // F1
        Assert.Equal(Eur(51_525), ChargedPrice.Total(PaymentMethod.Revolut, Eur(50_000), Eur(0), Eur(1_525))); // F4
        Assert.Equal(Eur(1_262), ChargedPrice.Total(PaymentMethod.Revolut, Eur(999), Eur(229), Eur(34))); // F6
    }

    [Fact]
    public void The_stored_rate_is_against_the_company_currency()
    {
        Assert.Equal(95_000m, ChargedPrice.RateToBase(Currency.BTC, Currency.EUR, Rates(95_000)).Value);
        Assert.Equal(1m, ChargedPrice.RateToBase(Currency.EUR, Currency.EUR, ExchangeRates.None).Value);
        Assert.Equal(0.95m, ChargedPrice.RateToBase(Currency.USD, Currency.EUR, Rates(95_000, 100_000)).Value);
        Assert.Equal(0.00001m, ChargedPrice.RateToBase(Currency.USD, Currency.BTC, Rates(95_000, 100_000)).Value);
        Assert.Equal(RefusalKind.Unavailable, ChargedPrice.RateToBase(Currency.BTC, Currency.EUR, ExchangeRates.None).Refusal!.Kind);
    }

    [Fact]
    public void B1_value_in_base_currency() => Assert.Equal(Eur(132), ChargedPrice.InBase(Btc(1_390_000), 95_000, Currency.EUR));

    [Fact]
    public void S1_and_S2_a_subscription_is_converted_as_one_sum()
    {
        var rates = new ExchangeRates([Rate(Currency.USD, 100_000)]);
        Assert.Equal(Btc(175_000_000), ChargedPrice.In(PaymentMethod.Lightning, Usd(10_000 + 5_000 + 2_500), rates).Value);
        Assert.Equal(Btc(125_000_000), ChargedPrice.In(PaymentMethod.Lightning, Usd(10_000 + 2_500), rates).Value);

        var fee = ProcessingFee.On(Usd(17_500), FeeTerms.From(1, 20, currency: null, out _).Value, rates).Value;
        Assert.Equal(Usd(198), fee);
        Assert.Equal(Usd(17_698), ChargedPrice.Total(PaymentMethod.Revolut, Usd(17_500), Usd(0), fee));
    }
}
