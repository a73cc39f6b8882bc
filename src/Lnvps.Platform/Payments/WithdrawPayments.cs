using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Core.Workflows;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Payments;

/// <param name="Id">In hex.</param>
public sealed record WithdrawnPayment(string Id, PaymentMethod Method, string? ExternalId);

public sealed record WithdrawPaymentsInput(IReadOnlyList<WithdrawnPayment> Payments);

/// <summary>
/// Cancels at their providers the offers that a settled payment ended (billing.md sections 16 and 18). They have lapsed in the database already; one that is paid all the
/// same is credited.
/// </summary>
public sealed class WithdrawPayments(Shop shop)
{
    public const string Kind = "withdraw-payments";

    public Workflow<WithdrawPaymentsInput> Definition => Workflow.For<WithdrawPaymentsInput>(Kind, deadline: TimeSpan.FromHours(1))
        .NoReturn()
        .Retrying(RetryPolicy.Stubborn)
        .Step("cancel at the providers", Cancel);

    /// <summary>Offers for one VM are withdrawn one lot after the other, beside whatever is done to the machine.</summary>
    public static Subject Of(VmId vm) => new("vm-payments", vm.Value);

    async Task<Done> Cancel(Run<WithdrawPaymentsInput> run, CancellationToken stop)
    {
        foreach (var payment in run.Input.Payments)
        {
            if (shop.Providers.Find(payment.Method) is { } provider && PaymentId.TryParse(payment.Id, out var id))
                await provider.Cancel(id, payment.ExternalId, stop);
        }
        return Done.Nothing;
    }
}
