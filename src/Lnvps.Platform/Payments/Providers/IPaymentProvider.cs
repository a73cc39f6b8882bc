using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Database.Sessions;

namespace Lnvps.Platform.Payments.Providers;

/// <summary>Who takes the money of one payment method. Calls of the provider may throw <see cref="OutsideFault"/>.</summary>
public interface IPaymentProvider
{
    PaymentMethod Method { get; }

    /// <summary>How long what it makes can be paid.</summary>
    TimeSpan Lifetime { get; }

    /// <summary>What it keeps of a company's new payments; 400 when the company does not take this method.</summary>
    Task<Result<FeeTerms>> Terms(Session session, CompanyId company, CancellationToken stop);

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
