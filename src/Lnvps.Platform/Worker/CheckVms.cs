using System.Data.Common;
using Lnvps.Core.Identity;
using Lnvps.Core.Vms;
using Lnvps.Database.Sessions;
using Lnvps.Database.Vms;
using Lnvps.Database.Wallets;
using Lnvps.Database.Worker;
using Lnvps.Platform.Workflows;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Worker;

/// <summary>What a round did.</summary>
/// <param name="Found">VMs that something seemed due for.</param>
/// <param name="Failed">VMs whose check failed; they are looked at again in the next round.</param>
public sealed record VmRound(int Found, int Noticed, int Expired, int DeletionsAsked, int OrdersRemoved, int CreationsAsked, int RenewalsAsked, int Failed)
{
    /// <summary>Something was changed or asked for.</summary>
    public bool DidSomething => Noticed + Expired + DeletionsAsked + OrdersRemoved + CreationsAsked + RenewalsAsked > 0;
}

/// <summary>
/// The periodic check as far as it needs no host: orders never paid, notices, expiry, the end of grace, creations to try again (provisioning.md sections 16.5
/// and 17). Finds what is due by a fixed number of queries over keys; then each VM is judged once more under its row's lock, and what is done is marked in the
/// same transaction. So rounds of several workers may overlap, and one that dies half way has done whole things only.
/// </summary>
public sealed partial class CheckVms(Shop shop, VmRequests requests, ILogger<CheckVms> log)
{
    /// <summary>How often it runs.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    /// <summary>How often VMs are looked for that were paid through another program; this reads all live VMs.</summary>
    static readonly TimeSpan LookForForeignPayments = TimeSpan.FromMinutes(10);

    /// <summary>How many VMs are read at a time.</summary>
    internal int Page { get; init; } = 1000;

    long? _lookedForForeignPayments;

    /// <summary>Does everything that is due now.</summary>
    public async Task<VmRound> Round(CancellationToken stop)
    {
        var counts = new Counts();
        await CheckDue(counts, stop);
        if (!shop.Settings.ReadOnly)
            await CreateDue(counts, stop);
        await shop.Db.Write(session => session.RemoveLapsedRoomHolds(shop.Clock.Now, stop), stop);
        return counts.Round;
    }

    async Task CheckDue(Counts counts, CancellationToken stop)
    {
        VmFactsRow? last = null;
        while (true)
        {
            var rules = LifeRules.Of(shop);
            var page = await shop.Db.Read(session => session.ListDueVms(rules.Due, last, Page, stop), stop);
            foreach (var row in page)
            {
                if (VmCheck.WithoutHost(rules.OfBusiness(row)).Count == 0)
                    continue;
                counts.Found++;
                await Isolated(row.Id, () => Check(row.Id, counts, stop), counts, stop);
            }
            if (page.Count < Page)
                return;
            last = page[^1];
        }
    }

    /// <summary>Judges one VM as its row stands under lock, and does what is due.</summary>
    async Task Check(VmId vm, Counts counts, CancellationToken stop)
    {
        var done = await shop.Db.Write(async session =>
        {
            var now = shop.Clock.Now;
            if (await session.LockVmFacts(vm, now, stop) is not { } row)
                return [];
            var rules = LifeRules.Of(shop) with { Now = now };
            var actions = VmCheck.WithoutHost(rules.OfBusiness(row));
            foreach (var action in actions)
                await Do(session, row, action, rules, stop);
            return actions;
        }, stop);
        foreach (var action in done)
            counts.Add(action);
    }

    async Task Do(Session session, VmFactsRow vm, VmAction action, LifeRules rules, CancellationToken stop)
    {
        switch (action)
        {
            case VmAction.NotifyExpiringSoon:
                await session.SetVmMark(vm.Id, VmMark.ExpiringSoon, vm.Expires, rules.Now, stop);
                await Notices.ExpiringSoon(session, vm, rules.Now, stop);
                break;
            case VmAction.RenewFromWallet:
                await session.SetVmMark(vm.Id, VmMark.ExpiringSoon, vm.Expires, rules.Now, stop);
                await session.AskForWalletRenewal(vm.Id, vm.Expires, rules.Now, stop);
                break;
            case VmAction.RecordExpiry:
                await session.SetVmMark(vm.Id, VmMark.Expired, vm.Expires, rules.Now, stop);
                await session.AppendHistory(VmHistory.Expired(vm.Id), rules.Now, stop);
                await Notices.Expired(session, vm, rules, stop);
                break;
            case VmAction.RemoveUnpaidOrder:
                await requests.Delete(session, vm, DeletionCause.Unpaid, stop);
                break;
            case VmAction.DeleteAfterGrace:
                await requests.Delete(session, vm, DeletionCause.GraceOver, stop);
                break;
            default:
                throw new InvalidOperationException($"{action} needs a host");
        }
    }

    async Task CreateDue(Counts counts, CancellationToken stop)
    {
        var realNow = LifeRules.Of(shop).RealNow;
        foreach (var vm in await shop.Db.Read(session => session.ListCreationsDue(realNow, Page, stop), stop))
        {
            await Isolated(vm, () => Create(vm, async session => await session.TakeCreationTurn(vm, realNow, stop), counts, stop), counts, stop);
        }
        if (_lookedForForeignPayments is { } last && shop.Time.GetElapsedTime(last) < LookForForeignPayments)
            return;
        foreach (var vm in await shop.Db.Read(session => session.ListVmsNeverBegun(shop.Clock.Now, Page, stop), stop))
            await Isolated(vm, () => Create(vm, _ => Task.FromResult(true), counts, stop), counts, stop);
        _lookedForForeignPayments = shop.Time.GetTimestamp();
    }

    async Task Create(VmId vm, Func<Session, Task<bool>> takeTurn, Counts counts, CancellationToken stop)
    {
        var asked = await shop.Db.Write(async session =>
        {
            var rules = LifeRules.Of(shop);
            if (await session.LockVmFacts(vm, rules.Now, stop) is not { } row || !await takeTurn(session))
                return false;
            if (row.ProvisionedAt is not null || row.WorkUnderWay || row.Unfinished == UnfinishedWork.Deleting || !LifeRules.TimesOf(row).IsActive(rules.Now))
                return false;
            await requests.Create(session, vm, stop);
            return true;
        }, stop);
        if (asked)
            counts.Creations++;
    }

    /// <summary>The trouble of one VM is not the trouble of the others.</summary>
    async Task Isolated(VmId vm, Func<Task> work, Counts counts, CancellationToken stop)
    {
        try
        {
            await work();
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            counts.Failed++;
            LogFailed(log, error, vm);
            try
            {
                await shop.Db.Write(session => Notices.CheckFailed(session, vm, error.GetType().Name, $"The check of VM {vm} failed: {error.GetType().Name}", shop, stop), stop);
            }
            catch (DbException)
            {
                // It was the database that failed; the log has it.
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The check of VM {Vm} failed")]
    static partial void LogFailed(ILogger logger, Exception error, VmId vm);

    sealed class Counts
    {
        int _noticed, _expired, _deletions, _orders, _renewals;

        public int Found { get; set; }
        public int Creations { get; set; }
        public int Failed { get; set; }

        public VmRound Round => new(Found, _noticed, _expired, _deletions, _orders, Creations, _renewals, Failed);

        public void Add(VmAction action)
        {
            switch (action)
            {
                case VmAction.NotifyExpiringSoon:
                    _noticed++;
                    break;
                case VmAction.RenewFromWallet:
                    _renewals++;
                    break;
                case VmAction.RecordExpiry:
                    _expired++;
                    break;
                case VmAction.DeleteAfterGrace:
                    _deletions++;
                    break;
                case VmAction.RemoveUnpaidOrder:
                    _orders++;
                    break;
                default:
                    break;
            }
        }
    }
}
