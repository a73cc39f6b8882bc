using System.Net;
using System.Net.Sockets;
using Lnvps.Database.MariaDb;

namespace Lnvps.Database.Tests.MariaDb;

/// <summary>Cancellation and time-outs.</summary>
public sealed class InterruptionTests(Scratch scratch) : IClassFixture<Scratch>
{
    [Fact]
    public async Task A_cancelled_statement_ends_at_once_and_the_connection_lives()
    {
        await using var connection = await scratch.Open();
        await using var command = connection.Command("SELECT SLEEP(30), 'cancelled' FROM (SELECT 1 UNION SELECT 2) AS two");
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var started = TimeProvider.System.GetTimestamp();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => command.ExecuteScalarAsync(stop.Token));
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0, 2);
        Assert.Equal(stop.Token, error.CancellationToken);
        for (var i = 0; i < 20; i++)
            Assert.Equal(i, await connection.Scalar("SELECT @i", ("i", i)));
        Assert.Equal(0L, await connection.Scalar("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(30), \\'cancelled%'"));
    }

    [Fact]
    public async Task A_statement_beyond_its_time_fails_and_the_connection_lives()
    {
        await using var connection = await scratch.Open();
        await using var command = connection.Command("SELECT SLEEP(30)");
        command.CommandTimeout = 1;
        var started = TimeProvider.System.GetTimestamp();
        var error = await Assert.ThrowsAsync<MariaDbException>(() => command.ExecuteScalarAsync());
        Assert.True(error.IsTimeout);
        Assert.False(error.IsTransient);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0.9, 8);
        Assert.Equal(1, await connection.Scalar("SELECT 1"));
    }

    [Fact]
    public async Task The_time_of_the_url_holds_for_commands_that_say_nothing()
    {
        await using var connection = await scratch.Open("?command-timeout=1");
        Assert.True((await Assert.ThrowsAsync<MariaDbException>(() => connection.Scalar("SELECT SLEEP(30)"))).IsTimeout);
    }

    [Fact]
    public async Task A_token_cancelled_before_never_reaches_the_server()
    {
        await using var connection = await scratch.Open();
        await connection.Execute("CREATE TABLE never (id int)");
        await using var command = connection.Command("INSERT INTO never VALUES (1)");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => command.ExecuteNonQueryAsync(new CancellationToken(canceled: true)));
        Assert.Equal(0L, await connection.Scalar("SELECT COUNT(*) FROM never"));
        await using var closed = new MariaDbConnection(scratch.Url);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => closed.OpenAsync(new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task Cancel_ends_a_statement_that_another_thread_waits_for()
    {
        await using var connection = await scratch.Open();
        await using var command = connection.Command("SELECT SLEEP(30)");
        command.Cancel();
        var running = command.ExecuteScalarAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        command.Cancel();
        await Assert.ThrowsAsync<MariaDbException>(() => running);
        Assert.Equal(1, await connection.Scalar("SELECT 1"));
    }

    [Fact]
    public async Task A_statement_waiting_for_a_lock_can_be_cancelled_and_its_transaction_goes_on()
    {
        await using var holder = await scratch.Open();
        await using var waiter = await scratch.Open();
        await holder.Execute("CREATE TABLE held (id int PRIMARY KEY, v int); INSERT INTO held VALUES (1, 0), (2, 0)");
        await using var held = await holder.BeginTransactionAsync();
        await holder.Execute("UPDATE held SET v = 1 WHERE id = 1");
        await using var waiting = await waiter.BeginTransactionAsync();
        await waiter.Execute("UPDATE held SET v = 2 WHERE id = 2");
        await using var command = waiter.Command("UPDATE held SET v = 2 WHERE id = 1");
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => command.ExecuteNonQueryAsync(stop.Token));
        await waiting.CommitAsync();
        await held.CommitAsync();
        Assert.Equal("1,2", await holder.Scalar("SELECT GROUP_CONCAT(v ORDER BY id) FROM held"));
    }

    /// <summary>
    /// A kill that comes while the statement ends must not hit the one after it. Rarely the server takes a kill that meets it while it reads
    /// a command for a broken connection; then the connection is replaced, which is fine too.
    /// </summary>
    [Fact]
    public async Task Cancellations_at_any_moment_never_hit_the_next_statement()
    {
        const int rounds = 60;
        const int tasks = 4;
        var random = new Random(5);
        var broken = 0;
        await Task.WhenAll(Enumerable.Range(0, tasks).Select(async _ =>
        {
            var connection = await scratch.Open();
            for (var i = 0; i < rounds; i++)
            {
                int microseconds;
                lock (random)
                    microseconds = random.Next(6000);
                using var stop = new CancellationTokenSource(TimeSpan.FromMicroseconds(microseconds));
                await using var command = connection.Command("SELECT SLEEP(0.003), @i", ("i", i));
                try
                {
                    await command.ExecuteScalarAsync(stop.Token);
                }
                catch (OperationCanceledException)
                {
                    Assert.True(stop.IsCancellationRequested);
                }
                try
                {
                    Assert.Equal(i, await connection.Scalar("SELECT @i", ("i", i)));
                }
                catch (MariaDbException error) when (error.IsTransient)
                {
                    Interlocked.Increment(ref broken);
                    await connection.DisposeAsync();
                    connection = await scratch.Open();
                    Assert.Equal(i, await connection.Scalar("SELECT @i", ("i", i)));
                }
            }
            await connection.DisposeAsync();
        }));
        Assert.InRange(broken, 0, rounds * tasks / 20);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen();
        var url = $"mysql://user:geheim@127.0.0.1:{((IPEndPoint)silent.LocalEndPoint!).Port}/name?connect-timeout=1";
        await using var connection = new MariaDbConnection(url);
        var error = await Assert.ThrowsAsync<MariaDbException>(() => connection.OpenAsync());
        Assert.True(error.IsTransient);
        Assert.DoesNotContain("geheim", error.ToString());

        await using var impatient = new MariaDbConnection(url.Replace("connect-timeout=1", "connect-timeout=3"));
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        var started = TimeProvider.System.GetTimestamp();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient.OpenAsync(stop.Token));
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0, 2.5);
    }

    /// <summary>Whoever answers at the server's address may ask for a proof of the password, but not for the password.</summary>
    [Fact]
    public async Task An_impostor_does_not_get_the_password()
    {
        using var impostor = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        impostor.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        impostor.Listen();
        var heard = Task.Run(async () =>
        {
            using var client = await impostor.AcceptAsync();
            // Greeting: protocol 10, version, thread 1, challenge, capabilities, utf8mb4, status, more of each, plugin name.
            await Send(client, 0, [10, .. "5.5.5-10.11.6-MariaDB\0"u8, 1, 0, 0, 0, .. "abcdefgh\0"u8, 0xfe, 0xf7, 45, 2, 0, 0xbf, 0x81, 21,
                .. new byte[10], .. "abcdefghijkl\0"u8, .. "mysql_native_password\0"u8]);
            var received = new List<byte>();
            var buffer = new byte[4096];
            received.AddRange(buffer[..await client.ReceiveAsync(buffer)]);
            await Send(client, 2, [0xfe, .. "mysql_clear_password\0"u8]);
            client.ReceiveTimeout = 5000;
            while (await client.ReceiveAsync(buffer) is > 0 and var count)
                received.AddRange(buffer[..count]);
            return System.Text.Encoding.Latin1.GetString([.. received]);
        });
        await using var connection = new MariaDbConnection($"mysql://user:geheim@127.0.0.1:{((IPEndPoint)impostor.LocalEndPoint!).Port}/name?connect-timeout=2");
        await Assert.ThrowsAsync<MariaDbException>(() => connection.OpenAsync());
        var everything = await heard;
        Assert.Contains("user", everything);
        Assert.DoesNotContain("geheim", everything);

        static async Task Send(Socket client, byte sequence, byte[] payload) =>
            await client.SendAsync((byte[])[(byte)payload.Length, (byte)(payload.Length >> 8), 0, sequence, .. payload]);
    }

    /// <summary>When the network goes silent, the kill goes nowhere either; then the socket is shut.</summary>
    [Fact]
    public async Task A_server_that_falls_silent_is_given_up()
    {
        await using var proxy = await SilencingProxy.Start(new Uri(scratch.Url).Port);
        var pool = scratch.Url.Replace($":{new Uri(scratch.Url).Port}/", $":{proxy.Port}/") + "?pool-size=2";
        var connection = new MariaDbConnection(pool);
        await connection.OpenAsync();
        Assert.Equal(1, await connection.Scalar("SELECT 1"));
        proxy.FallSilent();
        await using var command = connection.Command("SELECT 1");
        command.CommandTimeout = 1;
        var started = TimeProvider.System.GetTimestamp();
        var error = await Assert.ThrowsAsync<MariaDbException>(() => command.ExecuteScalarAsync());
        Assert.True(error.IsTimeout);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0.9, 15);
        await connection.DisposeAsync();
    }

    /// <summary>Passes bytes on until told to keep them.</summary>
    sealed class SilencingProxy : IAsyncDisposable
    {
        readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        readonly CancellationTokenSource _stop = new();
        readonly List<Socket> _sockets = [];
        volatile bool _isSilent;

        internal int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

        internal static Task<SilencingProxy> Start(int target)
        {
            var proxy = new SilencingProxy();
            proxy._listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            proxy._listener.Listen();
            _ = proxy.Serve(target);
            return Task.FromResult(proxy);
        }

        internal void FallSilent() => _isSilent = true;

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            _listener.Dispose();
            lock (_sockets)
                _sockets.ForEach(socket => socket.Dispose());
            _stop.Dispose();
        }

        async Task Serve(int target)
        {
            while (!_stop.IsCancellationRequested)
            {
                var client = await _listener.AcceptAsync(_stop.Token);
                var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                lock (_sockets)
                    _sockets.AddRange([client, server]);
                await server.ConnectAsync(IPAddress.Loopback, target, _stop.Token);
                _ = Copy(client, server);
                _ = Copy(server, client);
            }
        }

        async Task Copy(Socket from, Socket to)
        {
            var buffer = new byte[16_384];
            int count;
            while ((count = await from.ReceiveAsync(buffer, _stop.Token)) > 0)
            {
                if (!_isSilent)
                    await to.SendAsync(buffer.AsMemory(0, count), _stop.Token);
            }
        }
    }
}
