using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;

namespace Lnvps.Core.Tests.Payments;

using Lnvps.Core.Money;
using static Lnvps.Core.Tests.Samples.Some;

/// <summary>billing.md sections 7 and 24.4.</summary>
public class ProcessingFeeTests
{
    static FeeTerms Terms(float rate, ulong flat, string? currency = null) => FeeTerms.From(rate, flat, currency, out _).Value;

    [Theory]
    [InlineData(1f, 20, 132, 23)] // F1
    [InlineData(1f, 20, 162, 23)] // F2
    [InlineData(1f, 0, 1_000, 11)] // F3
    [InlineData(1f, 0, 99, 1)]
    [InlineData(1f, 0, 100, 2)]
    [InlineData(2.9f, 30, 50_000, 1_525)] // F4
    [InlineData(1f, 20, 1_228, 34)] // F6: 999 + 229
    [InlineData(0f, 35, 1_000, 35)]
    [InlineData(0f, 0, 1_000, 0)]
    public void The_fee_is_a_gross_up(float rate, ulong flat, ulong gross, ulong fee) =>
        Assert.Equal(Eur(fee), ProcessingFee.On(Eur(gross), Terms(rate, flat), ExchangeRates.None).Value);

    [Fact]
    public void F5_the_flat_part_is_converted()
    {
        var terms = Terms(1, 20, "EUR");
        Assert.Equal(Usd(33), ProcessingFee.On(Usd(1_000), terms, Rates(95_000, 100_000)).Value);
        Assert.Equal(RefusalKind.Unavailable, ProcessingFee.On(Usd(1_000), terms, Rates(95_000)).Refusal!.Kind);
    }

    [Fact]
    public void F7_both_parts_must_be_set()
    {
        Assert.Equal(FeeTerms.None, FeeTerms.From(1, flat: null, currency: null, out _).Value);
        Assert.Equal(FeeTerms.None, FeeTerms.From(rate: null, 20, currency: null, out _).Value);
    }

    [Fact]
    public void An_unknown_fee_currency_counts_as_that_of_the_payment()
    {
        var terms = FeeTerms.From(1, 20, "XYZ", out var unknown).Value;
        Assert.True(unknown);
        Assert.Equal(Usd(32), ProcessingFee.On(Usd(1_000), terms, ExchangeRates.None).Value);
    }

    [Theory]
    [InlineData(100f)]
    [InlineData(-0.5f)]
    [InlineData(float.NaN)]
    public void A_rate_outside_of_0_to_100_is_a_configuration_error(float rate) =>
        Assert.Equal(RefusalKind.Failed, FeeTerms.From(rate, 1, currency: null, out _).Refusal!.Kind);

    /// <summary>Invariant 3.</summary>
    [Fact]
    public void What_remains_is_at_least_the_gross_and_the_fee_is_tight() =>
        Prop.ForAll(
            Amounts(1_000_000_000_000).ToArbitrary(),
            Amounts(10_000).ToArbitrary(),
            Percents().Where(rate => rate.Value > 0).ToArbitrary(),
            (gross, flat, rate) =>
            {
                var fee = ProcessingFee.On(Eur(gross), new FeeTerms(rate, flat, BaseCurrency: null), ExchangeRates.None).Value.Amount;
                return Remains(gross + fee, rate, flat) >= 0 && Remains((BigInteger)gross + fee - 2, rate, flat) < 0;

                // (order − p·order − b − g) · 10,000, exact.
                BigInteger Remains(BigInteger order, Percent p, ulong b) => order * (10_000 - (int)(p.Value * 100)) - ((BigInteger)b + gross) * 10_000;
            }).QuickCheckThrowOnFailure();
}
