using Lnvps.Core.Workflows;
using Lnvps.Database.Workflows;
using Lnvps.Platform.Payments;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Workflows;

/// <summary>The workflows of VMs, for the engine and for those who ask for them. At most one runs on a VM at a time.</summary>
public sealed class VmWorkflows
{
    public VmWorkflows(Workbench bench)
    {
        Create = new CreateVm(bench).Definition;
        Delete = new DeleteVm(bench, Create, new WithdrawPayments(bench.Providers).Definition).Definition;
        Reinstall = new ReinstallVm(bench).Definition;
        Start = new StartVm(bench).Definition;
        Stop = new StopVm(bench).Definition;
        Restart = new RestartVm(bench).Definition;
        Configure = new ConfigureVm(bench).Definition;
        Upgrade = new UpgradeVm(bench, Start).Definition;
    }

    public Workflow<CreateVmInput> Create { get; }

    public Workflow<DeleteVmInput> Delete { get; }

    public Workflow<ReinstallVmInput> Reinstall { get; }

    public Workflow<VmPowerInput> Start { get; }

    public Workflow<VmPowerInput> Stop { get; }

    public Workflow<VmPowerInput> Restart { get; }

    public Workflow<ConfigureVmInput> Configure { get; }

    public Workflow<UpgradeVmInput> Upgrade { get; }

    public IReadOnlyList<WorkflowDefinition> All => [Create, Delete, Reinstall, Start, Stop, Restart, Configure, Upgrade];

    /// <summary>Those that an engine may work on. In read-only mode nothing is made, re-installed, resized or removed on hosts; what was asked for waits.</summary>
    public IReadOnlyList<WorkflowDefinition> Allowed(bool readOnly) => readOnly ? [Start, Stop, Restart, Configure] : All;

    /// <summary>Name of the step that an open workflow is at; null for one that has ended or waits for its turn.</summary>
    public string? CurrentStep(WorkflowRow workflow) =>
        workflow.State is WorkflowState.Running or WorkflowState.Undoing && All.FirstOrDefault(definition => definition.Kind == workflow.Kind) is { } definition
            ? definition.Steps[(int)workflow.Step].Name
            : null;
}
