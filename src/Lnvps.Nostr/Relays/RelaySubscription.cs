using System.Threading.Channels;
using Lnvps.Core.Identity;
using Lnvps.Nostr.Events;

namespace Lnvps.Nostr.Relays;

/// <summary>
/// Events that were asked for, from all relays of a pool: verified, matching, each once. Disposing it tells the relays.
/// </summary>
public sealed class RelaySubscription : IAsyncDisposable
{
    const int MostWaiting = 1024;
    const int MostRemembered = 10_000;

    // When nobody reads for long, the newest are dropped: a stranger must not fill our memory.
    readonly Channel<NostrEvent> _events = Channel.CreateBounded<NostrEvent>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropWrite });
    readonly SeenEvents _seen = new(MostRemembered);
    readonly HashSet<Uri> _unfinished;
    readonly TaskCompletionSource _stored = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Func<RelaySubscription, ValueTask> _close;
    readonly Lock _lock = new();

    internal RelaySubscription(string name, IReadOnlyList<EventFilter> filters, IEnumerable<Uri> relays, Func<RelaySubscription, ValueTask> close)
    {
        Name = name;
        Filters = filters;
        _unfinished = [.. relays];
        _close = close;
        if (_unfinished.Count == 0)
            _stored.SetResult();
    }

    internal string Name { get; }

    internal IReadOnlyList<EventFilter> Filters { get; }

    /// <summary>Events as they arrive; ends when the subscription is disposed.</summary>
    public ChannelReader<NostrEvent> Events => _events.Reader;

    /// <summary>Ends once every relay has sent what it had stored, or has failed to.</summary>
    public Task AllStoredSent => _stored.Task;

    /// <summary>Takes an event from a relay, if it is genuine and new.</summary>
    internal void Offer(NostrEvent sent)
    {
        // Marked only when it is genuine: a forgery must not keep the true event out.
        if (!_seen.Contains(sent.Id) && Filters.Any(filter => filter.Matches(sent)) && sent.Verify() && _seen.Add(sent.Id))
            _events.Writer.TryWrite(sent);
    }

    internal void Finished(Uri relay)
    {
        lock (_lock)
        {
            _unfinished.Remove(relay);
            if (_unfinished.Count > 0)
                return;
        }
        _stored.TrySetResult();
    }

    internal void End()
    {
        _events.Writer.TryComplete();
        _stored.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        End();
        await _close(this);
    }
}

/// <summary>The ids of the last events, so many at most. All members may be called from any thread.</summary>
sealed class SeenEvents(int most)
{
    readonly HashSet<Bytes32> _ids = [];
    readonly Queue<Bytes32> _order = [];
    readonly Lock _lock = new();

    public bool Contains(Bytes32 id)
    {
        lock (_lock)
            return _ids.Contains(id);
    }

    /// <summary>False when it was there.</summary>
    public bool Add(Bytes32 id)
    {
        lock (_lock)
        {
            if (!_ids.Add(id))
                return false;
            _order.Enqueue(id);
            if (_order.Count > most)
                _ids.Remove(_order.Dequeue());
            return true;
        }
    }
}
