using Lnvps.Core.Identity;

namespace Lnvps.Nostr.HttpAuth;

/// <summary>Remembers events that may be used once only (customer-api.md section 2.3). Ask it last, when every other check has passed: a forged event must not burn a good one.</summary>
public interface IUsedEventIds
{
    /// <summary>True the first time an id is asked for, false again and again after that.</summary>
    ValueTask<bool> TryUse(Bytes32 eventId, CancellationToken stop);
}

/// <summary>Used events of this process: each kept for twice the window, which is longer than it stays valid; at most 100,000, the oldest go first.</summary>
public sealed class UsedEventIds(TimeProvider time, int capacity = UsedEventIds.DefaultCapacity) : IUsedEventIds
{
    /// <summary>How many ids are remembered at most.</summary>
    public const int DefaultCapacity = 100_000;

    /// <summary>
    /// How long an id is remembered. An event from the future edge of the window is valid for twice the window; the second more is the one that whole
    /// seconds hide.
    /// </summary>
    public static readonly TimeSpan Kept = TimeSpan.FromSeconds((2 * Nip98.WindowSeconds) + 1);

    readonly Lock _gate = new();
    readonly HashSet<Bytes32> _known = [];
    readonly Queue<(Bytes32 Id, long UsedAt)> _oldestFirst = new();

    /// <summary>How many ids are remembered now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _known.Count;
        }
    }

    /// <summary>What is remembered, each with the time for which it still must be, above zero; oldest first.</summary>
    public IReadOnlyList<(Bytes32 Id, TimeSpan Left)> Remembered()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            return [.. _oldestFirst.Select(used => (used.Id, Left: Kept - time.GetElapsedTime(used.UsedAt, now))).Where(used => used.Left > TimeSpan.Zero)];
        }
    }

    public ValueTask<bool> TryUse(Bytes32 eventId, CancellationToken stop)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp(); // a steady clock: setting the wall clock back must not bring an event back to life
            while (_oldestFirst.TryPeek(out var oldest) && time.GetElapsedTime(oldest.UsedAt, now) >= Kept)
                _known.Remove(_oldestFirst.Dequeue().Id);
            if (!_known.Add(eventId))
                return ValueTask.FromResult(false);
            if (_known.Count > capacity)
                _known.Remove(_oldestFirst.Dequeue().Id);
            _oldestFirst.Enqueue((eventId, now));
            return ValueTask.FromResult(true);
        }
    }
}
