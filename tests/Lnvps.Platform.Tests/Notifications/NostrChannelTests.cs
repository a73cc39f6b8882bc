using System.Text;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Randomness;
using Lnvps.Core.Time;
using Lnvps.Database.Notifications;
using Lnvps.Database.Users;
using Lnvps.Nostr.Events;
using Lnvps.Nostr.Keys;
using Lnvps.Nostr.Messages;
using Lnvps.Nostr.Relays;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Notifications.Delivery;
using Lnvps.Testing.Nostr;

namespace Lnvps.Platform.Tests.Notifications;

public class NostrChannelTests
{
    static readonly SecretKey s_shop = SecretKey.Generate();
    static readonly SecretKey s_customer = SecretKey.Generate();

    static readonly UserRow s_user = new() { Pubkey = s_customer.PublicKey, ContactNip17 = true };

    static NostrChannel Channel(Uri relay, bool allowPrivate = true) => new(new NostrSettings([relay], s_shop),
        new RelayParts(TimeProvider.System, new SecureRandomness(), new RelayRules(allowPrivate)) { PublishLimit = TimeSpan.FromSeconds(2) });

    static List<string> Read(TestRelay relay) => [.. relay.Events
        .Select(json => NostrEvent.TryParse(Encoding.UTF8.GetBytes(json.ToJsonString()), out var sent) && GiftWrap.TryOpen(s_customer, sent, out var message) && message.Author == s_shop.PublicKey ? message.Content : null)
        .OfType<string>()];

    static NostrEvent List(params Uri[] relays) =>
        NostrEvent.Sign(s_customer, Instant.From(TimeProvider.System.GetUtcNow()), 10050, [.. relays.Select(url => new EventTag("relay", url.OriginalString))], "");

    [Fact]
    public async Task A_message_is_left_where_the_recipient_reads_and_at_our_own_relays()
    {
        await using var ours = await TestRelay.Start();
        await using var theirs = await TestRelay.Start();
        theirs.WantsAuth = true;
        await ours.Plant(List(theirs.Url, ours.Url).ToString());
        await using var channel = Channel(ours.Url);
        await channel.Deliver(s_user, new DeliveryRow { Title = "not sent", Message = "hello\nyou" }, default);
        await channel.Deliver(s_user, new DeliveryRow { Message = "again" }, default);
        Assert.Equal(["hello\nyou", "again"], Read(ours));
        Assert.Equal(["hello\nyou", "again"], Read(theirs));
        Assert.Equal(1, ours.Received.Count(text => text.StartsWith("[\"REQ\"", StringComparison.Ordinal)));

        // One of both is enough.
        ours.Refusal = "blocked: no";
        await channel.Deliver(s_user, new DeliveryRow { Message = "theirs alone" }, default);
        Assert.Contains("theirs alone", Read(theirs));
        theirs.Refusal = "error: no";
        Assert.True((await Assert.ThrowsAsync<OutsideFault>(() => channel.Deliver(s_user, new DeliveryRow { Message = "x" }, default))).IsTransient);
    }

    [Fact]
    public async Task Relays_of_strangers_in_our_network_are_not_dialled()
    {
        await using var ours = await TestRelay.Start();
        await using var inside = await TestRelay.Start();
        await ours.Plant(List(inside.Url).ToString());
        await using var channel = Channel(ours.Url, allowPrivate: false);
        await channel.Deliver(s_user, new DeliveryRow { Message = "hello" }, default);
        Assert.Equal(["hello"], Read(ours));
        Assert.Equal(0, inside.Connections);
    }

    [Fact]
    public async Task A_key_that_is_none_can_never_be_written_to()
    {
        await using var ours = await TestRelay.Start();
        await using var channel = Channel(ours.Url);
        var nobody = s_user with { Pubkey = new PublicKey(new Bytes32([.. new byte[31], 5])) };
        Assert.False((await Assert.ThrowsAsync<OutsideFault>(() => channel.Deliver(nobody, new DeliveryRow { Message = "x" }, default))).IsTransient);
    }
}
