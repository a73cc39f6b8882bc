using System.Collections.Concurrent;

namespace Lnvps.Database.MariaDb;

/// <summary>
/// The connections of one URL. At most <see cref="MariaDbOptions.PoolSize"/> are open; who finds none free waits, in order, up to
/// <see cref="MariaDbOptions.PoolWait"/>. The last one given back is lent first, so that those not needed grow old and are closed.
/// </summary>
sealed class ConnectionPool : IDisposable
{
    /// <summary>After this time the server is asked whether it is still there; before, a glance at the socket suffices.</summary>
    static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(5);

    static readonly TimeSpan CloseAfter = TimeSpan.FromMinutes(3);
    static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);

    static readonly ConcurrentDictionary<MariaDbOptions, ConnectionPool> Pools = new();

    readonly MariaDbOptions _options;
    readonly SemaphoreSlim _places;
    readonly Lock _gate = new();
    readonly List<PhysicalConnection> _idle = [];
    readonly Timer _sweeper;
    int _generation;

    ConnectionPool(MariaDbOptions options)
    {
        _options = options;
        _places = new SemaphoreSlim(options.PoolSize);
        _sweeper = new Timer(_ => CloseOld(), null, SweepEvery, SweepEvery);
    }

    internal static ConnectionPool For(MariaDbOptions options) => Pools.GetOrAdd(options, static options => new ConnectionPool(options));

    /// <summary>Connections that can be borrowed now, open or not.</summary>
    internal int FreePlaces => _places.CurrentCount;

    internal PhysicalConnection Rent()
    {
        if (!_places.Wait(_options.PoolWait))
            throw Exhausted();
        try
        {
            return TakeIdle(mayWait: true) ?? PhysicalConnection.Open(_options, _generation);
        }
        catch
        {
            _places.Release();
            throw;
        }
    }

    internal async ValueTask<PhysicalConnection> Rent(CancellationToken stop)
    {
        if (!await _places.WaitAsync(_options.PoolWait, stop))
            throw Exhausted();
        if (TakeIdle(mayWait: false) is { } fresh)
            return fresh;
        var opening = BlockingCalls.Run(() => TakeIdle(mayWait: true) ?? PhysicalConnection.Open(_options, _generation));
        try
        {
            return await opening.WaitAsync(stop);
        }
        catch (OperationCanceledException) when (!opening.IsCompleted)
        {
            // It cannot be interrupted, but its time is bounded; whoever comes next may have its connection.
            _ = opening.ContinueWith(Abandoned, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            throw;
        }
        catch
        {
            if (opening.IsCompletedSuccessfully)
                Abandoned(opening);
            else
                _places.Release();
            throw;
        }
    }

    /// <summary>Takes a connection back; blocks when something must be rolled back.</summary>
    internal void Return(PhysicalConnection connection)
    {
        try
        {
            if (connection.ResetForNext() && connection.Generation == Volatile.Read(ref _generation))
            {
                connection.IdleSince = Environment.TickCount64;
                lock (_gate)
                    _idle.Add(connection);
            }
            else
            {
                connection.Dispose();
            }
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Closes the idle connections now and the borrowed ones when they come back.</summary>
    internal void Clear()
    {
        Interlocked.Increment(ref _generation);
        CloseWhere(_ => true);
    }

    internal static void ClearAll()
    {
        foreach (var pool in Pools.Values)
            pool.Clear();
    }

    public void Dispose()
    {
        Clear();
        _sweeper.Dispose();
        _places.Dispose();
    }

    /// <summary>A live idle connection; null when there is none.</summary>
    /// <param name="mayWait">Whether this thread may wait for a ping; if not, null also when one would be needed.</param>
    PhysicalConnection? TakeIdle(bool mayWait)
    {
        while (true)
        {
            PhysicalConnection connection;
            bool isFresh;
            lock (_gate)
            {
                if (_idle.Count == 0)
                    return null;
                connection = _idle[^1];
                isFresh = Environment.TickCount64 - connection.IdleSince < PingAfter.TotalMilliseconds;
                if (!isFresh && !mayWait)
                    return null;
                _idle.RemoveAt(_idle.Count - 1);
            }
            if (connection.LooksAlive() && (isFresh || connection.AnswersPing()))
                return connection;
            connection.Dispose();
        }
    }

    void Abandoned(Task<PhysicalConnection> opening)
    {
        if (opening.IsCompletedSuccessfully)
        {
            Return(opening.Result);
            return;
        }
        // Observed, so that nobody reports it as forgotten.
        _ = opening.Exception;
        _places.Release();
    }

    void CloseOld()
    {
        var oldest = Environment.TickCount64 - (long)CloseAfter.TotalMilliseconds;
        CloseWhere(connection => connection.IdleSince < oldest);
    }

    void CloseWhere(Predicate<PhysicalConnection> isToClose)
    {
        List<PhysicalConnection> closing;
        lock (_gate)
        {
            closing = _idle.FindAll(isToClose);
            _idle.RemoveAll(isToClose);
        }
        foreach (var connection in closing)
            connection.Dispose();
    }

    MariaDbException Exhausted() => new(
        $"No database connection became free within {_options.PoolWait.TotalSeconds:0} s; all {_options.PoolSize} are in use", ErrorCodes.PoolExhausted);
}
