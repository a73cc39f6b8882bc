using Lnvps.Core.Outcomes;
using Lnvps.Core.Randomness;
using Lnvps.Core.Time;
using Lnvps.Nostr.Events;
using Lnvps.Nostr.Relays;
using Lnvps.Nostr.Tests.Events;
using Lnvps.Testing.Interop;

namespace Lnvps.Nostr.Tests.Interop;

/// <summary>The relay pool against a relay of other hands (npm's @nostr-relay/core), with sign-in.</summary>
[Trait("Speed", "slow")]
public class ForeignRelayTests
{
    static readonly RelayParts s_parts = new(TimeProvider.System, new SecureRandomness(), RelayRules.Configured) { PublishLimit = TimeSpan.FromSeconds(5) };

    [Theory]
    [InlineData("open")]
    [InlineData("auth")]
    public async Task Events_are_published_found_and_passed_on(string mode)
    {
        await using var relay = await NodeServer.Start("relay.js", mode);
        var url = new Uri($"ws://127.0.0.1:{relay.Ready}");
        await using var pool = new RelayPool([url], s_parts with { Key = Sample.Key });
        var now = Instant.From(TimeProvider.System.GetUtcNow());
        var first = NostrEvent.Sign(Sample.Key, now, 1, [], "first é");
        Assert.True((await pool.Publish(first, default)).Single().Accepted);
        Assert.Equal(first.Id, Assert.Single(await pool.Query(new EventFilter { Authors = [Sample.Key.PublicKey] }, TimeSpan.FromSeconds(5), 10, default)).Id);

        await using var subscription = await pool.Subscribe([new EventFilter { Kinds = [1], Since = now }], default);
        await subscription.AllStoredSent.WaitAsync(TimeSpan.FromSeconds(10));
        await pool.Publish(NostrEvent.Sign(Sample.Key, now, 1, [new EventTag("t", "x")], "second"), default);
        Assert.Equal("first é", (await subscription.Events.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10))).Content);
        Assert.Equal("second", (await subscription.Events.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10))).Content);
    }

    [Fact]
    public async Task A_refusal_is_an_error()
    {
        await using var relay = await NodeServer.Start("relay.js");
        await using var pool = new RelayPool([new Uri($"ws://127.0.0.1:{relay.Ready}")], s_parts);
        var late = NostrEvent.Sign(Sample.Key, Instant.From(TimeProvider.System.GetUtcNow()), 1, [new EventTag("expiration", "1000")], "expired");
        Assert.Contains("expired", (await Assert.ThrowsAsync<OutsideFault>(() => pool.Publish(late, default))).Message, StringComparison.Ordinal);
    }
}
