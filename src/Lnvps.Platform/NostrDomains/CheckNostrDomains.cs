using System.Collections.Concurrent;
using System.Net;
using Lnvps.Core.Identity;
using Lnvps.Core.NostrDomains;
using Lnvps.Database.NostrDomains;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.NostrDomains;

/// <summary>
/// The worker's round over customers' domains for Nostr names (nostr.md section 7): a domain serves while its DNS points to <c>nostr-address-host</c>. When that name
/// itself cannot be resolved nothing changes. Several workers may run it: each change happens once, by whoever makes it first.
/// </summary>
public sealed partial class CheckNostrDomains(Shop shop, NameLookup names, ILogger<CheckNostrDomains> log)
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(600);

    const int Page = 1000;
    const int AtATime = 16;

    /// <summary>Domains that were enabled and pointed elsewhere when this process looked last.</summary>
    readonly ConcurrentDictionary<NostrDomainId, bool> _missed = [];

    /// <summary>Looks at every domain once; returns what changed.</summary>
    public async Task<DomainChanges> Round(CancellationToken stop)
    {
        var changes = new DomainChanges();
        if (shop.Settings.NostrAddressHost is not { } host)
            return changes;
        if (await names.AddressesOf(host, stop) is not { Count: > 0 } here)
        {
            LogHostUnknown(log, host);
            return changes;
        }

        List<NostrDomainRow> page;
        var last = new NostrDomainId(0);
        do
        {
            page = await shop.Db.Read(session => session.ListNostrDomainsAfter(last, Page, stop), stop);
            await Parallel.ForEachAsync(page, new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = stop },
                async (domain, _) => await Isolated(domain, host, here, changes, stop));
            last = page.Count > 0 ? page[^1].Id : last;
        }
        while (page.Count == Page);

        if (changes.Any)
            await shop.Db.Write(session => DomainMessages.Changed(session, changes, shop.Clock.Now, stop), stop);
        return changes;
    }

    /// <summary>The trouble of one domain, be it a name that no resolver takes, is not the trouble of the others; the next round tries again.</summary>
    async Task Isolated(NostrDomainRow domain, string host, IReadOnlyCollection<IPAddress> here, DomainChanges changes, CancellationToken stop)
    {
        try
        {
            await Check(domain, host, here, changes, stop);
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            LogUnseen(log, error, domain.Name);
        }
    }

    async Task Check(NostrDomainRow domain, string host, IReadOnlyCollection<IPAddress> here, DomainChanges changes, CancellationToken stop)
    {
        var sight = await names.AddressesOf(domain.Name, stop) switch
        {
            null => DomainSight.Unknown,
            var found => found.Any(here.Contains) ? DomainSight.Here : DomainSight.Elsewhere,
        };
        var change = DomainActivation.Judge(domain.Enabled, sight, _missed.ContainsKey(domain.Id), domain.LastStatusChange, shop.Clock.Now);
        if (domain.Enabled && sight == DomainSight.Elsewhere && change == DomainChange.None)
            _missed[domain.Id] = true;
        else if (sight != DomainSight.Unknown)
            _missed.TryRemove(domain.Id, out _);
        if (change != DomainChange.None)
            await Make(domain, change, host, changes, stop);
    }

    /// <summary>Makes a change; operators are told of one that fails.</summary>
    async Task Make(NostrDomainRow domain, DomainChange change, string host, DomainChanges changes, CancellationToken stop)
    {
        try
        {
            if (await Apply(domain, change, host, stop))
                changes.Add(change, domain.Name);
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            LogFailed(log, error, change, domain.Name);
            await TellOfFailure(domain, change, stop);
        }
    }

    Task<bool> Apply(NostrDomainRow domain, DomainChange change, string host, CancellationToken stop) => shop.Db.Write(async session =>
    {
        var now = shop.Clock.Now;
        var done = change == DomainChange.Delete
            ? await session.DeleteIdleNostrDomain(domain, stop)
            : await session.SwitchNostrDomain(domain, now, stop);
        if (done)
            await DomainMessages.Tell(session, domain, change, host, now, stop);
        return done;
    }, stop);

    async Task TellOfFailure(NostrDomainRow domain, DomainChange change, CancellationToken stop)
    {
        try
        {
            await shop.Db.Write(session => DomainMessages.Failed(session, domain, change, shop.Clock.Now, stop), stop);
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            LogUntold(log, error, domain.Name);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "nostr-address-host {Host} cannot be resolved; customers' domains stay as they are")]
    static partial void LogHostUnknown(ILogger logger, string host);

    [LoggerMessage(Level = LogLevel.Error, Message = "The check of the Nostr domain {Domain} failed; it stays as it is")]
    static partial void LogUnseen(ILogger logger, Exception error, string domain);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Change} of the Nostr domain {Domain} failed")]
    static partial void LogFailed(ILogger logger, Exception error, DomainChange change, string domain);

    [LoggerMessage(Level = LogLevel.Error, Message = "Operators could not be told of the failure of the Nostr domain {Domain}")]
    static partial void LogUntold(ILogger logger, Exception error, string domain);
}
