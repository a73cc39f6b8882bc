using System.Net.Sockets;
using Lnvps.Database.MariaDb.Native;

namespace Lnvps.Database.MariaDb;

/// <summary>
/// A connection to the server with its session set up: UTC, utf8mb4, strict mode, REPEATABLE READ. It outlives the
/// <see cref="MariaDbConnection"/>s that borrow it from the pool. One call at a time; calls block.
/// </summary>
sealed class PhysicalConnection : IDisposable
{
    static readonly TimeSpan HousekeepingTime = TimeSpan.FromSeconds(15);
    static readonly TimeSpan KillTime = TimeSpan.FromSeconds(3);

    // The SQL mode is set as a whole, so that the server's own cannot change how strings are read. A lock is waited for shorter than a
    // command may take, so that a lock wait is told from a slow statement.
    static readonly string[] Setup =
    [
        """
        SET time_zone = '+00:00', innodb_lock_wait_timeout = 15,
            sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT'
        """,
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    ];

    readonly MariaDbOptions _options;
    readonly ConnectionHandle _handle;
    readonly Socket _socket;
    readonly StatementCache _statements;
    int _busy;

    PhysicalConnection(MariaDbOptions options, ConnectionHandle handle, Socket socket)
    {
        (_options, _handle, _socket) = (options, handle, socket);
        _statements = new StatementCache(handle, options.StatementCacheCapacity);
        (ServerVersion, ServerInfo, ThreadId) = (handle.ServerVersion, handle.ServerInfo, handle.ThreadId);
    }

    internal int ServerVersion { get; }

    internal string ServerInfo { get; }

    internal ulong ThreadId { get; }

    internal bool IsEncrypted => _handle.IsEncrypted;

    /// <summary>Of no use any more.</summary>
    internal bool IsBroken { get; private set; }

    /// <summary>Something was left in the session that the next borrower must not meet.</summary>
    internal bool IsSessionChanged { get; private set; }

    /// <summary>Whether a transaction is open on the server.</summary>
    internal bool InTransaction => !IsBroken && _handle.InTransaction;

    bool IsBusy => Volatile.Read(ref _busy) != 0;

    /// <summary>Milliseconds of <see cref="Environment.TickCount64"/> when it was last given back.</summary>
    internal long IdleSince { get; set; }

    /// <summary>Of which pool state it comes; see <see cref="ConnectionPool.Clear"/>.</summary>
    internal int Generation { get; init; }

    internal static PhysicalConnection Open(MariaDbOptions options, int generation)
    {
        var handle = ConnectionHandle.Connect(options, options.ConnectTimeout);
        PhysicalConnection connection;
        try
        {
            var socket = new Socket(new SafeSocketHandle(handle.DuplicateSocket(), ownsHandle: true));
            connection = new PhysicalConnection(options, handle, socket) { Generation = generation };
        }
        catch
        {
            handle.Dispose();
            throw;
        }
        try
        {
            foreach (var statement in Setup)
                connection.Query(statement, options.ConnectTimeout);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Runs the statements one after the other and reads their results whole.
    /// </summary>
    /// <param name="call">By which others may interrupt it.</param>
    /// <param name="timeout">Zero for none.</param>
    internal ExecutionResult Execute(RunningCall call, List<SqlStatement> statements, MariaDbParameterCollection parameters, TimeSpan timeout, CancellationToken stop)
    {
        return Watched(call, timeout, () =>
        {
            var result = new ExecutionResult();
            foreach (var statement in statements)
                Execute(statement, parameters.ValuesFor(statement), result);
            return result;
        }, stop);
    }

    /// <summary>Prepares statements ahead of their first execution.</summary>
    internal void Prepare(List<SqlStatement> statements, TimeSpan timeout, CancellationToken stop) =>
        Watched(new RunningCall(this), timeout, () =>
        {
            foreach (var statement in statements)
                _statements.GiveBack(statement, _statements.Take(statement));
            return true;
        }, stop);

    /// <summary>Runs a statement of our own without parameters and rows.</summary>
    internal void Query(string sql, TimeSpan? timeout = null, CancellationToken stop = default) =>
        Watched(new RunningCall(this), timeout ?? HousekeepingTime, () =>
        {
            _handle.Query(sql);
            return true;
        }, stop);

    /// <summary>True when the server has not closed the connection; costs no round trip.</summary>
    internal bool LooksAlive()
    {
        try
        {
            // The server says nothing unasked, except farewell.
            return !IsBroken && !_socket.Poll(0, SelectMode.SelectRead);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Asks the server for a sign of life.</summary>
    internal bool AnswersPing()
    {
        try
        {
            return Watched(new RunningCall(this), HousekeepingTime, _handle.Ping, default);
        }
        catch (MariaDbException)
        {
            return false;
        }
    }

    /// <summary>After an error inside a transaction: whether the server rolled the whole transaction back.</summary>
    internal bool ServerRolledBack()
    {
        if (IsBroken)
            return true;
        try
        {
            // The status that the library keeps is that of the last success. This statement refreshes it and changes nothing.
            Query("DO 0");
            return !InTransaction;
        }
        catch (MariaDbException)
        {
            IsBroken = true;
            return true;
        }
    }

    /// <summary>Ready for the next borrower as it is.</summary>
    internal bool IsClean => !IsBroken && !IsSessionChanged && !IsBusy && !_handle.InTransaction;

    /// <summary>Rolls back what its borrower left open. False when it can serve nobody else.</summary>
    internal bool ResetForNext()
    {
        // A careless borrower may have given it back while a command still runs on it.
        if (IsBroken || IsSessionChanged || IsBusy)
            return false;
        try
        {
            if (InTransaction)
                Query("ROLLBACK");
            return true;
        }
        catch (MariaDbException)
        {
            return false;
        }
    }

    /// <summary>Tells the server over another connection to end the statement that runs here.</summary>
    internal bool TryKillQuery()
    {
        try
        {
            using var other = ConnectionHandle.Connect(_options, KillTime);
            other.Query($"KILL QUERY {ThreadId}");
            return true;
        }
        catch (MariaDbException)
        {
            return false;
        }
    }

    /// <summary>Ends the connection under the library's feet; whoever waits on it gets "server lost".</summary>
    internal void Shut()
    {
        IsBroken = true;
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It is down already.
        }
    }

    public void Dispose()
    {
        // A dead server must not keep us waiting for a farewell, nor a statement that still runs on another thread.
        if (IsBroken || IsBusy)
            Shut();
        // While that one is inside the library nothing may be closed; if it never comes out, the finalizers do it.
        if (!SpinWait.SpinUntil(() => !IsBusy, KillTime))
            return;
        _statements.Dispose();
        _handle.Dispose();
        _socket.Dispose();
    }

    void Execute(SqlStatement statement, object?[] values, ExecutionResult result)
    {
        IsSessionChanged |= statement.ChangesSession;
        var prepared = _statements.Take(statement);
        try
        {
            prepared.Execute(values);
            do
            {
                if (prepared.ReadRows() is { } rows)
                    result.Results.Add(rows);
                else
                    result.AddAffected(prepared.AffectedRows);
            }
            while (prepared.NextResult());
            prepared.FreeResult();
        }
        catch
        {
            prepared.Dispose();
            throw;
        }
        _statements.GiveBack(statement, prepared);
    }

    T Watched<T>(RunningCall call, TimeSpan timeout, Func<T> work, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (IsBroken)
            throw new MariaDbException("The connection is broken", ErrorCodes.ServerGone);
        // Two threads on one connection would corrupt the library's memory.
        if (Interlocked.Exchange(ref _busy, 1) != 0)
            throw new InvalidOperationException("The connection is busy with another command; use one connection per task");
        try
        {
            return Interruptible(call, timeout, work, stop);
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    T Interruptible<T>(RunningCall call, TimeSpan timeout, Func<T> work, CancellationToken stop)
    {
        T result = default!;
        Exception? failure = null;
        using (stop.UnsafeRegister(static state => ((RunningCall)state!).Interrupt(RunningCall.Reason.Cancelled), call))
        using (timeout > TimeSpan.Zero ? new Timer(static state => ((RunningCall)state!).Interrupt(RunningCall.Reason.TimedOut), call, timeout, Timeout.InfiniteTimeSpan) : null)
        {
            try
            {
                result = work();
            }
            catch (Exception error)
            {
                failure = error;
                if (error is MariaDbException { ErrorCode: var code } && ErrorCodes.BreaksConnection(code))
                    IsBroken = true;
            }
        }
        // A kill that came too late for its statement would hit the next one: a statement of no effect takes it.
        if (call.Complete() && !IsBroken && failure is not MariaDbException { ErrorCode: ErrorCodes.QueryInterrupted })
            TakeLateKill();
        if (failure is null)
            return result;
        throw call.Interruption switch
        {
            RunningCall.Reason.Cancelled when failure is MariaDbException && stop.IsCancellationRequested =>
                new OperationCanceledException("The command was cancelled", failure, stop),
            RunningCall.Reason.TimedOut when failure is MariaDbException =>
                new MariaDbException($"The command took longer than {timeout.TotalSeconds:0.###} s", ErrorCodes.CommandTimeout, "HYT00", failure),
            _ => failure,
        };
    }

    void TakeLateKill()
    {
        try
        {
            _handle.Query("DO 0");
        }
        catch (MariaDbException error)
        {
            IsBroken |= error.ErrorCode != ErrorCodes.QueryInterrupted;
        }
    }
}
