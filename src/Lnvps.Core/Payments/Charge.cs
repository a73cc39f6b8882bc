using Lnvps.Core.Outcomes;

namespace Lnvps.Core.Payments;

using Lnvps.Core.Money;

/// <summary>What comes on top of a net price, and the sum (billing.md sections 6 to 8), all in the currency of the method.</summary>
/// <param name="Total">Value of the invoice or order; above zero.</param>
readonly record struct Charge(Money Tax, Money Fee, Money Total)
{
    /// <summary>400: nothing to pay; 503: a rate for the fee is missing.</summary>
    /// <exception cref="OverflowException">The sum exceeds 64 bits.</exception>
    public static Result<Charge> On(Money net, PaymentMethod method, Percent taxRate, FeeTerms terms, ExchangeRates rates)
    {
        var tax = Taxes.Tax.On(net, taxRate);
        return ProcessingFee.For(method, net + tax, terms, rates).Then(fee =>
        {
            var total = ChargedPrice.Total(method, net, tax, fee);
            return total.Amount == 0 ? NothingToPay : new Charge(tax, fee, total);
        });
    }

    static Result<Charge> NothingToPay => Refusal.Invalid("Nothing to pay");
}
