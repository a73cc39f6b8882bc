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
/// goes on when it is restarted: it asks the node before it pays again.
/// </summary>
public sealed class RefundVm(Shop shop, ILightningPayer payer, WorkflowStore store, Workflow<DeleteVmInput> delete)
{
    public const string Kind = "refund-vm";

    const string Paying = "pay";
    const string NotPaid = "not-paid";

    static readonly TimeSpan TimeToPay = TimeSpan.FromSeconds(60);
    static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    /// <summary>Most that the way of the money may cost: a hundredth, at least 10 satoshi.</summary>
    const ulong FeeShare = 100, LeastFeeLimit = 10_000;

    public Workflow<RefundVmInput> Definition => Workflow.For<RefundVmInput>(Kind, deadline: TimeSpan.FromHours(1))
        .Step("record the intent", RecordIntent)
        .NoReturn()
        .Retrying(RetryPolicy.Stubborn)
        // A payment under way can be held up on its route for a day.
        .Step(Paying, Pay, patience: TimeSpan.FromHours(30))
        .Step("close the books", CloseTheBooks)
        .WhenFailed(Settle)
        .AlertingAs(run => $"Refund of VM {run.Vm} Failed");

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

    async Task RecordIntent(Session session, Run<RefundVmInput> run, Bolt11Invoice invoice, Msat amount, CancellationToken stop)
    {
        var now = shop.Clock.Now;
        var vm = await session.LockVm(run.Vm, stop) ?? throw new WorkflowFailure("no-vm", "The VM does not exist");
        if (await session.FindRefund(invoice.PaymentHash, stop) is { } earlier)
        {
            if (earlier.WorkflowId == run.Id)
                return;
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
        var outcome = await payer.LookUpPayment(refund.PaymentHash, stop);
        if (outcome.State is OutgoingState.Unknown or OutgoingState.Failed)
        {
            var limit = new Msat(Math.Max(refund.Amount / FeeShare, LeastFeeLimit));
            outcome = await payer.Pay(new PayOrder(refund.Invoice, limit, TimeToPay), stop);
        }
        return outcome.State switch
        {
            OutgoingState.Succeeded => Done.With(new Proof(outcome.Preimage!.Value.ToString())),
            OutgoingState.InFlight => Done.NotYet(LookAgain),
            _ => throw new WorkflowFailure(NotPaid, "The refund could not be paid", $"The node did not pay the refund of VM {run.Vm}: {outcome.Reason}"),
        };
    }

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
        var vm = await session.LockVm(run.Vm, stop) ?? throw new WorkflowFailure("no-vm", "The VM does not exist");
        if (!await session.MarkRefundPaid(refund.PaymentHash, preimage, now, stop))
            return;
        // A refund never adds time.
        var end = Instant.Later(refund.RefundFrom, now);
        var expires = end < vm.Expires ? end : vm.Expires;
        if (expires != vm.Expires)
            await session.SetVmExpires(vm.Id, expires, stop);
        await session.AppendHistory(VmHistory.ConfigurationChanged(vm.Snapshot, vm.Snapshot with { Expires = expires }, refund.AdminUserId,
            ChangeMetadata.Refunded(refund.AdminUserId, new Msat(refund.Amount), refund.PaymentHash, preimage, refund.Reason)), now, stop);
        if (!vm.Deleted)
        {
            await store.EnqueueOnce(session, delete, Subject.Of(vm.Id),
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
            await Notifications.Notifications.QueueForOperators(session, $"refund-not-recorded/{run.Id}", $"Refund of VM {run.Vm} paid and not recorded",
                $"The refund of VM {run.Vm} was paid (preimage {proof.Preimage}), but could not be recorded. Workflow {run.Id} can be restarted.", shop.Clock.Now, stop);
        }
        else if (failure.Code == NotPaid && Bolt11Decoder.Decode(run.Input.Invoice) is { IsOk: true, Value: var invoice })
        {
            // The node's last word: nothing has moved and nothing will.
            await session.RemoveRefund(invoice.PaymentHash, run.Id, stop);
        }
    }
}
