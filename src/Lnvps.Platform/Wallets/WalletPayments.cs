using System.Security.Cryptography;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Database.Payments;
using Lnvps.Database.Users;
using Lnvps.Database.Vms;
using Lnvps.Database.Wallets;
using Lnvps.Nostr.Wallets;
using Lnvps.Platform.Payments;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Wallets;

/// <summary>How a request to a wallet came out.</summary>
public enum WalletOutcome
{
    /// <summary>The wallet says that it pays or has paid; the node's word is what counts.</summary>
    InFlight,
    /// <summary>The wallet refused, and nothing is under way.</summary>
    Refused,
    /// <summary>Nobody knows: it may have paid, or may still.</summary>
    Unknown,
}

/// <param name="Text">For the customer.</param>
public sealed record WalletResult(WalletOutcome Outcome, string Text);

/// <summary>
/// Pays renewals from customers' wallets (billing.md section 15.1). That a wallet is asked is recorded before it is; who finds the record asks the wallet what
/// became of the invoice before asking for it again. The payment is completed by the node's settlement alone.
/// </summary>
public sealed partial class WalletPayments(Shop shop, OpenRenewal renewals, WalletAccess access, ILogger<WalletPayments> log)
{
    const string NoWallet = "No wallet is connected to this account";

    static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Makes or finds the Lightning payment and has the owner's wallet pay it. The payment as it stands then; refused when the wallet does not pay.</summary>
    public async Task<Result<VmPaymentRow>> Renew(VmId vm, int intervals, CancellationToken stop)
    {
        if (await FindWallet(vm, stop) is not { } wallet)
            return Refusal.Because(ErrorCode.PaymentMethodUnusable, NoWallet);
        var payment = await renewals.Open(vm, PaymentMethod.Lightning, intervals, stop);
        return payment.IsOk ? await PayWithin(payment.Value, wallet, stop) : payment.Refusal;
    }

    /// <summary>Goes on with a renewal whose request broke off: its payment as it stands, and if that is still open, the wallet is asked to pay this one.</summary>
    public async Task<Result<VmPaymentRow>> GoOn(PaymentId id, CancellationToken stop)
    {
        var payment = await shop.Db.Read(session => session.FindPayment(id, stop), stop);
        if (payment is null)
            return Refusal.NotFound("Payment not found");
        if (payment.IsPaid || payment.Expires <= shop.Clock.Now)
            return payment;
        return await FindWallet(payment.VmId, stop) is { } wallet
            ? await PayWithin(payment, wallet, stop)
            : Refusal.Because(ErrorCode.PaymentMethodUnusable, NoWallet);
    }

    async Task<Result<VmPaymentRow>> PayWithin(VmPaymentRow payment, string wallet, CancellationToken stop)
    {
        var result = await Pay(payment, wallet, null, stop);
        return result.Outcome == WalletOutcome.InFlight ? await Settled(payment, stop) : Refusal.Because(ErrorCode.PaymentMethodUnusable, result.Text);
    }

    /// <summary>The connection string of a VM's owner; null when there is none, or none that can be read.</summary>
    public async Task<string?> FindWallet(VmId vm, CancellationToken stop)
    {
        var user = await shop.Db.Read(async session =>
            await session.FindVm(vm, stop) is { Deleted: false } row ? await session.FindUser(row.UserId, stop) : null, stop);
        return user?.NwcConnectionString is { } stored && shop.Db.Cipher.TryOpen(stored, out var text) && text.Length > 0 ? text : null;
    }

    /// <summary>Asks a wallet to pay an open payment, unless it has done so or is doing so.</summary>
    /// <param name="payment">Unpaid, not lapsed.</param>
    /// <param name="wallet">The connection string.</param>
    /// <param name="expires">Only while the VM's expiry is this; null = in any case.</param>
    /// <param name="stop">Ends the wait; the request stands.</param>
    public async Task<WalletResult> Pay(VmPaymentRow payment, string wallet, Instant? expires, CancellationToken stop)
    {
        if (!WalletConnection.TryParse(wallet, access.Relays.Rules, out var connection, out _))
            return new WalletResult(WalletOutcome.Refused, "The wallet connection cannot be used.");
        if (!shop.Db.Cipher.TryOpen(payment.ExternalData, out var invoice))
            return new WalletResult(WalletOutcome.Refused, "The invoice cannot be read.");
        using (connection)
        {
            using var limit = new CancellationTokenSource(access.PayLimit, shop.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
            var asked = false;
            try
            {
                await using var session = await WalletSession.Open(connection, access.Relays, either.Token);
                var mayAsk = await Record(payment, expires, either.Token);
                if (mayAsk is null)
                    return new WalletResult(WalletOutcome.InFlight, "");
                asked = true;
                if (mayAsk == false && await Earlier(session, payment, either.Token) is { } earlier)
                    return earlier;
                return await session.PayInvoice(invoice, either.Token) switch
                {
                    WalletReply.Paid paid => Paid(payment, paid),
                    WalletReply.Error error => Refused(payment, error),
                    _ => throw new InvalidOperationException("A wallet's answer has no other kind"),
                };
            }
            catch (OutsideFault fault)
            {
                LogNoAnswer(log, payment.Id, fault.Message);
                return asked ? new WalletResult(WalletOutcome.Unknown, WalletTexts.NoAnswer) : new WalletResult(WalletOutcome.Refused, WalletTexts.Unreachable);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                LogNoAnswer(log, payment.Id, "time-out");
                return asked ? new WalletResult(WalletOutcome.Unknown, WalletTexts.NoAnswer) : new WalletResult(WalletOutcome.Refused, WalletTexts.Unreachable);
            }
        }
    }

    /// <summary>What an earlier request for this invoice came to, as the wallet knows it; null = it may be asked for it again.</summary>
    public async Task<WalletResult?> LookUp(PaymentId payment, string wallet, CancellationToken stop)
    {
        if (!WalletConnection.TryParse(wallet, access.Relays.Rules, out var connection, out _))
            return null;
        using (connection)
        {
            using var limit = new CancellationTokenSource(access.PayLimit, shop.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
            try
            {
                await using var session = await WalletSession.Open(connection, access.Relays, either.Token);
                return Of(await session.LookUpInvoice(payment.Bytes, either.Token));
            }
            catch (OutsideFault)
            {
                return new WalletResult(WalletOutcome.Unknown, WalletTexts.NoAnswer);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                return new WalletResult(WalletOutcome.Unknown, WalletTexts.NoAnswer);
            }
        }
    }

    static async Task<WalletResult?> Earlier(WalletSession session, VmPaymentRow payment, CancellationToken stop) =>
        Of(await session.LookUpInvoice(payment.Id.Bytes, stop));

    static WalletResult? Of(WalletReply reply) => reply switch
    {
        WalletReply.Invoice { IsSettled: true } => new WalletResult(WalletOutcome.InFlight, ""),
        WalletReply.Invoice { State: "pending" or "accepted" } => new WalletResult(WalletOutcome.InFlight, ""),
        // Failed, expired, unknown to it, or a wallet that does not keep books: one invoice is paid once at most, so asking again is safe.
        _ => null,
    };

    /// <summary>True: nobody was asked yet. False: somebody was. Null: it must not be asked any more.</summary>
    Task<bool?> Record(VmPaymentRow payment, Instant? expires, CancellationToken stop) => shop.Db.Write<bool?>(async session =>
    {
        var vm = await session.LockVm(payment.VmId, stop);
        var present = await session.FindPayment(payment.Id, stop);
        if (vm is null || vm.Deleted || present is null || present.IsPaid || (expires is { } only && vm.Expires != only))
            return null;
        if (expires is { } value)
            await session.SetWalletRenewalPayment(vm.Id, value, payment.Id, stop);
        return await session.RecordWalletRequest(payment.Id, vm.Id, shop.Clock.Now, stop);
    }, stop);

    WalletResult Paid(VmPaymentRow payment, WalletReply.Paid paid)
    {
        if (paid.Preimage is not { } preimage || new Bytes32(SHA256.HashData(preimage.ToArray())) != payment.Id.Bytes)
            LogNoProof(log, payment.Id);
        return new WalletResult(WalletOutcome.InFlight, "");
    }

    WalletResult Refused(VmPaymentRow payment, WalletReply.Error error)
    {
        LogRefused(log, payment.Id, error.Code);
        return new WalletResult(WalletOutcome.Refused, WalletTexts.Of(error));
    }

    /// <summary>The payment as it is once it is settled, or after a short wait.</summary>
    async Task<Result<VmPaymentRow>> Settled(VmPaymentRow payment, CancellationToken stop)
    {
        var began = shop.Time.GetTimestamp();
        while (true)
        {
            var present = await shop.Db.Read(session => session.FindPayment(payment.Id, stop), stop);
            if (present is null)
                return Refusal.NotFound("Payment not found");
            if (present.IsPaid || shop.Time.GetElapsedTime(began) >= access.SettleLimit)
                return present;
            await Task.Delay(PollEvery, shop.Time, stop);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The wallet refused payment {Payment}: {Code}")]
    static partial void LogRefused(ILogger logger, PaymentId payment, string code);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The wallet gave no answer about payment {Payment}: {Reason}")]
    static partial void LogNoAnswer(ILogger logger, PaymentId payment, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The wallet's proof does not belong to payment {Payment}")]
    static partial void LogNoProof(ILogger logger, PaymentId payment);
}
