using System.Data;
using System.Data.Common;

namespace Lnvps.Database.MariaDb;

/// <summary>
/// A transaction; REPEATABLE READ unless asked otherwise. After a deadlock the server has rolled all of it back: further commands then
/// fail with the same error instead of running outside of any transaction.
/// </summary>
public sealed class MariaDbTransaction : DbTransaction
{
    readonly MariaDbConnection _connection;
    bool _isOver;

    MariaDbTransaction(MariaDbConnection connection, IsolationLevel isolationLevel) => (_connection, IsolationLevel) = (connection, isolationLevel);

    public override IsolationLevel IsolationLevel { get; }

    protected override DbConnection? DbConnection => _isOver ? null : _connection;

    /// <summary>Why the server rolled it back.</summary>
    MariaDbException? RolledBackBy { get; set; }

    internal static MariaDbTransaction Begin(MariaDbConnection connection, IsolationLevel isolationLevel, CancellationToken stop)
    {
        if (connection.Transaction is not null)
            throw new InvalidOperationException("A transaction is open already");
        var level = isolationLevel switch
        {
            IsolationLevel.Unspecified or IsolationLevel.RepeatableRead or IsolationLevel.Snapshot => null,
            IsolationLevel.ReadUncommitted => "READ UNCOMMITTED",
            IsolationLevel.ReadCommitted => "READ COMMITTED",
            IsolationLevel.Serializable => "SERIALIZABLE",
            _ => throw new NotSupportedException($"MariaDB has no isolation level {isolationLevel}"),
        };
        if (level is not null)
            connection.Physical.Query($"SET TRANSACTION ISOLATION LEVEL {level}", stop: stop);
        connection.Physical.Query(isolationLevel == IsolationLevel.Snapshot ? "START TRANSACTION WITH CONSISTENT SNAPSHOT" : "START TRANSACTION", stop: stop);
        var transaction = new MariaDbTransaction(connection, isolationLevel == IsolationLevel.Unspecified ? IsolationLevel.RepeatableRead : isolationLevel);
        connection.Transaction = transaction;
        return transaction;
    }

    /// <exception cref="MariaDbException">
    /// Nothing was committed, or, when <see cref="MariaDbException.IsOutcomeUnknown"/> says so, nobody knows.
    /// </exception>
    public override void Commit()
    {
        ThrowIfOver();
        try
        {
            _connection.Physical.Query("COMMIT", CommitTime);
        }
        catch (MariaDbException error) when (error.IsTimeout || MariaDbConnection.IsBroken(_connection))
        {
            throw error.DuringCommit();
        }
        finally
        {
            End();
        }
    }

    /// <summary>Commits. Once under way a commit is not cancelled, since then nobody would know whether it happened.</summary>
    public override Task CommitAsync(CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : BlockingCalls.Run(Commit);

    /// <summary>Rolls back; does nothing when the server did so already or the connection is lost, which comes to the same.</summary>
    public override void Rollback()
    {
        if (_isOver)
            throw new InvalidOperationException("The transaction is over");
        try
        {
            if (RolledBackBy is null && !MariaDbConnection.IsBroken(_connection))
                _connection.Physical.Query("ROLLBACK");
        }
        finally
        {
            End();
        }
    }

    public override Task RollbackAsync(CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : BlockingCalls.Run(Rollback);

    public override async ValueTask DisposeAsync()
    {
        if (!_isOver)
            await BlockingCalls.Run(Abandon);
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isOver)
            Abandon();
        base.Dispose(disposing);
    }

    /// <summary>Called before each command.</summary>
    internal void ThrowIfOver()
    {
        if (RolledBackBy is { } cause)
            throw new MariaDbException($"The server rolled the transaction back: {cause.Message}", cause.ErrorCode, cause.SqlState, cause);
        if (_isOver)
            throw new InvalidOperationException("The transaction is over");
    }

    /// <summary>Called after a failed command: finds out whether there still is a transaction.</summary>
    internal void AfterFailure(MariaDbException error)
    {
        if (!_isOver && RolledBackBy is null && _connection.Physical.ServerRolledBack())
            RolledBackBy = error;
    }

    internal void ConnectionClosed() => _isOver = true;

    /// <summary>A commit may have to wait for a slow disk; to give up early means not to know.</summary>
    static readonly TimeSpan CommitTime = TimeSpan.FromMinutes(2);

    void Abandon()
    {
        try
        {
            Rollback();
        }
        catch (MariaDbException)
        {
            // The connection is of no use then, the pool finds out, and the server rolls back what it loses.
        }
    }

    void End()
    {
        _isOver = true;
        if (_connection.Transaction == this)
            _connection.Transaction = null;
    }
}
