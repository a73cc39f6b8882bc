using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Pricing;
using Lnvps.Core.Time;
using Lnvps.Database.Worker;
using Lnvps.Platform.Wallets;
using Lnvps.Platform.Worker;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Development;

/// <summary>
/// Moves the business clock ahead and lives through each moment in between at which something falls due: the clock stops there, the worker makes its rounds, and
/// what they ask for is done before it moves on. So notice, expiry, stop, grace and deletion happen one after the other, as they would in real time.
/// </summary>
public sealed class ClockTravel(Shop shop, MovableClock clock, CheckVms vms, CheckHosts hosts, RenewFromWallets wallets, WorkflowStore workflows) : IDisposable
{
    /// <summary>How long the clock waits, at one moment, for the work that fell due there.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>Work that waits longer than this for its next attempt is not waited for.</summary>
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>Rounds at one moment: expiry, stop and deletion follow from each other; more would mean that something is asked for again and again.</summary>
    const int MostRounds = 5;

    readonly SemaphoreSlim _gate = new(1, 1);

    /// <summary>Now, of the business clock.</summary>
    public Instant Now => clock.Now;

    /// <summary>Goes ahead by <paramref name="span"/>, one traveller at a time, and returns the time of arrival; refused when that cannot be stored.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The span is negative.</exception>
    public async Task<Result<Instant>> Advance(TimeSpan span, CancellationToken stop)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(span, TimeSpan.Zero);
        await _gate.WaitAsync(stop);
        try
        {
            var target = clock.Now.Plus(span);
            var latest = shop.Db.Dialect.LatestInstant;
            if (target > latest)
                return Refusal.Invalid($"The clock would pass {latest}, the latest time that the database can store");
            var givenUp = new HashSet<WorkflowId>();
            await Live(givenUp, askHosts: true, stop);
            while (await Next(target, stop) is { } moment)
            {
                await clock.MoveTo(moment, stop);
                await Live(givenUp, askHosts: false, stop);
            }
            return clock.Now;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The next moment to live through, at last the target itself; null when that is reached.</summary>
    async Task<Instant?> Next(Instant target, CancellationToken stop)
    {
        var now = clock.Now;
        if (now >= target)
            return null;
        var rules = LifeRules.Of(shop) with { Now = now };
        var (lapse, rows) = await shop.Db.Read(async session => (
            await session.FindNextLapse(now, stop),
            await session.ListVmsExpiringBefore(target.Plus(BillingInterval.Month.LeadTime), now, stop)), stop);
        return rows.Select(row => NextMoment.After(rules.OfBusiness(row))).Append(lapse).Append(target)
            .Where(moment => moment is not null && moment <= target).Min(moment => moment);
    }

    /// <summary>Does what is due at this moment, and what follows from it.</summary>
    /// <param name="askHosts">Also when nothing is due: at the start hosts may know what the database does not.</param>
    async Task Live(HashSet<WorkflowId> givenUp, bool askHosts, CancellationToken stop)
    {
        for (var round = 0; round < MostRounds; round++)
        {
            var lives = await vms.Round(stop);
            await wallets.Round(stop);
            await LetWorkEnd(givenUp, stop);
            var machines = lives.DidSomething || round > 0 || askHosts ? await hosts.Round(stop) : new HostRound(0, 0, 0);
            await LetWorkEnd(givenUp, stop);
            if (!lives.DidSomething && machines.Asked == 0)
                return;
        }
    }

    async Task LetWorkEnd(HashSet<WorkflowId> givenUp, CancellationToken stop)
    {
        var began = shop.Time.GetTimestamp();
        while (true)
        {
            var soon = shop.Time.Moment().Plus(LongestPause);
            var open = (await shop.Db.Read(session => session.ListWorkflowsUnderWay(soon, stop), stop)).Find(id => !givenUp.Contains(id));
            if (open == default)
                return;
            var left = Patience - shop.Time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
                givenUp.Add(open);
            else
                await workflows.WaitForEnd(shop.Db, open, left < LongestPause ? left : LongestPause, stop);
        }
    }

    public void Dispose() => _gate.Dispose();
}
