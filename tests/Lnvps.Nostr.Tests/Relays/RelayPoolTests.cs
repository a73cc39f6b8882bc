using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Randomness;
using Lnvps.Nostr.Events;
using Lnvps.Nostr.Relays;
using Lnvps.Nostr.Tests.Events;
using Lnvps.Testing.Nostr;

namespace Lnvps.Nostr.Tests.Relays;

public class RelayPoolTests
{
    static readonly RelayParts s_parts = new(TimeProvider.System, new SecureRandomness(), RelayRules.Configured)
    {
        FirstPause = TimeSpan.FromMilliseconds(50),
        LongestPause = TimeSpan.FromMilliseconds(200),
        PublishLimit = TimeSpan.FromSeconds(2),
    };

    static readonly Uri s_nobody = new("ws://127.0.0.1:1");

    static EventFilter Notes => new() { Kinds = [1] };

    static async Task<NostrEvent> Next(RelaySubscription subscription) =>
        await subscription.Events.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

    static async Task Until(Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), "It did not happen");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    [Fact]
    public async Task What_is_published_reaches_the_subscribers_of_each_relay_once()
    {
        await using var first = await TestRelay.Start();
        await using var second = await TestRelay.Start();
        first.Copies = 3;
        await using var sender = new RelayPool([first.Url, second.Url], s_parts);
        await using var reader = new RelayPool([first.Url, second.Url, second.Url], s_parts);
        await using var subscription = await reader.Subscribe([Notes], default);
        await subscription.AllStoredSent.WaitAsync(TimeSpan.FromSeconds(10));

        var one = Sample.Event("one");
        var two = Sample.Event("two");
        var answers = await sender.Publish(one, default);
        Assert.Equal(2, answers.Count(answer => answer.Accepted));
        await sender.Publish(two, default);

        Assert.Equal(one.Id, (await Next(subscription)).Id);
        Assert.Equal(two.Id, (await Next(subscription)).Id);
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        Assert.False(subscription.Events.TryRead(out _));
        Assert.Equal(1, second.Connections - 1);
    }

    [Fact]
    public async Task One_relay_is_enough_and_none_is_an_error()
    {
        await using var good = await TestRelay.Start();
        await using var bad = await TestRelay.Start();
        bad.Refusal = "blocked: not\u001b[31m you\n";
        await using var pool = new RelayPool([bad.Url, good.Url, s_nobody], s_parts);
        var answers = await pool.Publish(Sample.Event("x"), default);
        Assert.Equal("blocked: not [31m you", Assert.Single(answers, answer => !answer.Accepted).Text);

        good.Refusal = "error: full";
        var fault = await Assert.ThrowsAsync<OutsideFault>(() => pool.Publish(Sample.Event("y"), default));
        Assert.True(fault.IsTransient);
        Assert.Contains("error: full", fault.Message, StringComparison.Ordinal);

        await using var alone = new RelayPool([s_nobody], s_parts);
        await Assert.ThrowsAsync<OutsideFault>(() => alone.Publish(Sample.Event("z"), default));
        await using var silent = await TestRelay.Start();
        silent.Silent = true;
        await using var waiting = new RelayPool([silent.Url], s_parts);
        Assert.Contains("in time", (await Assert.ThrowsAsync<OutsideFault>(() => waiting.Publish(Sample.Event("z"), default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_connection_comes_back_with_its_subscriptions()
    {
        await using var relay = await TestRelay.Start();
        await using var pool = new RelayPool([relay.Url], s_parts);
        await using var subscription = await pool.Subscribe([Notes], default);
        await subscription.AllStoredSent.WaitAsync(TimeSpan.FromSeconds(10));
        for (var i = 1; i <= 3; i++)
        {
            relay.CutAll();
            await Until(() => relay.Connections == i + 1 && relay.Received.Count(text => text.StartsWith("[\"REQ\"", StringComparison.Ordinal)) == i + 1);
            await relay.Plant(Sample.Event($"after {i}").ToString());
            Assert.Equal($"after {i}", (await Next(subscription)).Content);
        }
    }

    [Fact]
    public async Task A_relay_that_comes_up_later_is_found()
    {
        int port;
        await using (var before = await TestRelay.Start())
            port = before.Url.Port;
        await using var pool = new RelayPool([new Uri($"ws://127.0.0.1:{port}")], s_parts);
        Assert.Equal(0, await pool.Opened(default));
        await using var relay = await TestRelay.Start(port);
        Assert.Single(await pool.Publish(Sample.Event("x"), default));
    }

    [Fact]
    public async Task Forged_foreign_and_unwanted_events_are_dropped()
    {
        await using var relay = await TestRelay.Start();
        await using var pool = new RelayPool([relay.Url], s_parts);
        await using var subscription = await pool.Subscribe([Notes with { Authors = [Sample.Key.PublicKey] }], default);
        await subscription.AllStoredSent.WaitAsync(TimeSpan.FromSeconds(10));
        var name = JsonNode.Parse(relay.Received.First())![1]!.ToString();

        var good = Sample.Event("good");
        await relay.SendRaw(Message(name, Encoding.UTF8.GetString(Sample.Changed(good, e => e["content"] = "bad"))));
        await relay.SendRaw(Message(name, Encoding.UTF8.GetString(Sample.Changed(good, e => e["sig"] = new string('1', 128)))));
        await relay.SendRaw(Message(name, NostrEvent.Sign(Sample.Key, Sample.Now, 2, [], "kind").ToString()));
        await relay.SendRaw(Message("other", good.ToString()));
        await relay.SendRaw("not json at all"u8.ToArray());
        await relay.SendRaw("[\"EVENT\"]"u8.ToArray());
        await relay.SendRaw(Message(name, good.ToString()));
        Assert.Equal("good", (await Next(subscription)).Content);
        Assert.False(subscription.Events.TryRead(out _));

        static byte[] Message(string subscription, string json) => Encoding.UTF8.GetBytes($"[\"EVENT\",\"{subscription}\",{json}]");
    }

    [Fact]
    public async Task A_message_without_end_costs_the_relay_its_connection()
    {
        await using var relay = await TestRelay.Start();
        var reports = new List<string>();
        await using var pool = new RelayPool([relay.Url], s_parts with { LongestMessage = 10_000, Report = (_, text) => reports.Add(text) });
        await pool.Opened(default);
        await relay.SendRaw(new byte[20_000]);
        await Until(() => relay.Connections == 2);
        Assert.Contains(reports, text => text.Contains("10000 bytes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_relay_that_asks_who_is_there_is_told()
    {
        await using var relay = await TestRelay.Start();
        relay.WantsAuth = true;
        await using var pool = new RelayPool([relay.Url], s_parts with { Key = Sample.Key });
        await using var subscription = await pool.Subscribe([Notes], default);
        var sent = Sample.Event("x");
        Assert.True((await pool.Publish(sent, default)).Single().Accepted);
        Assert.Equal(sent.Id, (await Next(subscription)).Id);

        var auth = JsonNode.Parse(relay.Received.Single(text => text.StartsWith("[\"AUTH\"", StringComparison.Ordinal)))![1]!;
        Assert.True(Sample.IsGenuine(Encoding.UTF8.GetBytes(auth.ToJsonString())));
        Assert.Equal(relay.Url.OriginalString, (string)auth["tags"]![0]![1]!);

        await using var nobody = new RelayPool([relay.Url], s_parts with { PublishLimit = TimeSpan.FromMilliseconds(500) });
        await Assert.ThrowsAsync<OutsideFault>(() => nobody.Publish(Sample.Event("y"), default));
        await using var closed = await nobody.Subscribe([Notes], default);
        await closed.AllStoredSent.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Stored_events_are_asked_for_with_a_limit_of_time()
    {
        await using var relay = await TestRelay.Start();
        await using var dead = await TestRelay.Start();
        await relay.Plant(Sample.Event("one").ToString());
        await relay.Plant(Sample.Event("two").ToString());
        await using var pool = new RelayPool([relay.Url, s_nobody], s_parts);
        Assert.Equal(2, (await pool.Query(Notes, TimeSpan.FromSeconds(10), 10, default)).Count);
        Assert.Equal("two", Assert.Single(await pool.Query(Notes with { Limit = 1 }, TimeSpan.FromSeconds(10), 10, default)).Content);
        Assert.Single(await pool.Query(Notes, TimeSpan.FromSeconds(10), most: 1, default));
        Assert.Empty(await pool.Query(new EventFilter { Kinds = [7] }, TimeSpan.FromSeconds(10), 10, default));
        Assert.Contains(relay.Received, text => text.StartsWith("[\"CLOSE\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Disposing_ends_everything()
    {
        await using var relay = await TestRelay.Start();
        var pool = new RelayPool([relay.Url, s_nobody], s_parts);
        var subscription = await pool.Subscribe([Notes], default);
        await subscription.AllStoredSent.WaitAsync(TimeSpan.FromSeconds(10));
        await pool.DisposeAsync();
        await Until(() => relay.Connected == 0);
        await subscription.DisposeAsync();
        Assert.False(await subscription.Events.WaitToReadAsync());
    }
}
