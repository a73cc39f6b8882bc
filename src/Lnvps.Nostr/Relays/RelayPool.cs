using Lnvps.Core.Outcomes;
using Lnvps.Core.Randomness;
using Lnvps.Nostr.Events;

namespace Lnvps.Nostr.Relays;

/// <summary>
/// Several relays used as one (nostr.md section 2.2): what is published goes to all of them and is done when one took it; what arrives from several
/// arrives once. Lost connections come back by themselves. All members may be called from any thread.
/// </summary>
public sealed class RelayPool : IAsyncDisposable
{
    readonly RelayParts _parts;
    readonly List<RelayLink> _links;

    /// <summary>Begins to connect to all relays; nothing is waited for.</summary>
    /// <param name="relays">Judged by the rules of <paramref name="parts"/>; doubled ones count once.</param>
    /// <param name="parts">Clock, rules, limits.</param>
    public RelayPool(IEnumerable<Uri> relays, RelayParts parts)
    {
        _parts = parts;
        _links = [.. relays.Distinct().Select(url => new RelayLink(url, parts))];
    }

    /// <summary>Waits until each relay was reached or has failed once; how many are connected then.</summary>
    public async Task<int> Opened(CancellationToken stop)
    {
        await Task.WhenAll(_links.Select(link => link.FirstAttempt)).WaitAsync(stop);
        return _links.Count(link => link.IsConnected);
    }

    /// <summary>Publishes to all connected relays at once. Waits for each of them, at most for the limit of the parts (10 s).</summary>
    /// <returns>What the relays said; at least one took it.</returns>
    /// <exception cref="OutsideFault">No relay took it; the message says what they said.</exception>
    public async Task<IReadOnlyList<RelayAnswer>> Publish(NostrEvent signed, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(_parts.PublishLimit, _parts.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            if (await Opened(either.Token) == 0 && _links.Count > 0)
                await Task.WhenAny(_links.Select(link => link.Connected)).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw OutsideFault.Transient("no relay could be reached");
        }
        var answers = await Task.WhenAll(_links.Where(link => link.IsConnected).Select(link => link.Publish(signed, either.Token)));
        stop.ThrowIfCancellationRequested();
        return answers.Any(answer => answer.Accepted) ? answers : throw NotTaken(answers);
    }

    /// <summary>Asks all relays for events, now and after each reconnect, until the subscription is disposed.</summary>
    public async Task<RelaySubscription> Subscribe(IReadOnlyList<EventFilter> filters, CancellationToken stop)
    {
        var name = new byte[8];
        _parts.Random.Fill(name);
        var subscription = new RelaySubscription(Convert.ToHexStringLower(name), filters, _links.Select(link => link.Url), Close);
        await Task.WhenAll(_links.Select(link => link.Open(subscription, stop)));
        return subscription;
    }

    /// <summary>The stored events of all relays, as far as they answer within <paramref name="limit"/>.</summary>
    /// <param name="filter">What is asked for.</param>
    /// <param name="limit">Longest wait.</param>
    /// <param name="most">Most events that are taken.</param>
    /// <param name="stop">Ends the wait with an exception.</param>
    public async Task<List<NostrEvent>> Query(EventFilter filter, TimeSpan limit, int most, CancellationToken stop)
    {
        await using var subscription = await Subscribe([filter], stop);
        using var timer = new CancellationTokenSource(limit, _parts.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stop);
        await subscription.AllStoredSent.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.ThrowIfCancellationRequested();
        var found = new List<NostrEvent>();
        while (found.Count < most && subscription.Events.TryRead(out var sent))
            found.Add(sent);
        return found;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var link in _links)
            await link.DisposeAsync();
    }

    async ValueTask Close(RelaySubscription subscription)
    {
        foreach (var link in _links)
            await link.Close(subscription);
    }

    static OutsideFault NotTaken(IReadOnlyList<RelayAnswer> answers) =>
        OutsideFault.Transient($"no relay took the event: {string.Join("; ", answers.Select(answer => $"{answer.Relay.Host}: {answer.Text}"))}");
}
