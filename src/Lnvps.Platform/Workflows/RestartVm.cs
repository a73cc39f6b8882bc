using Lnvps.Core.Vms;
using Lnvps.Database.Vms;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Workflows;

/// <summary>Resets a paid VM; one that is off is started (provisioning.md section 9.2).</summary>
public sealed class RestartVm(Workbench bench)
{
    public const string Kind = "restart-vm";

    public Workflow<VmPowerInput> Definition => Workflow.For<VmPowerInput>(Kind, deadline: TimeSpan.FromMinutes(5))
        .NoReturn()
        .Step("restart", Restart);

    async Task<Done> Restart(Run<VmPowerInput> run, CancellationToken stop)
    {
        var record = await bench.Load(run.Vm, stop);
        if (PowerRules.MustNotRun(record, bench.Clock.Now) is { } reason)
            throw reason;
        if (!record.IsProvisioned)
            return Done.Enough;
        await bench.HostOf(record).Reset(run.Vm, stop);
        await bench.Observe(record, stop);
        return Done.By(async (session, token) =>
        {
            await bench.KeepProvisioned(session, record, token);
            await session.SetStoppedByExpiry(run.Vm, false, token);
            await session.AppendHistory(PowerRules.Entry(VmHistory.Restarted(run.Vm, run.Input.By ?? record.Vm.UserId), run.Input), bench.Clock.Now, token);
        });
    }
}
