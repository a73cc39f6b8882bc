using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Pricing;
using Lnvps.Core.Time;

namespace Lnvps.Core.Tests.Payments;

using Lnvps.Core.Money;
using static Lnvps.Core.Tests.Samples.Some;

/// <summary>billing.md sections 4, 8, 11, 18 and the examples 24.2 and 24.4.</summary>
public class RenewalOfferTests
{
    static readonly Instant Until2106 = Instant.Utc(2106, 2, 7, 6, 28, 15);

    static readonly FeeTerms OnePercentPlus20 = FeeTerms.From(1, 20, currency: null, out _).Value;

    static RenewalRequest Request(Money price, int intervals = 1) => new()
    {
        Price = ListPrice.PerMonth(price),
        Method = PaymentMethod.Lightning,
        Intervals = intervals,
        Expires = Instant.Utc(2025, 1, 31, 10),
        Now = Instant.Utc(2025, 1, 20),
        TaxRate = Percent.Zero,
        Fee = FeeTerms.None,
        CompanyCurrency = Currency.EUR,
        LatestExpiry = Until2106,
        Rates = Rates(95_000),
    };

    static RenewalOffer Offer(RenewalRequest request) => RenewalOffer.For(request).Value;

    [Fact]
    public void M1_several_intervals_are_multiplied_after_rounding()
    {
        Assert.Equal(Btc(1_390_000), Offer(Request(Eur(132))).Net);
        var offer = Offer(Request(Eur(132), 3));
        Assert.Equal((Btc(4_170_000), Btc(0), Btc(0), Btc(4_170_000)), (offer.Net, offer.Tax, offer.Fee, offer.Total));
        Assert.Equal(95_000m, offer.RateToBase);
        Assert.Equal(7_689_600, offer.TimeValue);
    }

    [Fact]
    public void M2_tax_is_on_the_whole_and_the_invoice_in_whole_satoshis()
    {
        var offer = Offer(Request(Eur(132), 3) with { TaxRate = new(23) });
        Assert.Equal((Btc(959_100), Btc(5_130_000)), (offer.Tax, offer.Total));
    }

    [Fact]
    public void M3_a_card_pays_net_tax_and_fee()
    {
        var offer = Offer(Request(Eur(999), 12) with { Method = PaymentMethod.Revolut, TaxRate = new(23), Fee = OnePercentPlus20 });
        Assert.Equal((Eur(11_988), Eur(2_757), Eur(170), Eur(14_915)), (offer.Net, offer.Tax, offer.Fee, offer.Total));
        Assert.Equal(1m, offer.RateToBase);
    }

    [Fact]
    public void Lightning_has_no_fee_whatever_is_configured() => Assert.Equal(Btc(0), Offer(Request(Eur(132)) with { Fee = OnePercentPlus20 with { BaseCurrency = Currency.EUR } }).Fee);

    [Fact]
    public void I11_an_expired_machine_is_extended_from_now()
    {
        var offer = Offer(Request(Eur(132)) with { Expires = Instant.Utc(2025, 5, 1), Now = Instant.Utc(2025, 5, 10, 9) });
        Assert.Equal(2_678_400, offer.TimeValue);
        Assert.Equal(Instant.Utc(2025, 6, 10, 9), offer.ProjectedExpiry);
        Assert.Equal(Instant.Utc(2025, 6, 10, 9), PaymentCompletion.NewExpiry(Instant.Utc(2025, 5, 1), Instant.Utc(2025, 5, 10, 9), offer.TimeValue));
    }

    [Fact]
    public void I12_and_I13_the_seconds_are_fixed_when_the_offer_is_made()
    {
        var expires = Instant.Utc(2025, 1, 31, 10);
        var offer = Offer(Request(Eur(132)));
        Assert.Equal(2_419_200, offer.TimeValue);
        Assert.Equal(Instant.Utc(2025, 2, 28, 12, 5), PaymentCompletion.NewExpiry(expires, Instant.Utc(2025, 1, 31, 12, 5), offer.TimeValue));
        Assert.Equal(Instant.Utc(2025, 2, 28, 10), PaymentCompletion.NewExpiry(expires, Instant.Utc(2025, 1, 30, 9), offer.TimeValue));
    }

    [Fact]
    public void An_upgrade_adds_no_time() =>
        Assert.Equal(Instant.Utc(2025, 1, 1), PaymentCompletion.NewExpiry(Instant.Utc(2025, 1, 1), Instant.Utc(2025, 3, 1), timeValue: 0));

    [Theory]
    [InlineData(0)]
    [InlineData(121)]
    [InlineData(int.MinValue)]
    public void Intervals_are_bounded(int intervals) =>
        Assert.Equal("intervals must be between 1 and 120", RenewalOffer.For(Request(Eur(132), intervals)).Refusal!.Message);

    [Fact]
    public void Nothing_to_pay()
    {
        Assert.Equal(Refusal.Invalid("Nothing to pay"), RenewalOffer.For(Request(Eur(0))).Refusal);
        Assert.Equal(Refusal.Invalid("Nothing to pay"), RenewalOffer.For(Request(Eur(0)) with { Method = PaymentMethod.Revolut }).Refusal);
    }

    [Fact]
    public void An_expiry_that_cannot_be_stored_is_refused()
    {
        var yearly = new ListPrice(Eur(100), new BillingInterval(1, IntervalKind.Year));
        var request = Request(Eur(1)) with { Price = yearly, LatestExpiry = Instant.Utc(2038, 1, 19, 3, 14, 7) };
        Assert.Equal(Instant.Utc(2037, 1, 31, 10), Offer(request with { Intervals = 12 }).ProjectedExpiry);
        Assert.Equal(RefusalKind.Invalid, RenewalOffer.For(request with { Intervals = 13 }).Refusal!.Kind);
        var absurd = request with { Price = new(Eur(100), new BillingInterval(uint.MaxValue, IntervalKind.Year)), Intervals = 120 };
        Assert.Equal(RefusalKind.Invalid, RenewalOffer.For(absurd).Refusal!.Kind);
    }

    [Fact]
    public void Refusals_of_the_method()
    {
        Assert.Equal(RefusalKind.Unavailable, RenewalOffer.For(Request(Eur(132)) with { Rates = ExchangeRates.None }).Refusal!.Kind);
        Assert.Equal(RefusalKind.Invalid, RenewalOffer.For(Request(Btc(1_000)) with { Method = PaymentMethod.Revolut }).Refusal!.Kind);
        Assert.Equal(RefusalKind.NotOffered, RenewalOffer.For(Request(Eur(132)) with { Method = PaymentMethod.Stripe }).Refusal!.Kind);
        Assert.Equal(RefusalKind.Invalid, RenewalOffer.For(Request(Eur(ulong.MaxValue / 2), 3) with { Method = PaymentMethod.Revolut }).Refusal!.Kind);
    }

    /// <summary>Invariants 2 and 4.</summary>
    [Fact]
    public void Lightning_totals_are_whole_satoshis_close_to_the_sum() =>
        Prop.ForAll(Amounts(100_000_000).Where(x => x > 0).ToArbitrary(), Percents().ToArbitrary(), Gen.Choose(1, 120).ToArbitrary(), (cents, tax, n) =>
        {
            var one = Offer(Request(Eur(cents)));
            var many = Offer(Request(Eur(cents), n) with { TaxRate = tax });
            var rest = many.Total.Amount - (many.Net.Amount + many.Tax.Amount);
            return many.Net.Amount == (ulong)n * one.Net.Amount && many.Total.Amount % 1_000 == 0 && rest < 1_000;
        }).QuickCheckThrowOnFailure();

    /// <summary>Invariant 1: expiry grows by exactly the seconds from the later of expiry and settlement, in any order of events.</summary>
    [Fact]
    public void Expiry_only_grows() =>
        Prop.ForAll(Longs(0, 4_000_000_000).Two().ToArbitrary(), Longs(1, 100_000_000).ToArbitrary(), (times, seconds) =>
        {
            var (expires, settled) = (new Instant(times.Item1), new Instant(times.Item2));
            return PaymentCompletion.NewExpiry(expires, settled, seconds).UnixSeconds == Math.Max(times.Item1, times.Item2) + seconds;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(false, 10, false, CompletionEffect.Applied)]
    [InlineData(true, 10, true, CompletionEffect.Revived)]
    [InlineData(true, 10, false, CompletionEffect.MoneyToReturn)]
    [InlineData(true, 0, true, CompletionEffect.MoneyToReturn)]
    public void A_late_payment_revives_a_deleted_machine_only_with_room_and_time(bool deleted, int secondsLeft, bool hasRoom, CompletionEffect effect) =>
        Assert.Equal(effect, PaymentCompletion.EffectOn(deleted, new Instant(1_000 + secondsLeft), new Instant(1_000), hasRoom));
}
