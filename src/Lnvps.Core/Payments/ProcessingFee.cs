namespace Lnvps.Core.Payments;

using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;

/// <summary>What a provider keeps of an order, from the enabled row of the company and method (billing.md section 7).</summary>
/// <param name="Rate">Share of the whole order, 0 ≤ rate &lt; 100 per cent.</param>
/// <param name="Base">Flat part in the smallest unit of <paramref name="BaseCurrency"/>.</param>
/// <param name="BaseCurrency">Currency of the flat part; null = that of the payment.</param>
public sealed record FeeTerms(Percent Rate, ulong Base, Currency? BaseCurrency)
{
    /// <summary>No fee: Lightning, and methods without configured terms.</summary>
    public static readonly FeeTerms None = new(Percent.Zero, 0, BaseCurrency: null);

    /// <summary>
    /// From the columns of <c>payment_method_config</c>. Rate or base missing: no fee; both must be set. An unknown fee currency counts as that of the
    /// payment and is reported in <paramref name="unknownCurrency"/>, for the log. A rate outside 0…100 (exclusive) is a configuration error.
    /// </summary>
    public static Result<FeeTerms> From(float? rate, ulong? flat, string? currency, out bool unknownCurrency)
    {
        unknownCurrency = false;
        if (rate is null || flat is null)
            return None;
        if (!Percent.TryFrom(rate.Value, out var percent) || percent.Value is < 0 or >= 100)
            return Refusal.Failed("The processing fee is misconfigured");
        Currency? known = null;
        if (!string.IsNullOrEmpty(currency))
        {
            unknownCurrency = !Currencies.TryParse(currency, out var parsed);
            known = unknownCurrency ? null : parsed;
        }
        return new FeeTerms(percent, flat.Value, known);
    }
}

public static class ProcessingFee
{
    /// <summary>The fee of a payment: none for Lightning, whatever is configured.</summary>
    public static Result<Money> For(PaymentMethod method, Money gross, FeeTerms terms, ExchangeRates rates) =>
        On(gross, method == PaymentMethod.Lightning ? FeeTerms.None : terms, rates);

    /// <summary>
    /// Gross-up: after the provider has taken its share of the whole order and its flat part, at least <paramref name="gross"/> (net + tax) remains.
    /// fee = ⌈g·p / (1 − p)⌉ + ⌈b / (1 − p)⌉, the two parts rounded separately. 503 when the flat part needs a rate that is missing.
    /// </summary>
    public static Result<Money> On(Money gross, FeeTerms terms, ExchangeRates rates) =>
        new Money(terms.Base, terms.BaseCurrency ?? gross.Currency).To(gross.Currency, rates).Then(flat => GrossUp(gross, flat, terms.Rate));

    static Money GrossUp(Money gross, Money flat, Percent rate)
    {
        var (share, whole) = rate.Fraction;
        var rest = whole - share;
        return gross with { Amount = Exact.Amount(Exact.Ceiling(gross.Amount * share, rest) + Exact.Ceiling(flat.Amount * whole, rest)) };
    }
}
