using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Subscriptions;
using Lnvps.Core.Time;

namespace Lnvps.Core.Tests.Subscriptions;

using Lnvps.Core.Money;
using static Lnvps.Core.Tests.Samples.Some;

/// <summary>billing.md sections 19 and 24.8.</summary>
public class SubscriptionOfferTests
{
    static readonly FeeTerms OnePercentPlus20 = FeeTerms.From(1, 20, currency: null, out _).Value;

    static SubscriptionRequest Request(SubscriptionPaymentKind kind) => new()
    {
        Lines = [new LinePrice(Usd(10_000), Usd(5_000)), new LinePrice(Usd(2_500), Usd(0))],
        Kind = kind,
        Method = PaymentMethod.Lightning,
        Expires = null,
        Now = Instant.Utc(2025, 1, 20),
        TaxRate = Percent.Zero,
        Fee = FeeTerms.None,
        CompanyCurrency = Currency.EUR,
        LatestExpiry = Instant.Utc(2106, 2, 7, 6, 28, 15),
        Rates = Rates(90_000, 100_000),
    };

    [Fact]
    public void S1_setup_is_charged_with_the_first_payment_only()
    {
        Assert.Equal(Btc(175_000_000), SubscriptionOffer.For(Request(SubscriptionPaymentKind.Purchase)).Value.Net);
        var later = SubscriptionOffer.For(Request(SubscriptionPaymentKind.Renewal)).Value;
        Assert.Equal((Btc(125_000_000), Btc(125_000_000), 90_000m), (later.Net, later.Total, later.RateToBase));
    }

    [Fact]
    public void S2_a_card_pays_the_fee_of_the_whole()
    {
        var offer = SubscriptionOffer.For(Request(SubscriptionPaymentKind.Purchase) with { Method = PaymentMethod.Revolut, Fee = OnePercentPlus20 }).Value;
        Assert.Equal((Usd(17_500), Usd(198), Usd(17_698)), (offer.Net, offer.Fee, offer.Total));
    }

    [Fact]
    public void S3_a_price_of_another_currency_is_converted()
    {
        var line = new LinePrice(Eur(9_000), Eur(4_500)).In(Currency.USD, Rates(90_000, 100_000)).Value;
        Assert.Equal((Usd(10_000), Usd(5_000)), (line.Month, line.Setup));
        Assert.Equal(RefusalKind.Unavailable, new LinePrice(Eur(1), Eur(1)).In(Currency.USD, Rates(90_000)).Refusal!.Kind);
        Assert.Equal(new LinePrice(Eur(1), Eur(2)), new LinePrice(Eur(1), Eur(2)).In(Currency.EUR, ExchangeRates.None).Value);
    }

    [Fact]
    public void S4_a_month_is_a_calendar_month_from_the_later_of_expiry_and_now()
    {
        Assert.Equal(Instant.Utc(2025, 2, 28, 10), SubscriptionOffer.NewExpiry(Instant.Utc(2025, 1, 31, 10), Instant.Utc(2025, 1, 20)));
        Assert.Equal(Instant.Utc(2025, 3, 15), SubscriptionOffer.NewExpiry(Instant.Utc(2025, 1, 31, 10), Instant.Utc(2025, 2, 15)));
        Assert.Equal(Instant.Utc(2024, 2, 29), SubscriptionOffer.NewExpiry(expires: null, Instant.Utc(2024, 1, 31)));
    }

    [Fact]
    public void Tax_is_on_the_whole()
    {
        var offer = SubscriptionOffer.For(Request(SubscriptionPaymentKind.Purchase) with { TaxRate = new(23) }).Value;
        Assert.Equal((Btc(40_250_000), Btc(215_250_000)), (offer.Tax, offer.Total));
    }

    [Fact]
    public void Refusals()
    {
        var request = Request(SubscriptionPaymentKind.Renewal);
        Assert.Equal(RefusalKind.Invalid, SubscriptionOffer.For(request with { Lines = [] }).Refusal!.Kind);
        Assert.Equal("Nothing to pay", SubscriptionOffer.For(request with { Lines = [new LinePrice(Usd(0), Usd(5))] }).Refusal!.Message);
        Assert.Equal(RefusalKind.Unavailable, SubscriptionOffer.For(request with { Rates = ExchangeRates.None }).Refusal!.Kind);
        Assert.Equal(RefusalKind.NotOffered, SubscriptionOffer.For(request with { Method = PaymentMethod.Stripe }).Refusal!.Kind);
        Assert.Equal(RefusalKind.Invalid, SubscriptionOffer.For(request with { Lines = [new LinePrice(Btc(5), Btc(0))], Method = PaymentMethod.Revolut }).Refusal!.Kind);
        Assert.Equal(RefusalKind.Invalid, SubscriptionOffer.For(request with { Expires = Instant.Utc(2106, 2, 1) }).Refusal!.Kind);
        Assert.Equal(RefusalKind.Invalid, SubscriptionOffer.For(request with { Lines = [new LinePrice(Usd(ulong.MaxValue), Usd(0)), new LinePrice(Usd(5), Usd(0))] }).Refusal!.Kind);
    }
}
