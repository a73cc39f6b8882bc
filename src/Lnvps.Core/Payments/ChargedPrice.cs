namespace Lnvps.Core.Payments;

using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;

/// <summary>Which currency and amount a method charges for a listed price (billing.md sections 3 and 8).</summary>
public static class ChargedPrice
{
    /// <summary>
    /// A net price in the currency of the method. Lightning: BTC, rounded up to a satoshi. Revolut: the fiat currency of the price itself; a price in BTC
    /// is refused. PayPal and Stripe exist as names only (501). 503 when a rate is missing.
    /// </summary>
    public static Result<Money> In(PaymentMethod method, Money price, ExchangeRates rates) => method switch
    {
        PaymentMethod.Lightning => price.To(Currency.BTC, rates).Then(RoundUp),
        PaymentMethod.Revolut when price.Currency == Currency.BTC => Refusal.Because(ErrorCode.PaymentMethodUnusable, "Cant get price from BTC to Revolut"),
        PaymentMethod.Revolut => price,
        _ => NotOffered(method),
    };

    /// <summary>What the invoice or order is made for. Lightning: net + tax, rounded up to a satoshi; others: net + tax + fee.</summary>
    /// <exception cref="OverflowException">The sum exceeds 64 bits.</exception>
    public static Money Total(PaymentMethod method, Money net, Money tax, Money fee) =>
        method == PaymentMethod.Lightning ? (net + tax).CeilSat() : net + tax + fee;

    /// <summary>
    /// The <c>rate</c> column: whole units of the company's base currency for one whole unit of the payment's, at creation; 1 for the same currency. For
    /// reports only (billing.md section 2).
    /// </summary>
    public static Result<decimal> RateToBase(Currency payment, Currency companyBase, ExchangeRates rates)
    {
        if (payment == companyBase)
            return 1m;
        if (payment == Currency.BTC)
            return rates.Of(companyBase).Then(rate => rate.PerBitcoin);
        if (companyBase == Currency.BTC)
            return rates.Of(payment).Then(rate => 1m / rate.PerBitcoin);
        return rates.Of(payment).Then(from => rates.Of(companyBase).Then(to => to.PerBitcoin / from.PerBitcoin));
    }

    /// <summary>What a payment was worth in the company's base currency, from its stored rate: half up (billing.md section 20).</summary>
    public static Money InBase(Money amount, decimal rate, Currency companyBase)
    {
        var (numerator, denominator) = Exact.Fraction(rate);
        var units = amount.Amount * numerator * companyBase.UnitsPerWhole();
        return new Money(Exact.Amount(Exact.HalfUp(units, amount.Currency.UnitsPerWhole() * denominator)), companyBase);
    }

    internal static Refusal NotOffered(PaymentMethod method) =>
        Refusal.NotOffered($"Payment method {method.ToString().ToLowerInvariant()} is not offered");

    static Result<Money> RoundUp(Money bitcoin)
    {
        try
        {
            return bitcoin.CeilSat();
        }
        catch (OverflowException)
        {
            return Conversion.TooLarge;
        }
    }
}
