using Lnvps.Lightning.Nodes;
using Lnvps.Platform.Refunds;
using Lnvps.Platform.Workflows;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Payments;

/// <summary>The workflows of money, for the engine and for those who ask for them; read-only mode does not hold them up.</summary>
public sealed class PaymentWorkflows(Shop shop, WorkflowStore store, VmWorkflows vms)
{
    public Workflow<WithdrawPaymentsInput> Withdraw { get; } = new WithdrawPayments(shop.Providers).Definition;

    /// <summary>Null when the node only takes money.</summary>
    public Workflow<RefundVmInput>? Refund { get; } =
        shop.Node is ILightningPayer payer ? new RefundVm(shop, payer, store, vms.Delete, new WithdrawPayments(shop.Providers).Definition).Definition : null;

    public IReadOnlyList<WorkflowDefinition> All => Refund is null ? [Withdraw] : [Withdraw, Refund];
}
