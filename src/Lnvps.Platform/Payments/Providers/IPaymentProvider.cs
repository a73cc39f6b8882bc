using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Payments;

namespace Lnvps.Platform.Payments.Providers;

/// <summary>Who takes the money of one payment method. Every call may throw <see cref="Core.Outcomes.OutsideFault"/>.</summary>
public interface IPaymentProvider
{
    PaymentMethod Method { get; }

    /// <summary>How long what it makes can be paid.</summary>
    TimeSpan Lifetime { get; }

    /// <summary>Makes an invoice or order.</summary>
    /// <param name="company">Who sells.</param>
    /// <param name="total">Above zero, in a currency of the method.</param>
    /// <param name="memo">What the payer reads.</param>
    /// <param name="stop">Cancels the call; the order may exist all the same, and lapses.</param>
    Task<ProviderOrder> Create(CompanyId company, Money total, string memo, CancellationToken stop);

    /// <summary>Makes it unpayable; one that is paid, cancelled or unknown is left alone without error.</summary>
    Task Cancel(PaymentId id, string? externalId, CancellationToken stop);
}

/// <summary>What a provider made.</summary>
/// <param name="Id">Id of the payment that asks for it.</param>
/// <param name="ExternalId">The provider's own id, where it has one.</param>
/// <param name="Data">What the customer needs in order to pay: column <c>external_data</c>, before encryption.</param>
public sealed record ProviderOrder(PaymentId Id, string? ExternalId, string Data);
