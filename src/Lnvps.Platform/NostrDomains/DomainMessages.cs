using Lnvps.Core.NostrDomains;
using Lnvps.Core.Time;
using Lnvps.Database.NostrDomains;
using Lnvps.Database.Sessions;

namespace Lnvps.Platform.NostrDomains;

using static Lnvps.Platform.Notifications.Notifications;

/// <summary>What a round changed, by name.</summary>
public sealed class DomainChanges
{
    readonly Lock _lock = new();
    readonly SortedSet<string> _activated = [];
    readonly SortedSet<string> _deactivated = [];
    readonly SortedSet<string> _deleted = [];

    public IReadOnlyCollection<string> Activated => _activated;
    public IReadOnlyCollection<string> Deactivated => _deactivated;
    public IReadOnlyCollection<string> Deleted => _deleted;

    public bool Any => _activated.Count + _deactivated.Count + _deleted.Count > 0;

    internal void Add(DomainChange change, string name)
    {
        lock (_lock)
            (change switch { DomainChange.Enable => _activated, DomainChange.Disable => _deactivated, _ => _deleted }).Add(name);
    }
}

/// <summary>What customers and operators are told of domains for Nostr names, each message once per domain and change.</summary>
static class DomainMessages
{
    public static Task Tell(Session session, NostrDomainRow domain, DomainChange change, string host, Instant now, CancellationToken stop)
    {
        var (word, text) = change switch
        {
            DomainChange.Enable => ("Activated", $"The DNS of {domain.Name} points to {host}: its Nostr addresses are served now."),
            DomainChange.Disable => ("Deactivated",
                $"The DNS of {domain.Name} does not point to {host} any more, so its Nostr addresses are not served. Point a CNAME record to {host} to have them back; after {DomainActivation.Kept.Days} days the domain is deleted."),
            _ => ("Deleted", $"{domain.Name} was deleted with its Nostr addresses, since its DNS has not pointed to {host} for {DomainActivation.Kept.Days} days. You can register it anew."),
        };
        return Queue(session, domain.OwnerId, Key(domain, word), $"Nostr Domain '{domain.Name}' {word}", text, now, stop);
    }

    public static Task Failed(Session session, NostrDomainRow domain, DomainChange change, Instant now, CancellationToken stop)
    {
        var word = change switch { DomainChange.Enable => "Activation", DomainChange.Disable => "Deactivation", _ => "Deletion" };
        return QueueForOperators(session, Key(domain, word), $"Domain {word} Failed: {domain.Name}",
            $"The change could not be stored; the log has the reason. It is tried again every {CheckNostrDomains.Every.TotalMinutes:0} minutes.", now, stop);
    }

    public static Task Changed(Session session, DomainChanges changes, Instant now, CancellationToken stop) =>
        QueueForOperators(session, $"nostr-domains/{now.UnixSeconds}", "Nostr Domains Status Update",
            $"Activated: {List(changes.Activated)}\nDeactivated: {List(changes.Deactivated)}\nDeleted: {List(changes.Deleted)}", now, stop);

    /// <summary>The time of the change before this one makes each change of a domain one of its own.</summary>
    static string Key(NostrDomainRow domain, string what) => $"nostr-domain:{domain.Id}/{what.ToLowerInvariant()}/{domain.LastStatusChange.UnixSeconds}";

    static string List(IReadOnlyCollection<string> names) => names.Count == 0 ? "none" : string.Join(", ", names);
}
