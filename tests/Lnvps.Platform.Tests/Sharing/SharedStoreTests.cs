using System.Collections.Concurrent;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Time;
using Lnvps.Hosting.Hosts;
using Lnvps.Nostr.HttpAuth;
using Lnvps.Platform.Rates;
using Lnvps.Platform.Sharing;
using Lnvps.Platform.Vms;
using Lnvps.Platform.Workflows.Engine;
using Lnvps.Testing.Servers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Platform.Tests.Sharing;

/// <summary>Two processes of a shop on a real Redis that is killed, comes back empty, and hangs.</summary>
[Trait("Speed", "slow")]
public sealed class SharedStoreTests : IAsyncLifetime
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    readonly Lines _log = new();
    RedisServer _server = null!;
    SharedStore _one = null!;
    SharedStore _other = null!;

    public async Task InitializeAsync()
    {
        _server = await RedisServer.Start();
        (_one, _other) = (await Open(), await Open());
    }

    Task<SharedStore> Open() => SharedStore.Open(_server.Settings, TimeProvider.System, _log);

    [Fact]
    public async Task An_event_is_used_once_in_the_whole_shop()
    {
        var (one, other) = (Ids(_one), Ids(_other));

        Assert.True(await one.TryUse(Id(1), default));
        Assert.False(await other.TryUse(Id(1), default));
        Assert.False(await one.TryUse(Id(1), default));
        Assert.True(await other.TryUse(Id(2), default));
        Assert.False(await one.TryUse(Id(2), default));
        Assert.Equal(1201, int.Parse(await _server.Execute("TTL", $"nip98:{Id(1)}")), tolerance: 5);
    }

    [Fact]
    public async Task Of_a_hundred_uses_at_once_one_succeeds()
    {
        var processes = new[] { Ids(_one), Ids(_other), Ids(_one), Ids(_other) };

        var uses = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => processes[i % 4].TryUse(Id(9), default).AsTask())));

        Assert.Single(uses, used => used);
    }

    [Fact]
    public async Task Without_Redis_an_event_is_used_once_per_process_and_what_was_used_is_told_to_the_one_that_comes_back()
    {
        var (one, other) = (Ids(_one), Ids(_other));
        Assert.True(await one.TryUse(Id(1), default));
        _server.Stop();

        Assert.True(await one.TryUse(Id(2), default));
        Assert.False(await one.TryUse(Id(2), default));
        Assert.False(await one.TryUse(Id(1), default));
        Assert.False(_one.IsUp);

        await _server.StartAgain();
        await Until(async () => (await _server.Execute("EXISTS", $"nip98:{Id(1)}", $"nip98:{Id(2)}")).Trim() == "2", () => Ids(_one).TryUse(Fresh(), default).AsTask());
        await Until(() => Task.FromResult(_other.IsUp), () => Ids(_other).TryUse(Fresh(), default).AsTask());
        Assert.False(await other.TryUse(Id(1), default));
        Assert.False(await other.TryUse(Id(2), default));
        Assert.Contains(_log.All, line => line.Contains("answers again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_another_process_used_while_Redis_was_away_is_not_used_again_before_Redis_is_told()
    {
        var time = new FakeTimeProvider();
        var ids = Ids(_one, time);
        _server.Stop();
        await Until(() => Task.FromResult(!_one.IsUp), () => ids.TryUse(Fresh(), default).AsTask());
        await _server.StartAgain();

        // The first call that the server answers takes its mark, and waits for what the others have to tell.
        Bytes32 id = default;
        var use = Task.FromResult(true);
        await Until(async () => (await _server.Execute("EXISTS", $"nip98:{id}")).Trim() == "1", () =>
        {
            if (use.IsCompleted)
                use = ids.TryUse(id = Fresh(), default).AsTask();
            return Task.CompletedTask;
        });
        Assert.False(use.IsCompleted);
        await _server.Execute("SET", $"nip98:{id}", "the mark of another", "EX", "1000");
        var next = ids.TryUse(Fresh(), default).AsTask();
        await Until(() => Task.FromResult(use.IsCompleted && next.IsCompleted), () =>
        {
            time.Advance(SharedEventIds.Settling);
            return Task.CompletedTask;
        });

        Assert.False(await use);
        Assert.True(await next);
    }

    [Fact]
    public async Task A_server_that_hangs_costs_one_short_wait()
    {
        var ids = Ids(_one);
        await _server.Freeze();
        try
        {
            var began = TimeProvider.System.GetTimestamp();
            Assert.True(await ids.TryUse(Id(1), default));
            Assert.True(TimeProvider.System.GetElapsedTime(began) < SharedStore.Patience + TimeSpan.FromSeconds(2));
            began = TimeProvider.System.GetTimestamp();
            for (var i = 0; i < 20; i++)
                Assert.True(await ids.TryUse(Fresh(), default));
            Assert.True(TimeProvider.System.GetElapsedTime(began) < SharedStore.Patience * 4);
        }
        finally
        {
            await _server.Thaw();
        }
        await Until(() => Task.FromResult(_one.IsUp), () => ids.TryUse(Fresh(), default).AsTask());
    }

    [Fact]
    public async Task One_process_asks_the_source_and_all_have_its_rates()
    {
        var source = new Source();
        var (one, other) = (Book(_one, source), Book(_other, source));

        await one.Refresh(default);
        await other.Refresh(default);
        await one.Refresh(default);

        Assert.Equal(1, source.Asked);
        Assert.Equal(95_000.25m, other.Current.Of(Currency.EUR).Value.PerBitcoin);
        Assert.Equal("prices.example", other.Current.QuoteBetween(Currency.BTC, Currency.EUR)!.Source);
        Assert.Equal("95000.25", (await _server.Execute("GET", "exchange_rate:BTC/EUR")).Trim());
        Assert.Equal(300, int.Parse(await _server.Execute("TTL", "exchange_rate:BTC/EUR")), tolerance: 5);
    }

    [Fact]
    public async Task A_shared_rate_is_as_old_as_its_lifetime_tells_and_is_used_while_the_source_is_away()
    {
        await _server.Execute("SET", "exchange_rate:BTC/EUR", "94000", "EX", "100");
        await _server.Execute("SET", "exchange_rate:BTC/USD", "99000");
        await _server.Execute("SET", "exchange_rate:BTC/GBP", "free", "EX", "100");
        var book = Book(_one, new Source { IsAway = true });

        await book.Refresh(default);

        Assert.Equal(94_000m, book.Current.Of(Currency.EUR).Value.PerBitcoin);
        var (currency, age) = Assert.Single(book.Ages);
        Assert.Equal("EUR", currency);
        Assert.InRange(age.TotalSeconds, 199, 210);
        Assert.False(book.Current.TryGet(Currency.USD, out _)); // without an end it may be of any age
        Assert.False(book.Current.TryGet(Currency.GBP, out _));
    }

    [Fact]
    public async Task A_rate_with_a_longer_life_than_ours_may_be_of_any_age()
    {
        await _server.Execute("SET", "exchange_rate:BTC/EUR", "94000", "EX", "1000");
        var book = Book(_one, new Source { IsAway = true });

        await book.Refresh(default);

        Assert.False(book.Current.TryGet(Currency.EUR, out _));
    }

    [Fact]
    public async Task One_pair_that_is_kept_fresh_does_not_keep_the_others_from_being_asked_for()
    {
        var source = new Source { Others = [new FetchedRate(new ExchangeRate(Currency.USD, 99_000m), "prices.example")] };
        var rates = new SharedRates(source, _one, TimeProvider.System, NullLogger<SharedRates>.Instance);
        await rates.Fetch(default);
        Assert.Equal(1, source.Asked);
        await _server.Execute("DEL", "exchange_rate_turn");
        await rates.Fetch(default);
        Assert.Equal(1, source.Asked);

        // Too old, then gone; the first pair stays fresh.
        await _server.Execute("EXPIRE", "exchange_rate:BTC/USD", "100");
        await rates.Fetch(default);
        Assert.Equal(2, source.Asked);
        await _server.Execute("DEL", "exchange_rate:BTC/USD", "exchange_rate_turn");
        Assert.Equal(2, (await rates.Fetch(default)).Count);
        Assert.Equal(3, source.Asked);

        // A pair that the source does not have may be as old as it likes.
        await _server.Execute("SET", "exchange_rate:BTC/GBP", "80000", "EX", "10");
        await _server.Execute("DEL", "exchange_rate_turn");
        await rates.Fetch(default);
        Assert.Equal(3, source.Asked);
    }

    [Fact]
    public async Task Without_Redis_each_process_asks_the_source_at_its_own_pace()
    {
        var source = new Source();
        var (one, other) = (Book(_one, source), Book(_other, source));
        _server.Stop();

        for (var i = 0; i < 3; i++)
        {
            await one.Refresh(default);
            await other.Refresh(default);
        }

        Assert.Equal(2, source.Asked);
        Assert.True(one.Current.TryGet(Currency.EUR, out _));
        Assert.True(other.Current.TryGet(Currency.EUR, out _));
    }

    [Fact]
    public async Task The_state_of_a_VM_is_seen_by_all_in_the_documented_form()
    {
        var (one, other) = (States(_one), States(_other));
        var seen = new ObservedState(new Instant(1_771_495_200), new MachineState(MachinePower.Running, 0.25, 0.5, 12, 1, 2, 3, 4, HasDisk: true));

        one.Put(new VmId(7), seen);

        await Until(async () => await _server.Execute("EXISTS", "vm_state:7") == "1\n");
        Assert.Equal("""{"timestamp":1771495200,"state":"running","cpu_usage":0.25,"mem_usage":0.5,"uptime":12,"net_in":1,"net_out":2,"disk_write":3,"disk_read":4}""",
            (await _server.Execute("GET", "vm_state:7")).Trim());
        Assert.Equal(300, int.Parse(await _server.Execute("TTL", "vm_state:7")), tolerance: 5);
        await _server.Execute("SET", "vm_state:8", "not JSON");
        Assert.Equal([KeyValuePair.Create(new VmId(7), seen)], await other.FindAll([new VmId(6), new VmId(7), new VmId(8)]));

        one.Remove(new VmId(7));
        await Until(async () => (await other.FindAll([new VmId(7)])).Count == 0);
    }

    [Fact]
    public async Task After_Redis_came_back_empty_a_process_still_shows_what_it_knows_but_not_what_was_removed()
    {
        var (one, other) = (States(_one), States(_other));
        var seen = new ObservedState(new Instant(1_771_495_200), new MachineState(MachinePower.Running, 0.25, 0.5, 12, 1, 2, 3, 4, HasDisk: true));
        one.Put(new VmId(7), seen);
        one.Put(new VmId(8), seen);
        await Until(async () => (await other.FindAll([new VmId(7), new VmId(8)])).Count == 2);

        await _server.Execute("FLUSHALL");
        Assert.Equal(seen, (await other.FindAll([new VmId(7)]))[new VmId(7)]);
        Assert.Equal(2, (await one.FindAll([new VmId(7), new VmId(8)])).Count);

        one.Remove(new VmId(7));
        await Until(async () => (await other.FindAll([new VmId(7), new VmId(8)])).Count == 1);
        one.Put(new VmId(7), seen);
        await Until(async () => (await other.FindAll([new VmId(7), new VmId(8)])).Count == 2);
    }

    [Fact]
    public async Task What_nobody_sees_any_more_is_unknown_in_the_end()
    {
        var time = new FakeTimeProvider();
        var states = new StateCache(time, new SharedStates(_one, TimeSpan.FromSeconds(300)));
        var seen = new ObservedState(new Instant(1_771_495_200), new MachineState(MachinePower.Running, 0.25, 0.5, 12, 1, 2, 3, 4, HasDisk: true));
        States(_other).Put(new VmId(7), seen);
        await Until(async () => (await states.FindAll([new VmId(7)])).Count == 1);
        time.Advance(StateCache.Lifetime / 2);
        Assert.Single(await states.FindAll([new VmId(7)]));
        await _server.Execute("FLUSHALL");
        Assert.Single(await states.FindAll([new VmId(7)]));
        time.Advance(StateCache.Lifetime / 2);
        Assert.Empty(await states.FindAll([new VmId(7)]));
    }

    [Fact]
    public async Task Usage_seen_by_several_workers_is_one_series_that_all_show()
    {
        var (one, other, third) = (States(_one), States(_other), States(_other));
        var seen = new ObservedState(new Instant(1_771_495_200), new MachineState(MachinePower.Running, 0.25, 0.5, 12, 1, 2, 3, 4, HasDisk: true));
        one.Put(new VmId(7), seen);
        await Until(async () => (await third.Usage(new VmId(7))).Count == 1);

        other.Put(new VmId(7), seen);
        await other.FindAll([new VmId(7)]); // on the same connection, so after the other's sample

        var point = Assert.Single(await third.Usage(new VmId(7)));
        Assert.Equal((0.25, 0.5, 0), (point.Cpu, point.Memory, point.NetIn));
    }

    [Fact]
    public async Task Without_Redis_a_process_shows_what_it_saw_or_was_told()
    {
        var (one, other) = (States(_one), States(_other));
        var seen = new ObservedState(new Instant(1_771_495_200), new MachineState(MachinePower.Running, 0.25, 0.5, 12, 1, 2, 3, 4, HasDisk: true));
        one.Put(new VmId(7), seen);
        await Until(async () => (await other.FindAll([new VmId(7)])).Count == 1);

        _server.Stop();

        Assert.Equal(seen, (await one.FindAll([new VmId(7)]))[new VmId(7)]);
        Assert.Equal(seen, (await other.FindAll([new VmId(7)]))[new VmId(7)]);
    }

    [Fact]
    public async Task Work_and_its_end_are_heard_by_the_other_process_also_after_Redis_came_back()
    {
        var (here, there) = (new WorkflowSignal(), new WorkflowSignal());
        var (one, other) = (new SharedSignals(here, _one), new SharedSignals(there, _other));
        await one.StartAsync(default);
        await other.StartAsync(default);

        await Hears();
        _server.Stop();
        here.Set();
        await _server.StartAgain();
        await Hears();

        await one.StopAsync(default);
        await other.StopAsync(default);

        async Task Hears()
        {
            var (work, end) = (there.Next, there.EndOf(new WorkflowId(5)));
            await Until(() => Task.FromResult(work.IsCompleted), () =>
            {
                here.Set();
                return Task.CompletedTask;
            });
            await Until(() => Task.FromResult(end.IsCompleted), () =>
            {
                here.Ended(new WorkflowId(5));
                return Task.CompletedTask;
            });
        }
    }

    [Fact]
    public async Task A_wrong_password_or_no_server_ends_the_start_and_the_password_is_told_nowhere()
    {
        var refused = await Assert.ThrowsAsync<OutsideFault>(() => SharedStore.Open(_server.Settings with { Password = "hunter2" }, TimeProvider.System, _log));
        Assert.Contains("does not take the password of 'redis.url'", refused.Message, StringComparison.Ordinal);
        _server.Stop();
        await _one.Try(redis => redis.PingAsync());
        var away = await Assert.ThrowsAsync<OutsideFault>(Open);

        Assert.Contains("cannot be reached", away.Message, StringComparison.Ordinal);
        Assert.All([.. _log.All, refused.ToString(), away.ToString()], text =>
        {
            Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
            Assert.DoesNotContain(RedisServer.Password, text, StringComparison.Ordinal);
        });
        Assert.NotEmpty(_log.All);
    }

    static StateCache States(SharedStore store) => new(TimeProvider.System, new SharedStates(store, TimeSpan.FromSeconds(300)));

    static SharedEventIds Ids(SharedStore store, TimeProvider? time = null) => new(new UsedEventIds(TimeProvider.System), store, time ?? TimeProvider.System);

    static RateBook Book(SharedStore store, IRateSource source) => new(
        new SharedRates(source, store, TimeProvider.System, NullLogger<SharedRates>.Instance), TimeProvider.System, NullLogger<RateBook>.Instance);

    static int s_fresh = 1000;

    static Bytes32 Fresh() => Id(Interlocked.Increment(ref s_fresh));

    static Bytes32 Id(int number)
    {
        var bytes = new byte[32];
        BitConverter.TryWriteBytes(bytes, number);
        return new Bytes32(bytes);
    }

    static async Task Until(Func<Task<bool>> holds, Func<Task>? poke = null)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit, "it did not happen");
            if (poke is not null)
                await poke();
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    public async Task DisposeAsync()
    {
        _one.Dispose();
        _other.Dispose();
        await _server.DisposeAsync();
    }

    sealed class Source : IRateSource
    {
        public int Asked { get; private set; }

        public bool IsAway { get; init; }

        public IReadOnlyList<FetchedRate> Others { get; init; } = [];

        public Task<IReadOnlyList<FetchedRate>> Fetch(CancellationToken stop)
        {
            Asked++;
            return IsAway
                ? throw OutsideFault.Transient("away")
                : Task.FromResult<IReadOnlyList<FetchedRate>>([new FetchedRate(new ExchangeRate(Currency.EUR, 95_000.25m), "prices.example"), .. Others]);
        }
    }

    sealed class Lines : ILogger<SharedStore>
    {
        public ConcurrentQueue<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Enqueue($"{formatter(state, exception)} {exception}");
    }
}
