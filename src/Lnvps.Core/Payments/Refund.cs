using Lnvps.Core.Outcomes;
using Lnvps.Core.Pricing;

namespace Lnvps.Core.Payments;

using Lnvps.Core.Money;

/// <summary>What is given back for unused time (billing.md section 17): net, without tax and fee.</summary>
public static class Refund
{
    /// <summary>⌊P × R / L⌋ in list currency, at most <paramref name="paid"/> (what was paid less what was refunded, in the same currency).</summary>
    public static Money Amount(ListPrice price, long secondsLeft, Money paid)
    {
        if (paid.Currency != price.Amount.Currency)
            throw new InvalidOperationException($"A {price.Amount.Currency.Code()} refund cannot be capped in {paid.Currency.Code()}");
        var unused = price.ProRata(secondsLeft);
        return unused.Amount <= paid.Amount ? unused : paid;
    }

    /// <summary>
    /// What was paid for a VM less what went back, in list currency, never below zero. What was paid in another currency counts at today's rate: then no more of that
    /// currency goes back than came in. 503 when a rate is missing.
    /// </summary>
    public static Result<Money> Left(IEnumerable<Money> paid, IEnumerable<Money> refunded, Currency list, ExchangeRates rates)
    {
        var sum = Sum(paid, list, rates);
        return sum.Then(total => Sum(refunded, list, rates).Then(back => total with { Amount = total.Amount > back.Amount ? total.Amount - back.Amount : 0 }));
    }

    static Result<Money> Sum(IEnumerable<Money> amounts, Currency list, ExchangeRates rates)
    {
        var sum = new Money(0, list);
        foreach (var amount in amounts)
        {
            var converted = amount.To(list, rates);
            if (!converted.IsOk)
                return converted.Refusal;
            sum += converted.Value;
        }
        return sum;
    }

    /// <summary>As the method pays it out. Lightning: BTC, down to a whole satoshi; Revolut: as it is, BTC refused.</summary>
    public static Result<Money> PayOut(PaymentMethod method, Money refund, ExchangeRates rates) => method == PaymentMethod.Lightning
        ? refund.To(Currency.BTC, rates).Then(bitcoin => bitcoin.FloorSat())
        : ChargedPrice.In(method, refund, rates);
}
