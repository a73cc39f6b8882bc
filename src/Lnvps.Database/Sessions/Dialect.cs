using System.Data.Common;
using Lnvps.Core.Time;

namespace Lnvps.Database.Sessions;

/// <summary>The few things in which the two databases differ. Everything else is the same SQL.</summary>
public abstract class Dialect
{
    /// <summary>Short name for logs and messages: <c>sqlite</c> or <c>mariadb</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Suffix of a SELECT that locks its rows until the transaction ends; empty where a write transaction already excludes all others.</summary>
    public abstract string ForUpdate { get; }

    /// <summary>Expression for the greater of two values.</summary>
    public abstract string Greatest(string a, string b);

    /// <summary>
    /// An <c>INSERT</c> that keeps the row whose unique key exists already, and ignores nothing else. The count of rows does not tell which
    /// happened: who must know runs a plain INSERT and asks <see cref="IsDuplicateKey"/>.
    /// </summary>
    public abstract string InsertOrKeep(string table, string columns, string values, string keyColumn);

    /// <summary>SELECT that returns the id of the last inserted row of this session.</summary>
    public abstract string LastInsertId { get; }

    /// <summary>Latest expiry a TIMESTAMP column can hold (billing.md section 4).</summary>
    public abstract Instant LatestInstant { get; }

    /// <summary>Opens a connection that is ready for use: UTC, strict mode, foreign keys on.</summary>
    public abstract Task<DbConnection> Connect(CancellationToken stop);

    /// <summary>As <see cref="Connect"/>, for work that mostly asks for few rows by their keys: such a read may block the caller's thread until the answer is there.</summary>
    public virtual Task<DbConnection> ConnectToRead(CancellationToken stop) => Connect(stop);

    /// <summary>
    /// Waits for this process's turn to write, in the order of asking, where the database admits one writer at a time; the turn ends when the answer is disposed of.
    /// Null where writers do not wait for each other.
    /// </summary>
    public virtual ValueTask<IDisposable?> TakeTurn(CancellationToken stop) => default;

    /// <summary>Begins a transaction that may write.</summary>
    public abstract ValueTask<DbTransaction> BeginWrite(DbConnection connection, CancellationToken stop);

    /// <summary>True when repeating the whole transaction may succeed: deadlock, lock time-out, lost connection, database busy.</summary>
    public abstract bool IsTransient(DbException error);

    /// <summary>True when the connection broke during a commit: whether the transaction happened, nobody knows, so it may not simply be repeated.</summary>
    public virtual bool IsOutcomeUnknown(DbException error) => false;

    /// <summary>True when a unique key refused the statement.</summary>
    public abstract bool IsDuplicateKey(DbException error);

    /// <summary>True when a foreign key refused the statement.</summary>
    public abstract bool IsForeignKeyViolation(DbException error);
}
