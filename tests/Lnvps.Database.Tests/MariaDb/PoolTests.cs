using System.Collections.Concurrent;
using Lnvps.Database.MariaDb;
using Lnvps.Testing.Servers;

namespace Lnvps.Database.Tests.MariaDb;

public sealed class PoolTests(Scratch scratch) : IClassFixture<Scratch>
{
    [Fact]
    public async Task Two_hundred_tasks_share_the_pool_and_lose_nothing()
    {
        await using (var connection = await scratch.Open("?pool-size=8"))
            await connection.Execute("CREATE TABLE counter (id int PRIMARY KEY, v int); INSERT INTO counter VALUES (1, 0)");
        var threads = new ConcurrentDictionary<ulong, int>();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async task =>
        {
            for (var i = 0; i < 5; i++)
            {
                await using var connection = await scratch.Open("?pool-size=8");
                threads.TryAdd(connection.ServerThread, 0);
                Assert.Equal(task, await connection.Scalar("SELECT @n", ("n", task)));
                await using var transaction = await connection.BeginTransactionAsync();
                await connection.Execute("UPDATE counter SET v = v + 1 WHERE id = 1");
                await transaction.CommitAsync();
            }
        }));
        Assert.InRange(threads.Count, 1, 8);
        await using var last = await scratch.Open("?pool-size=8");
        Assert.Equal(1000, await last.Scalar("SELECT v FROM counter"));
    }

    [Fact]
    public async Task Waiting_does_not_hold_threads_of_the_pool()
    {
        // More sleeping statements than cores, and yet a task of the thread pool runs at once.
        var sleeping = Enumerable.Range(0, 30).Select(async _ =>
        {
            await using var connection = await scratch.Open("?pool-size=30");
            await connection.Scalar("SELECT SLEEP(3)");
        }).ToList();
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        var started = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => { })));
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds, 0, 1500);
        await Task.WhenAll(sleeping);
    }

    [Fact]
    public async Task Short_reads_that_become_long_do_not_hold_the_pool_either()
    {
        var dialect = new MariaDbDialect(scratch.Url + "?pool-size=40");
        await using var holder = await scratch.Open();
        await holder.Execute("CREATE TABLE slow (id int); INSERT INTO slow VALUES (1)");
        await holder.Execute("LOCK TABLES slow WRITE");
        var reading = Enumerable.Range(0, 30).Select(_ => Task.Run(async () =>
        {
            await using var connection = await dialect.ConnectToRead(default);
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT id FROM slow";
            await using var rows = await command.ExecuteReaderAsync();
            Assert.True(await rows.ReadAsync());
            return rows.GetInt32(0);
        })).ToList();
        // All of them wait for the table, and yet the pool does other work.
        while ((long)(await holder.Scalar("SELECT COUNT(*) FROM information_schema.processlist WHERE info = 'SELECT id FROM slow'"))! < reading.Count)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        Assert.All(reading, read => Assert.False(read.IsCompleted));
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => { }))).WaitAsync(TimeSpan.FromSeconds(60));
        await holder.Execute("UNLOCK TABLES");
        Assert.All(await Task.WhenAll(reading), id => Assert.Equal(1, id));
    }

    [Fact]
    public async Task A_short_read_can_be_cancelled()
    {
        var dialect = new MariaDbDialect(scratch.Url);
        await using var holder = await scratch.Open();
        await holder.Execute("CREATE TABLE unread (id int)");
        await holder.Execute("LOCK TABLES unread WRITE");
        using var stop = new CancellationTokenSource();
        var reading = Task.Run(async () =>
        {
            await using var connection = await dialect.ConnectToRead(default);
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT id FROM unread";
            await using var rows = await command.ExecuteReaderAsync(stop.Token);
        });
        while ((long)(await holder.Scalar("SELECT COUNT(*) FROM information_schema.processlist WHERE info = 'SELECT id FROM unread'"))! == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await holder.Execute("UNLOCK TABLES");
    }

    [Fact]
    public async Task A_connection_is_reused_and_the_last_one_given_back_first()
    {
        ulong first;
        await using (var connection = await scratch.Open("?pool-size=3"))
            first = connection.ServerThread;
        await using (var connection = await scratch.Open("?pool-size=3"))
            Assert.Equal(first, connection.ServerThread);
    }

    [Fact]
    public async Task Who_finds_the_pool_exhausted_waits_and_then_gives_up()
    {
        var url = scratch.Url + "?pool-size=1&pool-wait=1";
        await using var holder = new MariaDbConnection(url);
        await holder.OpenAsync();
        await using var late = new MariaDbConnection(url);
        var error = await Assert.ThrowsAsync<MariaDbException>(() => late.OpenAsync());
        Assert.Contains("all 1 are in use", error.Message);
        Assert.Throws<MariaDbException>(late.Open);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => late.OpenAsync(stop.Token));

        var waiting = late.OpenAsync();
        Assert.False(waiting.IsCompleted);
        await holder.DisposeAsync();
        await waiting;
        Assert.Equal(1, await late.Scalar("SELECT 1"));
    }

    [Fact]
    public async Task A_connection_killed_in_the_pool_is_replaced_unnoticed()
    {
        const string pool = "?pool-size=2";
        ulong killed;
        await using (var connection = await scratch.Open(pool))
            killed = connection.ServerThread;
        await using (var other = await scratch.Open())
        {
            await other.Execute($"KILL {killed}");
            while ((long)(await other.Scalar($"SELECT COUNT(*) FROM information_schema.processlist WHERE id = {killed}"))! > 0)
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
        await using (var connection = await scratch.Open(pool))
        {
            Assert.NotEqual(killed, connection.ServerThread);
            Assert.Equal(1, await connection.Scalar("SELECT 1"));
        }
    }

    [Fact]
    public async Task A_connection_killed_in_use_is_discarded()
    {
        const string pool = "?pool-size=1&pool-wait=5";
        var connection = await scratch.Open(pool);
        await using (var other = await scratch.Open())
            await other.Execute($"KILL {connection.ServerThread}");
        Assert.True((await Assert.ThrowsAsync<MariaDbException>(() => connection.Scalar("SELECT 1"))).IsTransient);
        await connection.DisposeAsync();
        await using var next = await scratch.Open(pool);
        Assert.Equal(1, await next.Scalar("SELECT 1"));
    }

    [Theory]
    [InlineData("SET @`x` = 1")]
    [InlineData("SET sql_mode = ''")]
    [InlineData("SELECT GET_LOCK('lnvps-test', 0)")]
    [InlineData("CREATE TEMPORARY TABLE mine (id int)")]
    public async Task What_a_borrower_leaves_in_the_session_the_next_does_not_meet(string sql)
    {
        const string pool = "?pool-size=1&pool-wait=6";
        ulong changed;
        await using (var connection = await scratch.Open(pool))
        {
            changed = connection.ServerThread;
            await connection.Execute(sql);
        }
        await using (var connection = await scratch.Open(pool))
            Assert.NotEqual(changed, connection.ServerThread);
    }

    [Fact]
    public async Task Clearing_closes_idle_connections_now_and_borrowed_ones_later()
    {
        const string pool = "?pool-size=7";
        await using var other = await scratch.Open();
        var borrowed = await scratch.Open(pool);
        await (await scratch.Open(pool)).DisposeAsync();
        MariaDbConnection.ClearPool(scratch.Url + pool);
        Assert.Equal(1, await borrowed.Scalar("SELECT 1"));
        var thread = borrowed.ServerThread;
        await borrowed.DisposeAsync();
        await using var next = await scratch.Open(pool);
        Assert.NotEqual(thread, next.ServerThread);
    }

    [Fact]
    public async Task No_place_is_lost_to_failures_and_cancellations()
    {
        var good = MariaDbOptions.Parse(scratch.Url + "?pool-size=3&pool-wait=20");
        var bad = MariaDbOptions.Parse(scratch.Url.Replace("//lnvps:", "//nobody:") + "?pool-size=3");
        var random = new Random(3);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            int milliseconds;
            lock (random)
                milliseconds = random.Next(30);
            using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(milliseconds));
            await using var connection = new MariaDbConnection(good);
            try
            {
                await connection.OpenAsync(stop.Token);
                await using var command = connection.Command("SELECT SLEEP(0.02)");
                await command.ExecuteScalarAsync(stop.Token);
            }
            catch (OperationCanceledException)
            {
                MariaDbConnection.ClearPool(scratch.Url + "?pool-size=3&pool-wait=20");
            }
            await using var refused = new MariaDbConnection(bad);
            await Assert.ThrowsAsync<MariaDbException>(() => refused.OpenAsync());
        }));
        // One after the other: who waits for a place without await holds a thread, and the tests beside this one need those too.
        for (var i = 0; i < 10; i++)
        {
            await using var refused = new MariaDbConnection(bad);
            Assert.Throws<MariaDbException>(refused.Open);
        }
        for (var i = 0; i < 200 && ConnectionPool.For(good).FreePlaces < 3; i++)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        Assert.Equal(3, ConnectionPool.For(good).FreePlaces);
        Assert.Equal(3, ConnectionPool.For(bad).FreePlaces);
    }

    [Fact]
    public async Task A_connection_given_back_while_a_command_runs_on_it_is_closed()
    {
        const string pool = "?pool-size=1&pool-wait=7";
        var connection = await scratch.Open(pool);
        var thread = connection.ServerThread;
        var running = connection.Scalar("SELECT SLEEP(300)");
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        var started = TimeProvider.System.GetTimestamp();
        await connection.DisposeAsync();
        await Assert.ThrowsAsync<MariaDbException>(() => running);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0, 10);
        await using var next = await scratch.Open(pool);
        Assert.NotEqual(thread, next.ServerThread);
        Assert.Equal(1, await next.Scalar("SELECT 1"));
    }

    [Fact]
    public async Task A_closed_connection_can_be_opened_again_and_closed_twice()
    {
        var connection = new MariaDbConnection(scratch.Url);
        await connection.OpenAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => connection.OpenAsync());
        await connection.CloseAsync();
        await connection.CloseAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => connection.Scalar("SELECT 1"));
        connection.Open();
        Assert.Equal(1, await connection.Scalar("SELECT 1"));
        await connection.DisposeAsync();
        await connection.DisposeAsync();
    }

    [Fact]
    [Trait("Speed", "slow")]
    public async Task A_restarted_server_is_found_again()
    {
        await using var server = await MariaDbServer.Start();
        await server.Execute("CREATE DATABASE again");
        var url = server.Url("again") + "?connect-timeout=2";
        await using (var connection = new MariaDbConnection(url))
        {
            await connection.OpenAsync();
            await connection.Execute("CREATE TABLE t (id int); INSERT INTO t VALUES (7)");
        }
        var inUse = new MariaDbConnection(url);
        await inUse.OpenAsync();
        server.Stop();
        Assert.True((await Assert.ThrowsAsync<MariaDbException>(() => inUse.Scalar("SELECT id FROM t"))).IsTransient);
        await inUse.DisposeAsync();
        await using var refused = new MariaDbConnection(url);
        Assert.True((await Assert.ThrowsAsync<MariaDbException>(() => refused.OpenAsync())).IsTransient);
        await server.StartAgain();
        await refused.OpenAsync();
        Assert.Equal(7, await refused.Scalar("SELECT id FROM t"));
    }
}
