using Lnvps.Core.Identity;
using Lnvps.Nostr.HttpAuth;
using StackExchange.Redis;

namespace Lnvps.Platform.Sharing;

/// <summary>
/// Events that may be used once in the whole shop (customer-api.md section 2.3). Each process remembers its own as well: while Redis is away an event can be
/// used once per process, and what was used meanwhile, or was forgotten with a server that came back empty, is told to it again.
/// </summary>
public sealed class SharedEventIds : IUsedEventIds
{
    const int Batch = 1000;

    readonly UsedEventIds _own;
    readonly SharedStore _store;

    public SharedEventIds(UsedEventIds own, SharedStore store)
    {
        (_own, _store) = (own, store);
        store.OnReturn(() => _ = TellAll());
    }

    public async ValueTask<bool> TryUse(Bytes32 eventId, CancellationToken stop)
    {
        if (!await _own.TryUse(eventId, stop))
            return false;
        var isFirst = true;
        await _store.Try(async redis => isFirst = await redis.StringSetAsync(Key(eventId), "", UsedEventIds.Kept, When.NotExists));
        return isFirst;
    }

    /// <summary>Tells Redis what this process knows; what it knows already stays as it is.</summary>
    async Task TellAll()
    {
        foreach (var batch in _own.Remembered().Chunk(Batch))
        {
            if (!await _store.Try(redis => Task.WhenAll(batch.Select(used => redis.StringSetAsync(Key(used.Id), "", used.Left, When.NotExists)))))
                return;
        }
    }

    static RedisKey Key(Bytes32 id) => $"nip98:{id}";
}
