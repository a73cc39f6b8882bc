using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Pricing;
using Lnvps.Core.Time;

namespace Lnvps.Core.Subscriptions;

using Lnvps.Core.Money;

/// <summary>Price of one line: a month, and what is charged once with the first payment. Both in one currency.</summary>
public readonly record struct LinePrice(Money Month, Money Setup)
{
    /// <summary>In the currency of a subscription, each part converted through BTC and rounded half up; 503 when a rate is missing.</summary>
    public Result<LinePrice> In(Currency currency, ExchangeRates rates)
    {
        var setup = Setup;
        return Month.To(currency, rates).Then(month => setup.To(currency, rates).Then(once => new LinePrice(month, once)));
    }
}

/// <summary>Everything that decides what a month of a subscription costs.</summary>
public sealed record SubscriptionRequest
{
    /// <summary>Prices in the currency of the subscription.</summary>
    public required IReadOnlyCollection<LinePrice> Lines { get; init; }

    public required SubscriptionPaymentKind Kind { get; init; }

    public required PaymentMethod Method { get; init; }

    /// <summary>Paid until; null = never paid.</summary>
    public required Instant? Expires { get; init; }

    public required Instant Now { get; init; }

    public required Percent TaxRate { get; init; }

    public required FeeTerms Fee { get; init; }

    /// <summary>Base currency of the selling company.</summary>
    public required Currency CompanyCurrency { get; init; }

    /// <summary>The latest expiry the database can store.</summary>
    public required Instant LatestExpiry { get; init; }

    public required ExchangeRates Rates { get; init; }
}

/// <summary>A payment for a month that may be opened (billing.md section 19).</summary>
/// <param name="Net">Months of all lines, and what is charged once when it is the first; converted in one.</param>
/// <param name="Total">Value of the invoice or order; above zero.</param>
/// <param name="RateToBase">Column <c>rate</c>.</param>
public sealed record SubscriptionOffer(Money Net, Money Tax, Money Fee, Money Total, decimal RateToBase)
{
    /// <summary>400: no lines, nothing to pay, an expiry that cannot be stored, a BTC price with Revolut; 501: PayPal, Stripe; 503: a rate is missing.</summary>
    public static Result<SubscriptionOffer> For(SubscriptionRequest request)
    {
        if (request.Lines.Count == 0)
            return Refusal.Invalid("The subscription has no line items");
        if (NewExpiry(request.Expires, request.Now) is not { } expires || expires > request.LatestExpiry)
            return Refusal.Invalid("The expiry would lie too far in the future");
        try
        {
            var sum = request.Lines.Select(line => request.Kind == SubscriptionPaymentKind.Purchase ? line.Month + line.Setup : line.Month).Aggregate((a, b) => a + b);
            return ChargedPrice.In(request.Method, sum, request.Rates).Then(net => Price(request, net));
        }
        catch (OverflowException)
        {
            return Conversion.TooLarge;
        }
    }

    /// <summary>max(<paramref name="expires"/>, now) and one calendar month; null beyond the year 9999.</summary>
    public static Instant? NewExpiry(Instant? expires, Instant now) => BillingInterval.Month.After(expires is { } until ? Instant.Later(until, now) : now, 1);

    static Result<SubscriptionOffer> Price(SubscriptionRequest request, Money net) =>
        Charge.On(net, request.Method, request.TaxRate, request.Fee, request.Rates).Then(charge =>
            ChargedPrice.RateToBase(net.Currency, request.CompanyCurrency, request.Rates).Then(rate => new SubscriptionOffer(net, charge.Tax, charge.Fee, charge.Total, rate)));
}
