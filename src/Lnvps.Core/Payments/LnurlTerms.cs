using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Pricing;
using Lnvps.Core.Time;

namespace Lnvps.Core.Payments;

using Lnvps.Core.Money;

/// <summary>A top-up by LNURL-pay: <paramref name="Net"/> + <paramref name="Tax"/> is exactly what the payer sends.</summary>
/// <param name="TimeValue">Seconds it adds, at least 1.</param>
public readonly record struct LnurlTopUp(Msat Net, Msat Tax, long TimeValue);

/// <summary>How LNURL payments buy time (LUD-06, billing.md section 12): the payer chooses a gross amount, the shop answers with seconds.</summary>
public sealed class LnurlTerms
{
    /// <summary>Largest amount that is ever offered: 1,000,000 sat.</summary>
    public static readonly Msat Ceiling = new(1_000_000_000);

    readonly ulong _price;
    readonly long _seconds;
    readonly Percent _tax;

    LnurlTerms(ulong price, long seconds, Percent tax, Msat min, Msat max) =>
        (_price, _seconds, _tax, MinSendable, MaxSendable) = (price, seconds, tax, min, max);

    /// <summary>Smallest whole-satoshi amount, at least 1,000 msat, that buys a second.</summary>
    public Msat MinSendable { get; }

    /// <summary>Largest whole-satoshi amount, at most <see cref="Ceiling"/>, whose expiry can be stored.</summary>
    public Msat MaxSendable { get; }

    /// <param name="oneInterval">Net price of one interval in BTC, rounded up to a satoshi.</param>
    /// <param name="start">The later of expiry and now.</param>
    /// <param name="latest">Latest storable expiry.</param>
    public static Result<LnurlTerms> For(Msat oneInterval, BillingInterval interval, Instant start, Percent tax, Instant latest)
    {
        if (oneInterval.Value == 0)
            return Refusal.Invalid("Nothing to pay");
        if (interval.After(start, 1) is not { } end || start >= latest)
            return TooFar;
        var price = (BigInteger)oneInterval.Value;
        var seconds = end.SecondsSince(start);
        var min = UpToSat(GrossOf(Exact.Ceiling(price, seconds), tax));
        // The largest net that buys at most the storable seconds S: ⌊T·net/C⌋ ≤ S  ⇔  net < (S+1)·C/T.
        var mostNet = Exact.Ceiling((latest.SecondsSince(start) + 1) * price, seconds) - 1;
        var max = BigInteger.Min(Ceiling.Value, (GrossOf(mostNet + 1, tax) - 1) / Satoshis.MsatPerSat * Satoshis.MsatPerSat);
        return min > max ? TooFar : new LnurlTerms(oneInterval.Value, seconds, tax, new Msat((ulong)min), new Msat((ulong)max));
    }

    /// <summary>What an amount buys: net = ⌊A / (1 + t)⌋, seconds = ⌊T × net / C⌋. Refused outside of min…max.</summary>
    public Result<LnurlTopUp> Buy(Msat amount)
    {
        if (amount.Value < MinSendable.Value)
            return Refusal.Invalid($"Amount must be greater than {MinSendable.Value}");
        if (amount.Value > MaxSendable.Value)
            return Refusal.Invalid($"Amount must be at most {MaxSendable.Value}");
        var (net, tax) = Taxes.Tax.TakenOutOf(amount.ToMoney(), _tax);
        return new LnurlTopUp(new Msat(net.Amount), new Msat(tax.Amount), (long)Exact.Floor((BigInteger)_seconds * net.Amount, _price));
    }

    /// <summary>The <c>metadata</c> text of a VM, whose hash the invoice carries.</summary>
    public static string Metadata(VmId vm) => $"[[\"text/plain\",\"Extend VM {vm}\"]]";

    /// <summary>SHA-256 of the UTF-8 metadata: the invoice's description hash.</summary>
    public static Bytes32 MetadataHash(VmId vm) => new(SHA256.HashData(Encoding.UTF8.GetBytes(Metadata(vm))));

    static Refusal TooFar => Refusal.Because(ErrorCode.TooFarAhead, "The expiry would lie too far in the future");

    /// <summary>The smallest gross amount with at least this net: ⌈net × (1 + t)⌉.</summary>
    static BigInteger GrossOf(BigInteger net, Percent tax)
    {
        var (share, whole) = tax.Fraction;
        return Exact.Ceiling(net * (whole + share), whole);
    }

    static BigInteger UpToSat(BigInteger msat) => Exact.Ceiling(msat, Satoshis.MsatPerSat) * Satoshis.MsatPerSat;
}
