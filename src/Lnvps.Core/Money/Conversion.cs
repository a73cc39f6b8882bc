using Lnvps.Core.Outcomes;

namespace Lnvps.Core.Money;

/// <summary>Turns an amount of one currency into another (billing.md section 3).</summary>
public static class Conversion
{
    /// <summary>
    /// Converts exactly, rounding once, half up. Same currency: unchanged, no rate needed. Fiat to fiat goes through BTC.
    /// Refuses with 503 when a rate is missing and with 400 when the result exceeds 64 bits.
    /// </summary>
    public static Result<Money> To(this Money from, Currency to, ExchangeRates rates)
    {
        try
        {
            return Convert(from, to, rates);
        }
        catch (OverflowException)
        {
            return TooLarge;
        }
    }

    /// <summary>An amount that no column, invoice or order could carry.</summary>
    internal static Refusal TooLarge => Refusal.Invalid("Amount is too large");

    static Result<Money> Convert(Money from, Currency to, ExchangeRates rates)
    {
        if (from.Currency == to)
            return from;
        if (from.Currency == Currency.BTC)
            return rates.Of(to).Then(rate => rate.FromBitcoin(new Msat(from.Amount)));
        if (to == Currency.BTC)
            return rates.Of(from.Currency).Then(rate => rate.ToBitcoin(from).ToMoney());
        return rates.Of(from.Currency).Then(source => rates.Of(to).Then(target => ExchangeRate.Cross(from, source, target)));
    }
}
