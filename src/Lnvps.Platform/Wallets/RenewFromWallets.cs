using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Database.Payments;
using Lnvps.Database.Wallets;
using Lnvps.Lightning.Nodes;
using Lnvps.Platform.Payments;
using Lnvps.Platform.Worker;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Wallets;

/// <summary>
/// Automatic renewal (billing.md section 15.2): what the VM check asked for is paid from wallets, tried again hourly until expiry, and the owner told once how it
/// went. For one value of the expiry a second invoice is made only when the node can no longer be paid the first.
/// </summary>
public sealed partial class RenewFromWallets(Shop shop, OpenRenewal renewals, WalletPayments wallets, ILogger<RenewFromWallets> log)
{
    /// <summary>How often it runs, besides after a VM check that asked for something.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    static readonly TimeSpan AttemptsApart = TimeSpan.FromHours(1);

    const int Page = 500, AtOnce = 8;

    /// <summary>Does everything that is due now; a slow wallet holds up nobody but its owner.</summary>
    public async Task Round(CancellationToken stop)
    {
        var now = shop.Clock.Now;
        var due = await shop.Db.Read(session => session.ListDueWalletRenewals(now, Page, stop), stop);
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop }, async (row, each) =>
        {
            try
            {
                await Attempt(row, each);
            }
            catch (Exception error) when (!each.IsCancellationRequested)
            {
                LogFailed(log, error, row.VmId);
            }
        });
    }

    async Task Attempt(WalletRenewalRow row, CancellationToken stop)
    {
        var now = shop.Clock.Now;
        var isOver = row.IsPaid || row.Deleted || row.VmExpires != row.Expires || row.Expires <= now;
        // Taken before anything is done: who dies in between leaves it for the next hour, and never does it twice.
        var mine = await shop.Db.Write(async session =>
        {
            if (!await session.MoveWalletRenewal(row, isOver ? null : now.Plus(AttemptsApart), stop))
                return false;
            if (row.IsPaid)
                await WalletNotices.Renewed(session, row, now, stop);
            return true;
        }, stop);
        if (!mine || isOver)
            return;
        if (await Obstacle(row, stop) is { } obstacle)
            await Tell(row, obstacle, stop);
    }

    /// <summary>Tries to pay; null when the wallet pays or has paid, else why not.</summary>
    async Task<string?> Obstacle(WalletRenewalRow row, CancellationToken stop)
    {
        if (await wallets.FindWallet(row.VmId, stop) is not { } wallet)
            return "no wallet is connected any more.";
        if (row.PaymentId is { } earlier && await StillUnderWay(earlier, wallet, stop) is { } underWay)
            return underWay.Outcome == WalletOutcome.InFlight ? null : underWay.Text;
        var payment = await Open(row.VmId, stop);
        if (!payment.IsOk)
            return payment.Refusal.Message;
        var result = await wallets.Pay(payment.Value, wallet, row.Expires, stop);
        return result.Outcome == WalletOutcome.InFlight ? null : result.Text;
    }

    async Task<Result<VmPaymentRow>> Open(VmId vm, CancellationToken stop)
    {
        try
        {
            return await renewals.Open(vm, PaymentMethod.Lightning, 1, stop);
        }
        catch (OutsideFault fault)
        {
            LogFailed(log, fault, vm);
            return Refusal.Failed("the invoice could not be made.");
        }
    }

    /// <summary>Whether an earlier request may still be paid, so that there must not be another invoice; null = it cannot, or is itself to be asked for again.</summary>
    async Task<WalletResult?> StillUnderWay(PaymentId earlier, string wallet, CancellationToken stop)
    {
        var payment = await shop.Db.Read(session => session.FindPayment(earlier, stop), stop);
        if (payment is null || payment.Expires > shop.Clock.Now)
            return null; // Unlapsed: the same invoice is found again, and the wallet asked what became of it.
        try
        {
            var state = (await shop.Node.LookUp(earlier.Bytes, stop)).State;
            if (state == InvoiceState.Open)
            {
                await shop.Node.Cancel(earlier.Bytes, stop);
                state = (await shop.Node.LookUp(earlier.Bytes, stop)).State;
            }
            if (state is not (InvoiceState.Cancelled or InvoiceState.Unknown))
                return new WalletResult(WalletOutcome.InFlight, "");
        }
        catch (OutsideFault)
        {
            return new WalletResult(WalletOutcome.Unknown, "it could not be found out whether an earlier payment has arrived.");
        }
        // Our node takes nothing for it any more; a wallet that still holds it back may pay again only once it has let go.
        return await wallets.LookUp(earlier, wallet, stop) is { Outcome: WalletOutcome.InFlight } pending ? pending : null;
    }

    Task Tell(WalletRenewalRow row, string reason, CancellationToken stop) =>
        shop.Db.Write(session => WalletNotices.NotRenewed(session, row, reason, shop.Clock.Now, stop), stop);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The automatic renewal of VM {Vm} failed; it is tried again in an hour")]
    static partial void LogFailed(ILogger logger, Exception error, VmId vm);
}
