using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Payments;

/// <summary>The workflows of money, for the engine and for those who ask for them; read-only mode does not hold them up.</summary>
public sealed class PaymentWorkflows(Shop shop)
{
    public Workflow<WithdrawPaymentsInput> Withdraw { get; } = new WithdrawPayments(shop).Definition;

    public IReadOnlyList<WorkflowDefinition> All => [Withdraw];
}
