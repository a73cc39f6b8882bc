using Lnvps.Core.Outcomes;
using Lnvps.Platform.Configuration;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Lnvps.Platform.Sharing;

/// <summary>
/// What processes of a shop tell each other through Redis. Everything in it may be gone at any moment, and so may the server: whoever asks says what holds without
/// an answer. A server that does not answer is left alone for a moment, so that it costs no call more than <see cref="Patience"/>, and most calls nothing.
/// </summary>
public sealed partial class SharedStore : IDisposable
{
    /// <summary>How long an answer is waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a server that gave none is left alone.</summary>
    static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    const int ConnectMilliseconds = 5000;
    const int LookMilliseconds = 10;

    readonly ConnectionMultiplexer _redis;
    readonly IDatabase _database;
    readonly RedisSettings _settings;
    readonly TimeProvider _time;
    readonly ILogger _log;
    readonly Lock _gate = new();
    volatile bool _isUp = true;
    volatile Action[] _onReturn = [];
    long _triedAt;

    SharedStore(ConnectionMultiplexer redis, RedisSettings settings, TimeProvider time, ILogger log)
    {
        (_redis, _settings, _time, _log) = (redis, settings, time, log);
        _database = redis.GetDatabase();
        redis.ConnectionRestored += (_, connection) =>
        {
            // A new connection is perhaps one to a new, empty server.
            if (connection.ConnectionType == ConnectionType.Interactive)
                TellOfReturn();
        };
    }

    /// <summary>Whether the server answered when it was last asked.</summary>
    public bool IsUp => _isUp;

    /// <summary>Calls <paramref name="told"/> whenever the server answers again after it did not; it may have forgotten everything. At times more than once.</summary>
    public void OnReturn(Action told)
    {
        lock (_gate)
            _onReturn = [.. _onReturn, told];
    }

    /// <exception cref="OutsideFault">The server cannot be reached or refuses us; the programs do not start without it (admin-api-2.md section 11.5).</exception>
    public static async Task<SharedStore> Open(RedisSettings settings, TimeProvider time, ILogger<SharedStore> log)
    {
        var options = new ConfigurationOptions
        {
            AbortOnConnectFail = true,
            ConnectTimeout = ConnectMilliseconds,
            SyncTimeout = (int)Patience.TotalMilliseconds,
            // Nothing waits for a server that is away, to be done when it may be too late.
            BacklogPolicy = BacklogPolicy.FailFast,
            DefaultDatabase = settings.Database,
            Password = settings.Password,
            Ssl = settings.Tls,
            SslHost = settings.Tls ? settings.Host : null,
            ReconnectRetryPolicy = new LinearRetry((int)Rest.TotalMilliseconds),
            // There is one server: nothing to be found out about others.
            TieBreaker = "",
            ConfigurationChannel = "",
            ClientName = "lnvps",
        };
        options.EndPoints.Add(settings.Host, settings.Port);
        try
        {
            var redis = await ConnectionMultiplexer.ConnectAsync(options);
            try
            {
                await redis.GetDatabase().PingAsync();
                await ConnectedToListen(redis);
            }
            catch
            {
                redis.Dispose();
                throw;
            }
            return new SharedStore(redis, settings, time, log);
        }
        catch (Exception error) when (IsOfRedis(error))
        {
            // The client's own message says less than it seems to: a refused password is a broken connection to it.
            throw OutsideFault.Transient($"{settings} cannot be reached, or does not take the password of 'redis.url'");
        }
    }

    /// <summary>
    /// The connection for what others say comes up a little after the one for questions. Whoever listens before would find it missing and take the server for
    /// lost. If it does not come at all, listeners find that out.
    /// </summary>
    static async Task ConnectedToListen(ConnectionMultiplexer redis)
    {
        var subscriber = redis.GetSubscriber();
        for (var waited = 0; waited < ConnectMilliseconds && !subscriber.IsConnected(); waited += LookMilliseconds)
            await Task.Delay(TimeSpan.FromMilliseconds(LookMilliseconds), TimeProvider.System);
    }

    /// <summary>Asks the server; false when it did not answer in time, whatever it may have done.</summary>
    public async Task<bool> Try(Func<IDatabase, Task> ask)
    {
        if (!MayAsk())
            return false;
        try
        {
            await ask(_database).WaitAsync(Patience, _time);
        }
        catch (Exception error) when (IsOfRedis(error))
        {
            Lost(error);
            return false;
        }
        if (!_isUp)
            Found();
        return true;
    }

    /// <summary>Calls <paramref name="heard"/> with what any process says on a channel; what is said while the connection is away is missed.</summary>
    public Task<bool> Listen(string channel, Action<string> heard) =>
        Try(_ => _redis.GetSubscriber().SubscribeAsync(RedisChannel.Literal(channel), (_, message) => heard(message.HasValue ? message.ToString() : "")));

    /// <summary>Says something to all who listen, these processes' own listeners included.</summary>
    public Task<bool> Say(string channel, string message) => Try(redis => redis.PublishAsync(RedisChannel.Literal(channel), message, CommandFlags.FireAndForget));

    public void Dispose() => _redis.Dispose();

    // While the server is away, one call in each rest finds out whether it is back.
    bool MayAsk()
    {
        if (_isUp)
            return true;
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            if (_time.GetElapsedTime(_triedAt, now) < Rest)
                return false;
            _triedAt = now;
            return true;
        }
    }

    void Lost(Exception error)
    {
        lock (_gate)
        {
            _triedAt = _time.GetTimestamp();
            if (!_isUp)
                return;
            _isUp = false;
        }
        LogLost(_log, _settings, error.GetType().Name);
    }

    void Found()
    {
        lock (_gate)
        {
            if (_isUp)
                return;
            _isUp = true;
        }
        LogFound(_log, _settings);
        TellOfReturn();
    }

    void TellOfReturn()
    {
        foreach (var told in _onReturn)
            told();
    }

    static bool IsOfRedis(Exception error) => error is RedisException or RedisConnectionException or TimeoutException or ObjectDisposedException;

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Redis} does not answer ({Error}); each process goes on with what it knows itself")]
    static partial void LogLost(ILogger logger, RedisSettings redis, string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Redis} answers again")]
    static partial void LogFound(ILogger logger, RedisSettings redis);
}
