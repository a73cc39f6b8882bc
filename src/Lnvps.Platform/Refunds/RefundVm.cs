using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Core.Workflows;
using Lnvps.Database.Refunds;
using Lnvps.Database.Sessions;
using Lnvps.Database.Vms;
using Lnvps.Lightning.Bolt11;
using Lnvps.Lightning.Nodes;
using Lnvps.Platform.Payments;
using Lnvps.Platform.Workflows;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Refunds;

/// <param name="Admin">Who wants it; null = not known.</param>
/// <param name="From">From when on the time is given back, as Unix seconds.</param>
/// <param name="Invoice">BOLT-11 text with an amount: where the money goes.</param>
public sealed record RefundVmInput(uint? Admin, long From, string? Reason, string Invoice);

/// <summary>
/// Gives back the money for unused time over Lightning and then removes the VM (billing.md section 17). Everything that can refuse does so first. The intent is
/// recorded before money moves, and forgotten only when the node says that it was not paid and will not be. Until then the workflow goes on, or is parked and
/// goes on when it is restarted: it asks the node before it pays again. A renewal that is paid meanwhile keeps its time, and the VM stays. Nothing in the program asks
/// for a refund yet: that is the administrators' interface (admin-api-1.md section 6.12), with <see cref="Of"/> as the subject.
/// </summary>
public sealed class RefundVm(Shop shop, ILightningPayer payer, WorkflowStore store, Workflow<DeleteVmInput> delete, Workflow<WithdrawPaymentsInput> withdraw)
{
    public const string Kind = "refund-vm";

    const string Recording = "record the intent";
    const string Paying = "pay";
    const string NotPaid = "not-paid";

    static readonly TimeSpan TimeToPay = TimeSpan.FromSeconds(60);
    static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(5), LastLook = TimeSpan.FromMinutes(10);

    /// <summary>A node holds a payment for two weeks of blocks at most, and then has to settle it on the chain.</summary>
    static readonly TimeSpan LongestOnItsWay = TimeSpan.FromDays(30);

    /// <summary>How long after its end nobody's clock takes an invoice for open any more, and no call of ours is still under way.</summary>
    static readonly TimeSpan Slack = TimeSpan.FromMinutes(10);

    /// <summary>Most that the way of the money may cost: a hundredth, at least 10 satoshi.</summary>
    const ulong FeeShare = 100, LeastFeeLimit = 10_000;

    public Workflow<RefundVmInput> Definition => Workflow.For<RefundVmInput>(Kind, deadline: TimeSpan.FromHours(1))
        .Step(Recording, RecordIntent)
        .NoReturn()
        .Retrying(RetryPolicy.Stubborn)
        .Step(Paying, Pay, patience: LongestOnItsWay)
        .Step("close the books", CloseTheBooks)
        .WhenFailed(Settle)
        .AlertingAs(run => $"Refund of VM {VmOf(run)} Failed");

    /// <summary>Refunds of one VM go one after the other, beside whatever is done to the machine: one can be on its way for long.</summary>
    public static Subject Of(VmId vm) => new("vm-refund", vm.Value);

    static VmId VmOf(Run run) => new(run.Subject.Id);

    /// <param name="Expires">Of the VM, as Unix seconds: until then its time is given back.</param>
    sealed record Intended(long Expires);

    sealed record Proof(string Preimage);

    async Task<Done> RecordIntent(Run<RefundVmInput> run, CancellationToken stop)
    {
        var invoice = Bolt11Decoder.Decode(run.Input.Invoice);
        if (!invoice.IsOk)
            throw new WorkflowFailure("bad-invoice", invoice.Refusal.Message);
        var (hash, amount) = (invoice.Value.PaymentHash, invoice.Value.Amount ?? throw new WorkflowFailure("no-amount", "The invoice has no amount"));
        if (invoice.Value.Network != await payer.Network(stop))
            throw new WorkflowFailure("other-network", "The invoice is for another network");
        var isKnown = await shop.Db.Read(session => session.FindRefund(hash, stop), stop) is not null;
        // Whoever else paid this invoice from our node, it was not this refund.
        if (!isKnown && (await payer.LookUpPayment(hash, stop)).State != OutgoingState.Unknown)
            throw new WorkflowFailure("paid-before", "The invoice was paid before");
        return Done.By((session, token) => RecordIntent(session, run, invoice.Value, amount, token));
    }

    async Task<Intended> RecordIntent(Session session, Run<RefundVmInput> run, Bolt11Invoice invoice, Msat amount, CancellationToken stop)
    {
        var now = shop.Clock.Now;
        var vm = await session.LockVm(VmOf(run), stop) ?? throw new WorkflowFailure("no-vm", "The VM does not exist");
        if (await session.FindRefund(invoice.PaymentHash, stop) is { } earlier)
        {
            if (earlier.WorkflowId == run.Id)
                return new Intended(vm.Expires.UnixSeconds);
            throw new WorkflowFailure("used-before", "The invoice belongs to another refund");
        }
        if (invoice.Expires <= now)
            throw new WorkflowFailure("lapsed", "The invoice has lapsed");
        var quote = await RefundQuote.Of(session, vm.Id, PaymentMethod.Lightning, new Instant(run.Input.From), shop.Rates.Current, invoice.PaymentHash, stop);
        if (!quote.IsOk)
        {
            throw quote.Refusal.Kind == RefusalKind.Unavailable
                ? OutsideFault.Transient(quote.Refusal.Message) // a rate comes back
                : new WorkflowFailure("refused", quote.Refusal.Message);
        }
        if (amount.Value == 0 || amount.Value > quote.Value.Amount.Amount)
            throw new WorkflowFailure("too-much", $"At most {quote.Value.Amount.Amount / Satoshis.MsatPerSat} satoshi can be refunded");
        await session.InsertRefund(new VmRefundRow
        {
            PaymentHash = invoice.PaymentHash,
            VmId = vm.Id,
            WorkflowId = run.Id,
            AdminUserId = run.Input.Admin is { } admin ? new UserId(admin) : null,
            Invoice = run.Input.Invoice,
            Amount = amount.Value,
            ListAmount = Listed(quote.Value, amount),
            ListCurrency = quote.Value.Listed.Currency.Code(),
            Reason = run.Input.Reason,
            RefundFrom = new Instant(run.Input.From),
            Created = now,
        }, stop);
        // It is about to go: nobody is to pay for it any more.
        await WithdrawPayments.Ask(session, store, withdraw, vm.Id, [VmPaymentKind.Renewal, VmPaymentKind.Upgrade], now, stop);
        return new Intended(vm.Expires.UnixSeconds);
    }

    /// <summary>The part of the listed sum that this amount is, rounded up, so that parts never add up to more than was paid.</summary>
    static ulong Listed(RefundQuote quote, Msat amount)
    {
        var part = ((UInt128)quote.Listed.Amount * amount.Value + quote.Amount.Amount - 1) / quote.Amount.Amount;
        return (ulong)UInt128.Min(part, quote.Listed.Amount);
    }

    async Task<Done> Pay(Run<RefundVmInput> run, CancellationToken stop)
    {
        var refund = await Intent(run, stop) ?? throw new WorkflowFailure("no-intent", "The refund was not recorded");
        try
        {
            return await Pay(run, refund, stop);
        }
        catch (OutsideFault fault) when (fault.IsTransient)
        {
            // As long as the node cannot be asked, nobody knows whether it has paid.
            return Later(refund);
        }
    }

    async Task<Done> Pay(Run<RefundVmInput> run, VmRefundRow refund, CancellationToken stop)
    {
        var outcome = await payer.LookUpPayment(refund.PaymentHash, stop);
        if (outcome.State is OutgoingState.Unknown or OutgoingState.Failed)
        {
            var lapses = Bolt11Decoder.Decode(refund.Invoice).Value.Expires;
            if (lapses.Plus(Slack) <= shop.Clock.Now)
                throw new WorkflowFailure(NotPaid, "The invoice has lapsed", $"The invoice for the refund of VM {VmOf(run)} has lapsed; the refund can be asked for with another");
            if (lapses <= shop.Clock.Now)
                return Later(refund);
            var limit = new Msat(Math.Max(refund.Amount / FeeShare, LeastFeeLimit));
            outcome = await payer.Pay(new PayOrder(refund.Invoice, limit, TimeToPay), stop);
        }
        return outcome.State switch
        {
            OutgoingState.Succeeded => Done.With(new Proof(outcome.Preimage!.Value.ToString())),
            OutgoingState.InFlight => Later(refund),
            _ => throw new WorkflowFailure(NotPaid, "The refund could not be paid", $"The node did not pay the refund of VM {VmOf(run)}: {outcome.Reason}"),
        };
    }

    /// <summary>The longer it takes the more rarely.</summary>
    Done Later(VmRefundRow refund) =>
        Done.NotYet(TimeSpan.FromSeconds(Math.Clamp(shop.Clock.Now.SecondsSince(refund.Created) / 10.0, FirstLook.TotalSeconds, LastLook.TotalSeconds)));

    async Task<Done> CloseTheBooks(Run<RefundVmInput> run, CancellationToken stop)
    {
        var refund = await Intent(run, stop) ?? throw new WorkflowFailure("no-intent", "The refund was not recorded");
        var proof = run.Result<Proof>(Paying) is { } paid && Bytes32.TryParseHex(paid.Preimage, out var preimage)
            ? preimage
            : throw new WorkflowFailure("no-proof", "The proof of payment is missing");
        return Done.By((session, token) => CloseTheBooks(session, run, refund, proof, token));
    }

    async Task CloseTheBooks(Session session, Run<RefundVmInput> run, VmRefundRow refund, Bytes32 preimage, CancellationToken stop)
    {
        var now = shop.Clock.Now;
        var vm = await session.LockVm(VmOf(run), stop) ?? throw new WorkflowFailure("no-vm", "The VM does not exist");
        if (!await session.MarkRefundPaid(refund.PaymentHash, preimage, now, stop))
            return;
        // What is left of the time that was given back goes; what was paid for since stays.
        var intended = run.Result<Intended>(Recording) is { } known ? new Instant(known.Expires) : vm.Expires;
        var isPaidSince = vm.Expires > intended;
        var shortened = vm.Expires.PlusSeconds(-Math.Max(0, intended.SecondsSince(Instant.Later(refund.RefundFrom, now))));
        // An expiry that is the moment of creation says that the VM was never paid for.
        var expires = Instant.Later(shortened, vm.Created.PlusSeconds(1));
        if (expires != vm.Expires)
            await session.SetVmExpires(vm.Id, expires, stop);
        await session.AppendHistory(VmHistory.ConfigurationChanged(vm.Snapshot, vm.Snapshot with { Expires = expires }, refund.AdminUserId,
            ChangeMetadata.Refunded(refund.AdminUserId, new Msat(refund.Amount), refund.PaymentHash, preimage, refund.Reason)), now, stop);
        if (isPaidSince)
        {
            await Notifications.Notifications.QueueForOperators(session, $"refunded-and-paid/{run.Id}", $"VM {vm.Id} was refunded and paid for again",
                $"A payment for VM {vm.Id} of user {vm.UserId} arrived while its refund was under way. The refund is paid; the VM stays until {expires}.", now, stop);
        }
        else if (!vm.Deleted)
        {
            await store.Enqueue(session, delete, Subject.Of(vm.Id),
                new DeleteVmInput(DeletionCause.Operator, expires, refund.Reason ?? "refunded", refund.AdminUserId), refund.AdminUserId, stop);
        }
    }

    Task<VmRefundRow?> Intent(Run<RefundVmInput> run, CancellationToken stop)
    {
        var hash = Bolt11Decoder.Decode(run.Input.Invoice).Then(invoice => invoice.PaymentHash);
        return hash.IsOk
            ? shop.Db.Read(async session => await session.FindRefund(hash.Value, stop) is { } row && row.WorkflowId == run.Id ? row : null, stop)
            : Task.FromResult<VmRefundRow?>(null);
    }

    async Task Settle(Run<RefundVmInput> run, Failure failure, Session session, CancellationToken stop)
    {
        // Paid but not recordable: the intent stays, and operators get the proof.
        if (run.Result<Proof>(Paying) is { } proof)
        {
            await Notifications.Notifications.QueueForOperators(session, $"refund-not-recorded/{run.Id}", $"Refund of VM {VmOf(run)} paid and not recorded",
                $"The refund of VM {VmOf(run)} was paid (preimage {proof.Preimage}), but could not be recorded. Workflow {run.Id} can be restarted.", shop.Clock.Now, stop);
        }
        else if (failure.Code == NotPaid && Bolt11Decoder.Decode(run.Input.Invoice) is { IsOk: true, Value: var invoice })
        {
            // The node's last word: nothing has moved and nothing will.
            await session.RemoveRefund(invoice.PaymentHash, run.Id, stop);
        }
    }
}
