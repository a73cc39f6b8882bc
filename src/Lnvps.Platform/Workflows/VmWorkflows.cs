using Lnvps.Core.Workflows;
using Lnvps.Database.Workflows;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Workflows;

/// <summary>The workflows of VMs, for the engine and for those who ask for them. At most one runs on a VM at a time.</summary>
public sealed class VmWorkflows(Workbench bench)
{
    public Workflow<CreateVmInput> Create { get; } = new CreateVm(bench).Definition;

    public Workflow<DeleteVmInput> Delete { get; } = new DeleteVm(bench).Definition;

    public Workflow<ReinstallVmInput> Reinstall { get; } = new ReinstallVm(bench).Definition;

    public Workflow<VmPowerInput> Start { get; } = new StartVm(bench).Definition;

    public Workflow<VmPowerInput> Stop { get; } = new StopVm(bench).Definition;

    public Workflow<VmPowerInput> Restart { get; } = new RestartVm(bench).Definition;

    public Workflow<ConfigureVmInput> Configure { get; } = new ConfigureVm(bench).Definition;

    public Workflow<UpgradeVmInput> Upgrade { get; } = new UpgradeVm(bench).Definition;

    public IReadOnlyList<WorkflowDefinition> All => [Create, Delete, Reinstall, Start, Stop, Restart, Configure, Upgrade];

    /// <summary>Those that an engine may work on. In read-only mode nothing is made, re-installed, resized or removed on hosts; what was asked for waits.</summary>
    public IReadOnlyList<WorkflowDefinition> Allowed(bool readOnly) => readOnly ? [Start, Stop, Restart, Configure] : All;

    /// <summary>Name of the step that an open workflow is at; null for one that has ended or waits for its turn.</summary>
    public string? CurrentStep(WorkflowRow workflow) =>
        workflow.State is WorkflowState.Running or WorkflowState.Undoing && All.FirstOrDefault(definition => definition.Kind == workflow.Kind) is { } definition
            ? definition.Steps[(int)workflow.Step].Name
            : null;
}
