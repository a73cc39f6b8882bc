using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Core.Workflows;
using Lnvps.Database.Addresses;
using Lnvps.Database.Hosts;
using Lnvps.Database.Payments;
using Lnvps.Database.Sessions;
using Lnvps.Database.Vms;
using Lnvps.Platform.Notifications;
using Lnvps.Platform.Payments;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Workflows;

/// <summary>Why a VM is deleted; it decides under what condition, and who is told.</summary>
public enum DeletionCause
{
    /// <summary>An order that was never paid: no history, no notice.</summary>
    Unpaid,
    /// <summary>Its grace period is over.</summary>
    GraceOver,
    /// <summary>An operator wants it.</summary>
    Operator,
    /// <summary>It is deleted already, but its host still has something of it.</summary>
    Leftover,
}

/// <param name="Expires">The expiry that was seen when the deletion was asked for; a payment since then prevents it: time that is paid for is never lost.</param>
/// <param name="Operator">Who wants it, where an operator does.</param>
public sealed record DeleteVmInput(DeletionCause Cause, Instant Expires, string? Reason = null, UserId? Operator = null);

/// <summary>
/// Removes a VM from its host and frees its addresses (provisioning.md section 9.1). Nothing is released before the host has said that the machine is gone. Every
/// step can be repeated and none is taken back.
/// </summary>
/// <param name="create">For a VM that was paid while it was being removed.</param>
/// <param name="withdraw">For offers that are open when an operator removes a VM.</param>
public sealed class DeleteVm(Workbench bench, Workflow<CreateVmInput> create, Workflow<WithdrawPaymentsInput> withdraw)
{
    public const string Kind = "delete-vm";

    public Workflow<DeleteVmInput> Definition => Workflow.For<DeleteVmInput>(Kind, deadline: TimeSpan.FromHours(1))
        .Step("decide", Decide)
        .NoReturn()
        .Retrying(RetryPolicy.Stubborn)
        .Step("remove machine", RemoveMachine)
        .Step("release addresses", ReleaseAddresses)
        .Step("close the books", CloseTheBooks)
        .Interrupting(CreateVm.Kind, ReinstallVm.Kind, StartVm.Kind, StopVm.Kind, RestartVm.Kind, ConfigureVm.Kind, UpgradeVm.Kind)
        .AlertingAs(run => $"VM {run.Vm} Deletion Failed");

    /// <summary>Looks once more, under the lock of the row that a payment also takes, and makes the intent durable: from here on nobody makes the VM again.</summary>
    Task<Done> Decide(Run<DeleteVmInput> run, CancellationToken stop) => Task.FromResult(Done.Decide(async (session, token) =>
    {
        if (await session.LockVm(run.Vm, token) is not { } vm)
            return Done.Enough;
        if (!await IsDue(session, vm, run.Input, token))
            return await Decline(session, run, vm, token);
        if (run.Input.Cause == DeletionCause.Operator)
        {
            if (vm.Expires > run.Input.Expires)
            {
                await VmMessages.NotDeleted(session, vm, bench.Clock.Now, token);
                return await Decline(session, run, vm, token);
            }
            await Withdraw(session, run.Vm, token);
        }
        if (!vm.Deleted)
            await session.BeginVmWork(run.Vm, UnfinishedWork.Deleting, (await session.GetVmProgress(run.Vm, token)).OnHost, token);
        return Done.Nothing;
    }));

    /// <summary>What gave way to this deletion, such as an upgrade that was paid, goes on when the VM lives on.</summary>
    async Task<Done> Decline(Session session, Run run, VmRow vm, CancellationToken stop)
    {
        if (!vm.Deleted)
            await bench.Asking.RestartInterrupted(session, run.Id, stop);
        return Done.Enough;
    }

    async Task<bool> IsDue(Session session, VmRow vm, DeleteVmInput input, CancellationToken stop) => input.Cause switch
    {
        DeletionCause.Leftover => vm.Deleted,
        DeletionCause.Operator => !vm.Deleted,
        DeletionCause.Unpaid => !vm.Deleted && vm.Created == vm.Expires && !await session.HasOpenPayment(vm.Id, bench.Clock.Now, stop),
        _ => !vm.Deleted && vm.Expires == input.Expires && vm.Expires <= bench.Clock.Now && !await session.HasOpenPayment(vm.Id, bench.Clock.Now, stop),
    };

    /// <summary>Nobody is to pay for a VM that an operator removes. For the other causes no offer is open, or what is paid brings the VM back.</summary>
    Task Withdraw(Session session, VmId vm, CancellationToken stop) =>
        WithdrawPayments.Ask(session, bench.Asking, withdraw, vm, [VmPaymentKind.Renewal, VmPaymentKind.Upgrade], bench.Clock.Now, stop);

    async Task<Done> RemoveMachine(Run<DeleteVmInput> run, CancellationToken stop)
    {
        var hosts = await bench.Db.Read(async session =>
        {
            var vm = await session.FindVm(run.Vm, stop) ?? throw new WorkflowFailure("no-vm", "The VM does not exist");
            var progress = await session.GetVmProgress(run.Vm, stop);
            var ids = new[] { vm.HostId, progress.OnHost ?? vm.HostId }.Distinct();
            var rows = new List<HostRow>();
            foreach (var id in ids)
                rows.Add(await session.FindHost(id, stop) ?? throw new WorkflowFailure("broken", "The VM's data is incomplete", $"No host {id}"));
            return rows;
        }, stop);
        foreach (var host in hosts)
            await bench.Hosts.For(host).Delete(run.Vm, stop);
        bench.States.Remove(run.Vm);
        return Done.Nothing;
    }

    Task<Done> ReleaseAddresses(Run<DeleteVmInput> run, CancellationToken stop) => Task.FromResult(Done.By(async (session, token) =>
    {
        await session.LockVm(run.Vm, token);
        var live = await session.ListAssignments(run.Vm, token);
        await session.FreeAssignments(run.Vm, token);
        await bench.Addresses.Freed(session, live.Select(row => row.IpRangeId), token);
    }));

    Task<Done> CloseTheBooks(Run<DeleteVmInput> run, CancellationToken stop) => Task.FromResult(Done.By(async (session, token) =>
    {
        var now = bench.Clock.Now;
        if (await session.LockVm(run.Vm, token) is not { Deleted: false } vm)
            return;
        await session.FreeAssignments(run.Vm, token);
        await session.ClearVmProgress(run.Vm, token);
        // Paid while it was being removed: it lives on and is made anew (section 17.7). What an operator removes may have had time left before.
        if (vm.Expires > now && (run.Input.Cause != DeletionCause.Operator || vm.Expires > run.Input.Expires))
        {
            await session.SetVmMac(run.Vm, Core.Network.MacAddress.Unassigned, token);
            await VmMessages.PaidWhileRemoved(session, vm, now, token);
            await bench.Asking.EnqueueOnce(session, create, run.Subject, new CreateVmInput(), askedBy: null, token);
            return;
        }
        if (run.Input.Cause == DeletionCause.Operator)
            await Withdraw(session, run.Vm, token);
        await session.MarkVmDeleted(run.Vm, token);
        await session.ReleaseAllRoom(run.Vm, token);
        switch (run.Input.Cause)
        {
            case DeletionCause.Operator:
                await session.AppendHistory(VmHistory.Deleted(run.Vm, run.Input.Reason).ByAdmin(run.Input.Operator), now, token);
                await VmMessages.DeletedByOperator(session, vm, run.Input.Reason, now, token);
                break;
            case DeletionCause.GraceOver:
                await session.AppendHistory(VmHistory.Deleted(run.Vm, run.Input.Reason ?? "expired and exceeded grace period"), now, token);
                await VmMessages.DeletedAfterGrace(session, vm, now, token);
                break;
        }
    }));
}
