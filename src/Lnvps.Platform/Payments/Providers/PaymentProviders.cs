using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;

namespace Lnvps.Platform.Payments.Providers;

/// <summary>The providers of this installation, at most one for each method.</summary>
public sealed class PaymentProviders(IReadOnlyList<IPaymentProvider> providers)
{
    /// <summary>400 for a method that is not configured, 501 for one that is a name only.</summary>
    public Result<IPaymentProvider> For(PaymentMethod method) => Find(method) switch
    {
        { } provider => new Result<IPaymentProvider>(provider),
        null when method is PaymentMethod.PayPal or PaymentMethod.Stripe => Refusal.NotOffered($"Payment method {method.ToString().ToLowerInvariant()} is not offered"),
        null => Refusal.Because(ErrorCode.PaymentMethodUnusable, $"{method} not configured"),
    };

    /// <summary>Null when the method is not configured.</summary>
    public IPaymentProvider? Find(PaymentMethod method) => providers.FirstOrDefault(provider => provider.Method == method);
}
