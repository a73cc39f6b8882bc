using System.Security.Cryptography;
using Lnvps.Core.Identity;
using Lnvps.Nostr.HttpAuth;
using StackExchange.Redis;

namespace Lnvps.Platform.Sharing;

/// <summary>
/// Events that may be used once in the whole shop (customer-api.md section 2.3). Each process remembers its own as well: while Redis is away an event can be
/// used once per process, and what was used meanwhile, or was forgotten with a server that came back empty, is told to it again. Until all processes have had the
/// time for that (<see cref="Settling"/>), nobody takes its word that an event is new.
/// </summary>
public sealed class SharedEventIds : IUsedEventIds
{
    /// <summary>Within this time all processes notice that the server is back, as they look each second, and tell it what they know.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);

    const int Batch = 1000;

    readonly UsedEventIds _own;
    readonly SharedStore _store;
    readonly TimeProvider _time;
    readonly RedisValue _mark = RandomNumberGenerator.GetHexString(16);
    volatile Task _settled = Task.CompletedTask;

    public SharedEventIds(UsedEventIds own, SharedStore store, TimeProvider time)
    {
        (_own, _store, _time) = (own, store, time);
        store.OnReturn(() => _settled = Task.WhenAll(TellAll(), Task.Delay(Settling, time)));
    }

    public async ValueTask<bool> TryUse(Bytes32 eventId, CancellationToken stop)
    {
        if (!await _own.TryUse(eventId, stop))
            return false;
        var settled = _store.IsUp ? await Settled(stop) : _settled;
        var isFirst = true;
        // A mark of ours there already was put by TellAll, which knows this event since the first line.
        var answered = await _store.Try(async redis =>
            isFirst = await redis.StringSetAsync(Key(eventId), _mark, UsedEventIds.Kept, When.NotExists) || await redis.StringGetAsync(Key(eventId)) == _mark);
        if (!answered || !isFirst || ReferenceEquals(settled, _settled))
            return isFirst;
        // The server came back with this call: who used the event meanwhile says so by putting a mark in the place of ours.
        await Settled(stop);
        await _store.Try(async redis => isFirst = await redis.StringGetAsync(Key(eventId)) == _mark);
        return isFirst;
    }

    /// <summary>
    /// Waits until all have told what they know, once more if the server goes and comes back while we wait. One that does so again and again is as good as away: sign-in
    /// does not wait for it.
    /// </summary>
    async Task<Task> Settled(CancellationToken stop)
    {
        var settling = _settled;
        await settling.WaitAsync(stop);
        if (ReferenceEquals(settling, _settled))
            return settling;
        settling = _settled;
        await settling.WaitAsync(stop);
        return settling;
    }

    /// <summary>Tells Redis what this process knows. Whoever just took the server's word that such an event is new finds our mark.</summary>
    async Task TellAll()
    {
        foreach (var batch in _own.Remembered().Chunk(Batch))
        {
            if (!await _store.Try(redis => Task.WhenAll(batch.Select(used => redis.StringSetAsync(Key(used.Id), _mark, used.Left)))))
                return;
        }
    }

    static RedisKey Key(Bytes32 id) => $"nip98:{id}";
}
