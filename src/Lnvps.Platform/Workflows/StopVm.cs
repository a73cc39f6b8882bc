using Lnvps.Core.Vms;
using Lnvps.Database.Vms;
using Lnvps.Platform.Notifications;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Workflows;

/// <summary>Stops a VM and returns when it is off (provisioning.md section 9.2); one that is off or was never made is a success.</summary>
public sealed class StopVm(Workbench bench)
{
    public const string Kind = "stop-vm";

    public Workflow<VmPowerInput> Definition => Workflow.For<VmPowerInput>(Kind, deadline: TimeSpan.FromMinutes(10))
        .NoReturn() // A machine that is off stays off.
        .Step("stop", Stop);

    async Task<Done> Stop(Run<VmPowerInput> run, CancellationToken stop)
    {
        var record = await bench.Load(run.Vm, stop);
        if (record.Vm.Deleted)
            throw PowerRules.Deleted;
        var expiry = run.Input.Cause == PowerCause.Expiry;
        if (!record.IsProvisioned || expiry && !record.Times.IsExpired(bench.Clock.Now))
            return Done.Enough;
        await bench.HostOf(record).Stop(run.Vm, stop);
        await bench.Observe(record, stop);
        return Done.By(async (session, token) =>
        {
            await bench.KeepProvisioned(session, record, token);
            await session.SetStoppedByExpiry(run.Vm, expiry, token);
            if (expiry)
                return;
            await session.AppendHistory(PowerRules.Entry(VmHistory.Stopped(run.Vm, run.Input.By), run.Input), bench.Clock.Now, token);
            if (run.Input.Cause == PowerCause.Operator)
                await VmMessages.StoppedByOperator(session, record.Vm.Id, record.Vm.UserId, run.Id, bench.Clock.Now, token);
        });
    }
}
