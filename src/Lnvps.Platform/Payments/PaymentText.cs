using Lnvps.Core.Money;
using Lnvps.Database.Payments;
using Lnvps.Database.Subscriptions;

namespace Lnvps.Platform.Payments;

/// <summary>Payments in messages to operators.</summary>
static class PaymentText
{
    /// <summary>What the payer paid, tax and fee included: <c>BTC 0.00002632</c>.</summary>
    public static string Charged(VmPaymentRow payment) => Charged(payment.Amount + payment.Tax + payment.ProcessingFee, payment.Currency);

    /// <inheritdoc cref="Charged(VmPaymentRow)"/>
    public static string Charged(SubscriptionPaymentRow payment) => Charged(payment.Amount + payment.Tax + payment.ProcessingFee, payment.Currency);

    static string Charged(ulong sum, string currency) =>
        Currencies.TryParse(currency, out var known) ? new Money(sum, known).ToText() : $"{sum} smallest units of {currency}";
}
