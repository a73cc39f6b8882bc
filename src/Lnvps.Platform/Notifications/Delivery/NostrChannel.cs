using System.Collections.Concurrent;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Time;
using Lnvps.Database.Notifications;
using Lnvps.Database.Users;
using Lnvps.Nostr.Messages;
using Lnvps.Nostr.Relays;
using Lnvps.Platform.Configuration;

namespace Lnvps.Platform.Notifications.Delivery;

/// <summary>
/// Direct messages over Nostr (NIP-17): wrapped for the recipient, left at the relays that the recipient names (kind 10050) and at those of the configuration. One
/// relay that takes it is enough.
/// </summary>
public sealed class NostrChannel : INoticeChannel, IAsyncDisposable
{
    static readonly TimeSpan s_remembered = TimeSpan.FromHours(1);
    const int MostRemembered = 10_000;

    readonly NostrSettings _settings;
    readonly RelayParts _own;
    readonly RelayRules _rules;
    readonly RelayPool _pool;
    readonly ConcurrentDictionary<PublicKey, (IReadOnlyList<Uri> Relays, long Found)> _relays = [];

    /// <param name="settings">The shop's key and relays.</param>
    /// <param name="parts">Clock, randomness, limits; its rules are those for relays that recipients name.</param>
    public NostrChannel(NostrSettings settings, RelayParts parts)
    {
        (_settings, _rules) = (settings, parts.Rules);
        _own = parts with { Rules = RelayRules.Configured, Key = settings.Key };
        _pool = new RelayPool(settings.Relays, _own);
    }

    public NotificationChannel Kind => NotificationChannel.Nip17;

    public bool Wants(UserRow user) => user.ContactNip17;

    public async Task Deliver(UserRow user, DeliveryRow delivery, CancellationToken stop)
    {
        var wrap = GiftWrap.ForMessage(_settings.Key, user.Pubkey, delivery.Message, Instant.From(_own.Time.GetUtcNow()), _own.Random)
            ?? throw OutsideFault.Fatal("the key is not a point of the curve");
        var relays = (await RelaysOf(user.Pubkey, stop)).Except(_settings.Relays).ToList();
        if (relays.Count == 0)
        {
            await _pool.Publish(wrap, stop);
            return;
        }
        await using var theirs = new RelayPool(relays, _own with { Rules = _rules });
        Task[] both = [_pool.Publish(wrap, stop), theirs.Publish(wrap, stop)];
        await Task.WhenAll(both).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.ThrowIfCancellationRequested();
        if (both.All(task => task.IsFaulted))
            await both[0];
    }

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    async Task<IReadOnlyList<Uri>> RelaysOf(PublicKey key, CancellationToken stop)
    {
        if (_relays.TryGetValue(key, out var known) && _own.Time.GetElapsedTime(known.Found) < s_remembered)
            return known.Relays;
        var relays = await MessageRelays.Find(_pool, key, _rules, stop);
        if (_relays.Count >= MostRemembered)
            _relays.Clear();
        _relays[key] = (relays, _own.Time.GetTimestamp());
        return relays;
    }
}
