using Lnvps.Core.Vms;
using Lnvps.Database.Vms;
using Lnvps.Hosting.Hosts;
using Lnvps.Platform.Notifications;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Workflows;

/// <summary>Starts a paid VM (provisioning.md section 9.2); one that runs is a success, one that was not made yet is left to its making.</summary>
public sealed class StartVm(Workbench bench)
{
    public const string Kind = "start-vm";

    static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    public Workflow<VmPowerInput> Definition => Workflow.For<VmPowerInput>(Kind, deadline: TimeSpan.FromMinutes(5))
        .NoReturn() // Starting takes nothing that would have to be given back.
        .Step("start", Start)
        .Step("wait until it runs", WaitUntilRunning, patience: TimeSpan.FromMinutes(1));

    async Task<Done> Start(Run<VmPowerInput> run, CancellationToken stop)
    {
        var record = await bench.Load(run.Vm, stop);
        if (PowerRules.MustNotRun(record, bench.Clock.Now) is { } reason)
            throw reason;
        if (!record.IsProvisioned || run.Input.Cause == PowerCause.Expiry && !record.Progress.StoppedByExpiry)
            return Done.Enough;
        await bench.HostOf(record).Start(run.Vm, stop);
        return Done.Nothing;
    }

    async Task<Done> WaitUntilRunning(Run<VmPowerInput> run, CancellationToken stop)
    {
        var record = await bench.Load(run.Vm, stop);
        if (await bench.Observe(record, stop) is not { Power: MachinePower.Running })
            return Done.NotYet(LookAgain);
        return Done.By(async (session, token) =>
        {
            await bench.KeepProvisioned(session, record, token);
            await session.SetStoppedByExpiry(run.Vm, false, token);
            if (run.Input.Cause == PowerCause.Upgrade)
                return;
            await session.AppendHistory(PowerRules.Entry(VmHistory.Started(run.Vm, run.Input.By), run.Input), bench.Clock.Now, token);
            if (run.Input.Cause == PowerCause.Operator)
                await VmMessages.StartedByOperator(session, record.Vm.Id, record.Vm.UserId, run.Id, bench.Clock.Now, token);
        });
    }
}
