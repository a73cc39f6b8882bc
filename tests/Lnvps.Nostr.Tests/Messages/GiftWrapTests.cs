using System.Text;
using Lnvps.Core.Identity;
using Lnvps.Core.Randomness;
using Lnvps.Nostr.Encryption;
using Lnvps.Nostr.Events;
using Lnvps.Nostr.Keys;
using Lnvps.Nostr.Messages;
using Lnvps.Nostr.Relays;
using Lnvps.Nostr.Tests.Events;
using Lnvps.Testing.Nostr;

namespace Lnvps.Nostr.Tests.Messages;

public class GiftWrapTests
{
    static readonly SecretKey s_recipient = SecretKey.Parse("7b911fd37cdf5c81d4c0adb1ab7fa822ed253ab0ad9aa18d77257c88b29b718e");
    static readonly SecureRandomness s_random = new();

    static NostrEvent Wrap(string text) => GiftWrap.ForMessage(Sample.Key, s_recipient.PublicKey, text, Sample.Now, s_random)!;

    [Fact]
    public void The_recipient_opens_what_was_wrapped_and_nobody_else()
    {
        var wrap = Wrap("Grüße \"and\" \\ 😀\n");
        Assert.True(GiftWrap.TryOpen(s_recipient, wrap, out var message));
        Assert.Equal("Grüße \"and\" \\ 😀\n", message.Content);
        Assert.Equal(Sample.Key.PublicKey, message.Author);
        Assert.Equal((14, Sample.Now), (message.Kind, message.CreatedAt));
        Assert.Equal(s_recipient.PublicKey.ToString(), message.Tags.Single(tag => tag.Name == "p").Value);
        Assert.False(GiftWrap.TryOpen(Sample.Key, wrap, out _));
    }

    [Fact]
    public void The_outside_shows_nothing_but_the_recipient()
    {
        var keys = new HashSet<PublicKey>();
        var times = new HashSet<long>();
        for (var i = 0; i < 50; i++)
        {
            var wrap = Wrap("x");
            Assert.Equal(1059, wrap.Kind);
            Assert.Equal(s_recipient.PublicKey.ToString(), Assert.Single(wrap.Tags).Value);
            Assert.InRange(Sample.Now.SecondsSince(wrap.CreatedAt), 0, 172_799);
            keys.Add(wrap.PublicKey);
            times.Add(wrap.CreatedAt.UnixSeconds);
        }
        Assert.Equal(50, keys.Count);
        Assert.DoesNotContain(Sample.Key.PublicKey, keys);
        Assert.True(times.Count > 40);
    }

    [Fact]
    public void A_text_too_long_for_the_envelopes_is_cut_and_arrives()
    {
        foreach (var unit in new[] { "x", "\n", "é", "😀", "\u0001" })
        {
            var text = string.Concat(Enumerable.Repeat(unit, 80_000 / unit.Length));
            Assert.True(GiftWrap.TryOpen(s_recipient, Wrap(text), out var message));
            Assert.EndsWith(" […]", message.Content, StringComparison.Ordinal);
            Assert.StartsWith(message.Content[..^4], text, StringComparison.Ordinal);
            Assert.True(Encoding.UTF8.GetByteCount(message.ToJson()) > 30_000, unit);
        }
    }

    [Fact]
    public void Nothing_is_wrapped_for_a_key_that_is_none()
    {
        var bytes = new byte[32];
        bytes[31] = 5; // x = 5 is not on the curve
        Assert.Null(GiftWrap.ForMessage(Sample.Key, new PublicKey(new Bytes32(bytes)), "x", Sample.Now, s_random));
    }

    [Fact]
    public void A_message_that_names_another_author_than_its_seal_is_refused()
    {
        using var liar = SecretKey.Generate();
        using var outer = Nip44Key.Between(liar, s_recipient.PublicKey)!;
        var rumor = new UnsignedEvent(Sample.Key.PublicKey, Sample.Now, 14, [], "send me money");
        var inner = NostrEvent.Sign(liar, Sample.Now, 13, [], Nip44.Encrypt(outer, rumor.ToJson(), s_random));
        var wrap = NostrEvent.Sign(liar, Sample.Now, 1059, [], Nip44.Encrypt(outer, inner.ToString(), s_random));
        Assert.False(GiftWrap.TryOpen(s_recipient, wrap, out _));
        Assert.False(GiftWrap.TryOpen(s_recipient, NostrEvent.Sign(liar, Sample.Now, 1059, [], "AAAA"), out _));
    }

    [Fact]
    public void Bent_messages_never_throw()
    {
        var good = new UnsignedEvent(Sample.Key.PublicKey, Sample.Now, 14, [new EventTag("p", "q"), new EventTag()], "text").ToJson();
        Assert.True(UnsignedEvent.TryParse(good, out _));
        var random = new Random(99);
        for (var i = 0; i < 20_000; i++)
        {
            var bent = new StringBuilder(good);
            for (var n = random.Next(1, 4); n > 0; n--)
                bent[random.Next(bent.Length)] = random.Next(3) == 0 ? (char)random.Next(0x10000) : "\"[]{},:\\u0d8"[random.Next(12)];
            var text = random.Next(2) == 0 ? bent.ToString() : bent.ToString()[..random.Next(bent.Length)];
            if (UnsignedEvent.TryParse(text, out var read))
                Assert.Equal(Sample.Key.PublicKey, read.Author);
        }
    }

    [Fact]
    public async Task The_newest_list_of_message_relays_counts_as_far_as_acceptable()
    {
        await using var first = await TestRelay.Start();
        await using var second = await TestRelay.Start();
        await using var pool = new RelayPool([first.Url, second.Url], new RelayParts(TimeProvider.System, s_random, RelayRules.Configured));
        Assert.Empty(await MessageRelays.Find(pool, Sample.Key.PublicKey, RelayRules.Strangers, default));
        await first.Plant(List(Sample.Now.UnixSeconds, "wss://new.example", "ws://plain.example", "wss://10.0.0.1", "wss://b.example", "wss://new.example"));
        await second.Plant(List(Sample.Now.UnixSeconds - 5, "wss://old.example"));
        var found = await MessageRelays.Find(pool, Sample.Key.PublicKey, RelayRules.Strangers, default);
        Assert.Equal([new Uri("wss://new.example"), new Uri("wss://b.example")], found);
        Assert.Equal(5, MessageRelays.Read(Parse(List(1, [.. Enumerable.Range(0, 9).Select(i => $"wss://r{i}.example")])), RelayRules.Strangers).Count);

        static string List(long at, params string[] urls) =>
            NostrEvent.Sign(Sample.Key, new Core.Time.Instant(at), 10050, [new EventTag("relay"), .. urls.Select(url => new EventTag("relay", url))], "").ToString();
        static NostrEvent Parse(string json) => NostrEvent.TryParse(Encoding.UTF8.GetBytes(json), out var read) ? read : throw new InvalidOperationException();
    }
}
