using Lnvps.Core.Outcomes;
using Lnvps.Core.Pricing;
using Lnvps.Core.Taxes;
using Lnvps.Core.Time;

namespace Lnvps.Core.Payments;

using Lnvps.Core.Money;

/// <summary>Everything that decides what a renewal costs and adds.</summary>
public sealed record RenewalRequest
{
    /// <summary>Current list price of one interval.</summary>
    public required ListPrice Price { get; init; }

    public required PaymentMethod Method { get; init; }

    /// <summary>How many intervals are wanted; 1…120.</summary>
    public required int Intervals { get; init; }

    /// <summary>The stored expiry of the VM; equal to its creation while never paid.</summary>
    public required Instant Expires { get; init; }

    public required Instant Now { get; init; }

    public required Percent TaxRate { get; init; }

    /// <summary>Terms of the method; ignored for Lightning.</summary>
    public required FeeTerms Fee { get; init; }

    /// <summary>Base currency of the selling company.</summary>
    public required Currency CompanyCurrency { get; init; }

    /// <summary>The latest expiry the database can store.</summary>
    public required Instant LatestExpiry { get; init; }

    public required ExchangeRates Rates { get; init; }
}

/// <summary>A payment that may be opened: what it costs and what it adds (billing.md sections 4, 8 and 11).</summary>
/// <param name="Net">Without tax and fee; column <c>amount</c>.</param>
/// <param name="Total">Value of the invoice or order; above zero.</param>
/// <param name="TimeValue">Seconds added when paid; column <c>time_value</c>.</param>
/// <param name="ProjectedExpiry">The expiry if it is paid at once: what the memo names.</param>
/// <param name="RateToBase">Column <c>rate</c>.</param>
/// <param name="Quote">The rate that turned the list price into <paramref name="Net"/>; null when none did.</param>
public sealed record RenewalOffer(Money Net, Money Tax, Money Fee, Money Total, long TimeValue, Instant ProjectedExpiry, decimal RateToBase, RateQuote? Quote)
{
    /// <summary>
    /// What may be offered. 400: intervals out of bounds, an expiry that cannot be stored, nothing to pay, a BTC price with Revolut; 501: PayPal, Stripe;
    /// 503: a rate is missing.
    /// </summary>
    public static Result<RenewalOffer> For(RenewalRequest request)
    {
        try
        {
            return IntervalCount.Check(request.Intervals)
                .Then(_ => ChargedPrice.In(request.Method, request.Price.Amount, request.Rates))
                .Then(one => Extend(request).Then(expiry => Price(request, one, expiry)));
        }
        catch (OverflowException)
        {
            return Conversion.TooLarge;
        }
    }

    /// <summary>base ⊕ n with base = the later of expiry and now.</summary>
    static Result<Instant> Extend(RenewalRequest request) =>
        request.Price.Interval.After(Instant.Later(request.Expires, request.Now), request.Intervals) is { } expiry && expiry <= request.LatestExpiry
            ? expiry
            : Refusal.Because(ErrorCode.TooFarAhead, "The expiry would lie too far in the future");

    static Result<RenewalOffer> Price(RenewalRequest request, Money oneInterval, Instant expiry)
    {
        var net = oneInterval with { Amount = oneInterval.Amount * (ulong)request.Intervals };
        return Charge.On(net, request.Method, request.TaxRate, request.Fee, request.Rates).Then(charge =>
            ChargedPrice.RateToBase(net.Currency, request.CompanyCurrency, request.Rates).Then(rate => new RenewalOffer(
                net, charge.Tax, charge.Fee, charge.Total, expiry.SecondsSince(Instant.Later(request.Expires, request.Now)), expiry, rate,
                request.Rates.QuoteBetween(request.Price.Amount.Currency, net.Currency))));
    }
}
