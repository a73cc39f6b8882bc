using FsCheck;
using FsCheck.Fluent;

namespace Lnvps.Core.Tests.Samples;

using Lnvps.Core.Money;

/// <summary>Short ways to write what the worked examples of the specification use.</summary>
static class Some
{
    public static Money Eur(ulong cents) => new(cents, Currency.EUR);

    public static Money Usd(ulong cents) => new(cents, Currency.USD);

    public static Money Btc(ulong msat) => new(msat, Currency.BTC);

    public static ExchangeRate Rate(Currency fiat, decimal perBitcoin) => new(fiat, perBitcoin);

    /// <summary>Rates of BTC against the euro and, if given, the dollar.</summary>
    public static ExchangeRates Rates(decimal euro, decimal? dollar = null) =>
        new(dollar is null ? [Rate(Currency.EUR, euro)] : [Rate(Currency.EUR, euro), Rate(Currency.USD, dollar.Value)]);

    /// <summary>Amounts from 0 to <paramref name="max"/>, small and large ones alike.</summary>
    public static Gen<ulong> Amounts(ulong max) =>
        Gen.OneOf(Longs(0, (long)max), Longs(0, (long)Math.Min(max, 10_000))).Select(x => (ulong)x);

    /// <summary>Exchange rates below 10⁹ with up to six decimals.</summary>
    public static Gen<decimal> RateNumbers() =>
        Longs(1, 999_999_999_999_999).SelectMany(_ => Gen.Choose(0, 6), (number, scale) => Math.Min((number % 1_000_000_000m + 1m) / Pow10(scale), 999_999_999m));

    /// <summary>Percentages from 0 to below 100 with two decimals.</summary>
    public static Gen<Percent> Percents() => Gen.Choose(0, 9_999).Select(x => new Percent(x / 100m));

    /// <summary>Any number of the range, both ends included.</summary>
    public static Gen<long> Longs(long min, long max) =>
        Gen.Choose(0, int.MaxValue).Two().Select(halves => min + (((long)halves.Item1 << 31 | (long)halves.Item2) % (max - min + 1)));

    static decimal Pow10(int n) => n == 0 ? 1m : 10m * Pow10(n - 1);
}
