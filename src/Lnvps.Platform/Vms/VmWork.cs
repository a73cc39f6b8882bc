using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Core.Workflows;
using Lnvps.Database.Payments;
using Lnvps.Database.Sessions;
using Lnvps.Database.Vms;
using Lnvps.Database.Workflows;
using Lnvps.Platform.Payments;
using Lnvps.Platform.Workflows;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Vms;

public enum PowerChange { Start, Stop, Restart }

/// <summary>Work that was asked for.</summary>
/// <param name="Workflow">Null when there is nothing to do.</param>
/// <param name="IsAwaited">Whether the caller is answered at its end.</param>
public readonly record struct Begun(WorkflowId? Workflow, bool IsAwaited = true);

/// <summary>Asks for the slow work on a VM, inside the transaction of the decision that it follows from.</summary>
public sealed class VmWork(Shop shop, WorkflowStore store, VmWorkflows workflows)
{
    readonly Workflow<WithdrawPaymentsInput> _withdraw = new WithdrawPayments(shop.Providers).Definition;

    /// <summary>How much work may wait for its turn on one VM before its owner may not add to it.</summary>
    const int MostOpen = 10;

    /// <summary>Longest that a request waits; the work goes on.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    /// <summary>
    /// Starts, stops or restarts. A paid VM that was never built is built instead; stopping one that does not exist is done already. 409 when too much waits for its turn.
    /// </summary>
    public async Task<Result<Begun>> ChangePower(Session session, VmRow vm, PowerChange change, UserId by, CancellationToken stop)
    {
        var subject = Subject.Of(vm.Id);
        if (!await IsBuilt(session, vm.Id, stop))
        {
            return change == PowerChange.Stop
                ? new Begun(null)
                : new Begun(await store.EnqueueOnce(session, workflows.Create, subject, new CreateVmInput(), askedBy: null, stop), IsAwaited: false);
        }
        var workflow = change switch
        {
            PowerChange.Start => workflows.Start,
            PowerChange.Stop => workflows.Stop,
            _ => workflows.Restart,
        };
        // Whoever asks again for what was asked for last waits for that. Between other work nothing is left out, or the last word would not count.
        var open = await session.ListOpenWorkflows(subject, stop);
        if (await session.LockWaitingWorkflow(subject, workflow.Kind, stop) is { } waiting && open[^1].Id == waiting)
            return Made(session, waiting);
        if (open.Count >= MostOpen)
            return Refusal.Because(ErrorCode.Busy, "The VM has work of its own to do first, please try again later");
        return Made(session, await store.Enqueue(session, workflow, subject, new VmPowerInput(PowerCause.Owner, by), by, stop));
    }

    /// <summary>A fresh disk; 409 while the VM is being built or re-installed.</summary>
    public async Task<Result<Begun>> Reinstall(Session session, VmRow vm, ImageId image, UserId by, CancellationToken stop)
    {
        var subject = Subject.Of(vm.Id);
        var open = await session.ListOpenWorkflows(subject, stop);
        if (open.Exists(row => row.Kind is ReinstallVm.Kind or CreateVm.Kind) || !await IsBuilt(session, vm.Id, stop))
            return Refusal.Because(ErrorCode.Busy, "This VM is being built or re-installed already");
        return Made(session, await store.Enqueue(session, workflows.Reinstall, subject, new ReinstallVmInput(by, image), by, stop));
    }

    /// <summary>Applies the stored configuration to the host, where the VM exists on one.</summary>
    public async Task<Begun> Configure(Session session, VmId vm, UserId by, CancellationToken stop) =>
        await IsBuilt(session, vm, stop)
            ? Made(session, await store.EnqueueOnce(session, workflows.Configure, Subject.Of(vm), new ConfigureVmInput(), by, stop))
            : new Begun(null);

    /// <summary>What follows a payment, in the transaction that completes it (billing.md section 18, provisioning.md section 17.7).</summary>
    public async Task AfterPayment(Session session, VmRow vm, VmPaymentRow payment, CompletionEffect effect, CancellationToken stop)
    {
        var now = shop.Clock.Now;
        var subject = Subject.Of(vm.Id);
        switch (effect)
        {
            case CompletionEffect.MoneyToReturn:
                await TellOfLatePayment(session, vm, payment, "The VM is gone for good; we will be in touch about your money.", now, stop);
                return;
            case CompletionEffect.Revived:
                await session.ClearVmProgress(vm.Id, stop);
                await TellOfLatePayment(session, vm, payment, "The VM comes back with the same number, an empty disk and new addresses.", now, stop);
                break;
        }
        // Before the machine is made, if it is to be: then it is made in the new size.
        if (payment.PaymentType == VmPaymentKind.Upgrade)
            await Upgrade(session, vm, payment, now, stop);
        var progress = await session.GetVmProgress(vm.Id, stop);
        if (payment.PaymentType == VmPaymentKind.Upgrade && effect == CompletionEffect.Applied)
            return;
        if (progress.StoppedByExpiry)
            await store.EnqueueOnce(session, workflows.Start, subject, new VmPowerInput(PowerCause.Expiry, By: null), askedBy: null, stop);
        else if (effect == CompletionEffect.Revived || !await IsBuilt(session, vm.Id, stop))
            await store.EnqueueOnce(session, workflows.Create, subject, new CreateVmInput(), askedBy: null, stop);
    }

    /// <summary>Ends a VM's open offers of some kinds, its row being locked.</summary>
    public Task Withdraw(Session session, VmId vm, IEnumerable<VmPaymentKind> kinds, Instant now, CancellationToken stop) =>
        WithdrawPayments.Ask(session, store, _withdraw, vm, kinds, now, stop);

    async Task Upgrade(Session session, VmRow vm, VmPaymentRow payment, Instant now, CancellationToken stop)
    {
        if (!UpgradeParams.TryParse(payment.UpgradeParams, out var wish))
        {
            await Tell("broken-upgrade", $"Upgrade of VM {vm.Id} cannot be read", "whose new size cannot be read. Apply it by hand or return the money.");
            return;
        }
        var (outcome, growth) = await SoldSize.Raise(session, vm, wish, now, stop);
        switch (outcome)
        {
            case SizeRaise.Raised:
                await store.Enqueue(session, workflows.Upgrade, Subject.Of(vm.Id), UpgradeVmInput.Of(payment.Id, growth), askedBy: null, stop);
                break;
            case SizeRaise.NothingGrows:
                await Tell("idle-upgrade", $"Upgrade of VM {vm.Id} raises nothing", "that the VM has already. Its money is to be returned.");
                break;
            case SizeRaise.NoPricing:
                await Tell("unpriced-upgrade", $"Upgrade of VM {vm.Id} cannot be applied",
                    "but its region has no custom pricing with such a disk any more. Make one and apply the upgrade by hand, or return the money.");
                break;
        }

        Task Tell(string key, string title, string problem) => Notifications.Notifications.QueueForOperators(session, $"{key}/{payment.Id}", title,
            $"Payment {payment.Id} ({PaymentText.Charged(payment)}) of user {vm.UserId} is for an upgrade of VM {vm.Id} {problem}", now, stop);
    }

    /// <summary>
    /// Waits for the end: null when it succeeded or still goes on, a neutral 500 when it failed. Work that came too late, because the VM expired or went meanwhile,
    /// is refused as it would have been at once.
    /// </summary>
    public async Task<Refusal?> WaitFor(Begun begun, CancellationToken stop)
    {
        if (begun is not { Workflow: { } id, IsAwaited: true })
            return null;
        var row = await store.WaitForEnd(shop.Db, id, Patience, stop);
        return row switch
        {
            null or { State: WorkflowState.Succeeded } => null,
            { ErrorCode: PowerRules.NotActiveCode } => Refusal.PaymentRequired("This VM is expired or was never paid"),
            // Only deletion takes precedence over other work.
            { ErrorCode: PowerRules.DeletedCode or Failure.Interrupted } => Refusal.NotFound("VM not found"),
            { ErrorCode: PowerRules.NotReadyCode } => Refusal.Because(ErrorCode.Busy, "This VM is not ready for this"),
            _ => Refusal.Because(ErrorCode.HostFailed, row.ErrorText ?? "The host could not do this, please try again"),
        };
    }

    static Begun Made(Session session, WorkflowId id)
    {
        session.Made(id.ToString());
        return new Begun(id);
    }

    static async Task<bool> IsBuilt(Session session, VmId vm, CancellationToken stop) => (await session.FindVmDetails(vm, stop))?.Provisioned ?? false;

    static async Task TellOfLatePayment(Session session, VmRow vm, VmPaymentRow payment, string what, Instant now, CancellationToken stop)
    {
        var key = $"late-payment/{payment.Id}";
        await Notifications.Notifications.Queue(session, vm.UserId, key, $"[VM{vm.Id}] Late Payment", $"Your payment for VM {vm.Id} arrived after it was deleted. {what}", now, stop);
        await Notifications.Notifications.QueueForOperators(session, key, $"Payment for deleted VM {vm.Id}",
            $"Payment {payment.Id} ({payment.PaymentMethod}, {PaymentText.Charged(payment)}) arrived for the deleted VM {vm.Id} of user {vm.UserId}. {what}",
            now, stop);
    }
}
