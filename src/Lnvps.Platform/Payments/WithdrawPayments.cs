using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Core.Workflows;
using Lnvps.Database.Payments;
using Lnvps.Database.Sessions;
using Lnvps.Platform.Payments.Providers;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Payments;

/// <param name="Id">In hex.</param>
public sealed record WithdrawnPayment(string Id, PaymentMethod Method, string? ExternalId);

public sealed record WithdrawPaymentsInput(IReadOnlyList<WithdrawnPayment> Payments);

/// <summary>
/// Cancels at their providers the offers that a settled payment ended, or that nobody is to pay any more because the VM goes (billing.md sections 16 and 18). They have
/// lapsed in the database already; one that is paid all the same is credited.
/// </summary>
public sealed class WithdrawPayments(PaymentProviders providers)
{
    public const string Kind = "withdraw-payments";

    public Workflow<WithdrawPaymentsInput> Definition => Workflow.For<WithdrawPaymentsInput>(Kind, deadline: TimeSpan.FromHours(1))
        .NoReturn()
        .Retrying(RetryPolicy.Stubborn)
        .Step("cancel at the providers", Cancel);

    /// <summary>Offers for one VM are withdrawn one lot after the other, beside whatever is done to the machine.</summary>
    public static Subject Of(VmId vm) => new("vm-payments", vm.Value);

    /// <summary>Ends a VM's open offers of some kinds, its row being locked, and has them cancelled where they were made.</summary>
    internal static async Task Ask(
        Session session, WorkflowStore store, Workflow<WithdrawPaymentsInput> withdraw, VmId vm, IEnumerable<VmPaymentKind> kinds, Instant now, CancellationToken stop)
    {
        var ended = new List<WithdrawnPayment>();
        foreach (var kind in kinds)
            ended.AddRange((await session.WithdrawOpen(vm, kind, now, stop)).Select(payment => new WithdrawnPayment(payment.Id.ToString(), payment.PaymentMethod, payment.ExternalId)));
        if (ended.Count > 0)
            await store.Enqueue(session, withdraw, Of(vm), new WithdrawPaymentsInput(ended), askedBy: null, stop);
    }

    async Task<Done> Cancel(Run<WithdrawPaymentsInput> run, CancellationToken stop)
    {
        foreach (var payment in run.Input.Payments)
        {
            if (providers.Find(payment.Method) is { } provider && PaymentId.TryParse(payment.Id, out var id))
                await provider.Cancel(id, payment.ExternalId, stop);
        }
        return Done.Nothing;
    }
}
