using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Workflows;

/// <summary>Nothing needs to be said beyond which VM it is.</summary>
public sealed record ConfigureVmInput;

/// <summary>Makes the host's definition of a VM equal to what the shop knows of it (provisioning.md section 9.5); the disk's content is not touched.</summary>
public sealed class ConfigureVm(Workbench bench)
{
    public const string Kind = "configure-vm";

    public Workflow<ConfigureVmInput> Definition => Workflow.For<ConfigureVmInput>(Kind, deadline: TimeSpan.FromMinutes(10))
        .NoReturn()
        .Step("define machine", Define);

    async Task<Done> Define(Run<ConfigureVmInput> run, CancellationToken stop)
    {
        var record = await bench.Load(run.Vm, stop);
        if (record.Vm.Deleted || !record.IsProvisioned)
            return Done.Enough;
        await bench.HostOf(record).Define(record.ToMachine(), stop);
        return Done.Nothing;
    }
}
