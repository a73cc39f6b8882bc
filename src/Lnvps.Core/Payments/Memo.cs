using System.Globalization;
using System.Text;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;

namespace Lnvps.Core.Payments;

/// <summary>Descriptions of invoices and orders (billing.md section 10.5), cut to what BOLT-11 can carry.</summary>
public static class Memo
{
    /// <summary>Largest BOLT-11 description in bytes of UTF-8.</summary>
    public const int MaxBytes = 639;

    /// <summary><c>VM renewal 5 to 2025-02-28 10:00:00 UTC</c>.</summary>
    public static string VmRenewal(VmId vm, Instant expiry) =>
        $"VM renewal {vm} to {expiry.ToDateTimeUtc().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)}";

    public static string VmUpgrade(VmId vm) => $"VM upgrade {vm}";

    public static string Subscription(SubscriptionPaymentKind kind, string name) =>
        Cut($"Subscription {(kind == SubscriptionPaymentKind.Purchase ? "purchase" : "renewal")}: {name}");

    /// <summary>The longest beginning of at most 639 bytes of UTF-8 that ends between two characters. Broken UTF-16 becomes the replacement character.</summary>
    public static string Cut(string text)
    {
        var kept = new StringBuilder(Math.Min(text.Length, MaxBytes));
        var bytes = 0;
        foreach (var character in text.EnumerateRunes())
        {
            bytes += character.Utf8SequenceLength;
            if (bytes > MaxBytes)
                break;
            kept.Append(character);
        }
        return kept.ToString();
    }
}
