using System.Globalization;
using System.Numerics;
using Lnvps.Core.Outcomes;

namespace Lnvps.Core.Money;

/// <summary>The pair BTC/X: how many whole units of a fiat currency one bitcoin costs. Exact; only such pairs exist (billing.md section 2).</summary>
public readonly record struct ExchangeRate
{
    /// <exception cref="ArgumentOutOfRangeException">The currency is BTC or the number is not above zero.</exception>
    public ExchangeRate(Currency fiat, decimal perBitcoin)
    {
        if (fiat == Currency.BTC)
            throw new ArgumentOutOfRangeException(nameof(fiat), "A rate is BTC against a fiat currency");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perBitcoin);
        Fiat = fiat;
        PerBitcoin = perBitcoin;
    }

    public Currency Fiat { get; }

    /// <summary>Whole units of <see cref="Fiat"/> for one whole BTC; above zero.</summary>
    public decimal PerBitcoin { get; }

    /// <summary>Name of the pair, as messages and cache keys spell it: <c>BTC/EUR</c>.</summary>
    public string Pair => PairOf(Fiat);

    public static string PairOf(Currency fiat) => $"BTC/{fiat.Code()}";

    /// <summary>Reads a rate from decimal text (an exponent is allowed, as in JSON); false unless it is a finite number above zero.</summary>
    public static bool TryParse(Currency fiat, ReadOnlySpan<char> text, out ExchangeRate rate)
    {
        rate = default;
        const NumberStyles Plain = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent | NumberStyles.AllowLeadingSign;
        if (fiat == Currency.BTC || !decimal.TryParse(text, Plain, CultureInfo.InvariantCulture, out var number) || number <= 0)
            return false;
        rate = new ExchangeRate(fiat, number);
        return true;
    }

    /// <summary>Fiat to millisatoshi, half up: cents × 10⁹ ÷ rate. Not rounded to a satoshi.</summary>
    /// <exception cref="OverflowException">The result exceeds 64 bits.</exception>
    public Msat ToBitcoin(Money fiat)
    {
        Expect(fiat.Currency, Fiat);
        var (numerator, denominator) = Exact.Fraction(PerBitcoin);
        var units = (BigInteger)fiat.Amount * Currency.BTC.UnitsPerWhole() * denominator;
        return new Msat(Exact.Amount(Exact.HalfUp(units, Fiat.UnitsPerWhole() * numerator)));
    }

    /// <summary>Millisatoshi to fiat, half up.</summary>
    /// <exception cref="OverflowException">The result exceeds 64 bits.</exception>
    public Money FromBitcoin(Msat bitcoin)
    {
        var (numerator, denominator) = Exact.Fraction(PerBitcoin);
        var units = (BigInteger)bitcoin.Value * Fiat.UnitsPerWhole() * numerator;
        return new Money(Exact.Amount(Exact.HalfUp(units, Currency.BTC.UnitsPerWhole() * denominator)), Fiat);
    }

    /// <summary>Fiat to another fiat through BTC, exactly, rounded once half up.</summary>
    /// <exception cref="OverflowException">The result exceeds 64 bits.</exception>
    public static Money Cross(Money from, ExchangeRate fromRate, ExchangeRate toRate)
    {
        Expect(from.Currency, fromRate.Fiat);
        var (fromNumerator, fromDenominator) = Exact.Fraction(fromRate.PerBitcoin);
        var (toNumerator, toDenominator) = Exact.Fraction(toRate.PerBitcoin);
        var units = (BigInteger)from.Amount * toRate.Fiat.UnitsPerWhole() * toNumerator * fromDenominator;
        return new Money(Exact.Amount(Exact.HalfUp(units, fromRate.Fiat.UnitsPerWhole() * fromNumerator * toDenominator)), toRate.Fiat);
    }

    /// <summary>The number as cached: decimal text.</summary>
    public override string ToString() => PerBitcoin.ToString(CultureInfo.InvariantCulture);

    static void Expect(Currency actual, Currency expected)
    {
        if (actual != expected)
            throw new InvalidOperationException($"A {expected.Code()} rate cannot convert {actual.Code()}");
    }
}

/// <summary>A rate with where and when it was read; what a payment says of the rate it was priced with.</summary>
/// <param name="At">When the source gave it, on the real clock.</param>
/// <param name="Source">Address or name of the source.</param>
public sealed record RateQuote(ExchangeRate Rate, Time.Instant At, string Source);

/// <summary>The rates known at one moment, at most one per fiat currency; stale ones are already left out.</summary>
public sealed class ExchangeRates
{
    readonly Dictionary<Currency, ExchangeRate> _byFiat = [];
    readonly Dictionary<Currency, RateQuote> _quotes = [];

    /// <summary>No rate known.</summary>
    public static readonly ExchangeRates None = new(Array.Empty<ExchangeRate>());

    /// <summary>A later rate of the same currency replaces an earlier one.</summary>
    public ExchangeRates(IEnumerable<ExchangeRate> rates)
    {
        foreach (var rate in rates)
            _byFiat[rate.Fiat] = rate;
    }

    /// <summary>Rates with their source. A later one of the same currency replaces an earlier one.</summary>
    public ExchangeRates(IEnumerable<RateQuote> quotes)
    {
        foreach (var quote in quotes)
            (_byFiat[quote.Rate.Fiat], _quotes[quote.Rate.Fiat]) = (quote.Rate, quote);
    }

    /// <summary>Where the rate came from that turns a price of <paramref name="from"/> into <paramref name="to"/>; null when none or two take part.</summary>
    public RateQuote? QuoteBetween(Currency from, Currency to) => (from, to) switch
    {
        _ when from == to => null,
        (Currency.BTC, _) => _quotes.GetValueOrDefault(to),
        (_, Currency.BTC) => _quotes.GetValueOrDefault(from),
        _ => null,
    };

    public bool TryGet(Currency fiat, out ExchangeRate rate) => _byFiat.TryGetValue(fiat, out rate);

    /// <summary>The rate of BTC against <paramref name="fiat"/>, or 503 "No exchange rate found for BTC/EUR" (billing.md section 2).</summary>
    public Result<ExchangeRate> Of(Currency fiat) => TryGet(fiat, out var rate)
        ? rate
        : Refusal.Because(ErrorCode.NoExchangeRate, $"No exchange rate found for {ExchangeRate.PairOf(fiat)}");
}
