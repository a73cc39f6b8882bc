using Lnvps.Core.Identity;
using Lnvps.Nostr.Events;
using Lnvps.Nostr.Relays;

namespace Lnvps.Nostr.Messages;

/// <summary>Where somebody wants direct messages to be left (NIP-17, kind 10050).</summary>
public static class MessageRelays
{
    /// <summary>Kind of the list.</summary>
    public const int Kind = 10050;

    const int Most = 5;
    const int MostRead = 20;

    static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    /// <summary>The first five acceptable relays of the newest list that <paramref name="pool"/> finds within 5 s; empty when there is none.</summary>
    public static async Task<IReadOnlyList<Uri>> Find(RelayPool pool, PublicKey of, RelayRules rules, CancellationToken stop)
    {
        var found = await pool.Query(new EventFilter { Kinds = [Kind], Authors = [of], Limit = 1 }, s_limit, MostRead, stop);
        // Of two lists of one second the lower id is the true one (NIP-01).
        var newest = found.OrderByDescending(list => list.CreatedAt.UnixSeconds).ThenBy(list => list.Id.ToString(), StringComparer.Ordinal).FirstOrDefault();
        return newest is null ? [] : Read(newest, rules);
    }

    internal static IReadOnlyList<Uri> Read(NostrEvent list, RelayRules rules)
    {
        var relays = new List<Uri>();
        foreach (var tag in list.Tags)
        {
            if (tag.Name == "relay" && rules.TryParse(tag.Value, out var url) && !relays.Contains(url) && relays.Count < Most)
                relays.Add(url);
        }
        return relays;
    }
}
