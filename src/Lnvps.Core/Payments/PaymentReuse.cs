using Lnvps.Core.Identity;
using Lnvps.Core.Time;

namespace Lnvps.Core.Payments;

/// <summary>An unpaid payment of a VM, as far as reuse is concerned.</summary>
/// <param name="TimeValue">Seconds it adds.</param>
/// <param name="WalletAsked">A wallet was asked to pay its invoice.</param>
public sealed record PendingPayment(
    PaymentId Id, PaymentMethod Method, VmPaymentKind Kind, Instant Created, Instant Expires, long TimeValue, bool WalletAsked);

/// <summary>Which open payment answers a renewal request instead of a new one (billing.md section 10.3).</summary>
public static class PaymentReuse
{
    /// <summary>Validity that must be left, so that nobody is handed an invoice about to lapse.</summary>
    public const long LeastSecondsLeft = 60;

    /// <summary>
    /// The newest open renewal of the same method and exactly the same seconds with at least 60 s left (any time left, once a wallet was asked to pay
    /// it); null = make a new one. Upgrades are never reused.
    /// </summary>
    public static PendingPayment? Find(IEnumerable<PendingPayment> unpaid, PaymentMethod method, long timeValue, Instant now) => unpaid
        .Where(payment => payment.Kind == VmPaymentKind.Renewal && payment.Method == method && payment.TimeValue == timeValue)
        .Where(payment => payment.Expires.SecondsSince(now) >= (payment.WalletAsked ? 1 : LeastSecondsLeft))
        .MaxBy(payment => payment.Created);
}
