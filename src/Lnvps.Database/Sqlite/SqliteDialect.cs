using System.Collections.Concurrent;
using System.Data.Common;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;
using Microsoft.Data.Sqlite;

namespace Lnvps.Database.Sqlite;

/// <summary>SQLite in one file: write-ahead log, one writer at a time, foreign keys enforced.</summary>
public sealed class SqliteDialect(string path) : Dialect
{
    const int GeneralError = 1;
    const int Busy = 5;
    const int Locked = 6;
    const int Constraint = 19;
    const int UniqueViolation = 2067;
    const int PrimaryKeyViolation = 1555;
    const int ForeignKeyViolation = 787;

    // The connections have a pool of their own, because that of the library would close their prepared statements.
    readonly FilePool _pool = FilePool.For(new SqliteConnectionStringBuilder
    {
        DataSource = path,
        ForeignKeys = true,
        Pooling = false,
        DefaultTimeout = 30,
    }.ToString());

    // One per file, however many dialects open it; never disposed of, as there are few.
    static readonly ConcurrentDictionary<string, SemaphoreSlim> AllTurns = new();

    readonly SemaphoreSlim _turns = AllTurns.GetOrAdd(System.IO.Path.GetFullPath(path), _ => new SemaphoreSlim(1, 1));

    public override string Name => "sqlite";

    /// <summary>The database file; its write-ahead log lies beside it.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    public override string ForUpdate => "";

    public override string Greatest(string a, string b) => $"max({a}, {b})";

    public override string InsertOrKeep(string table, string columns, string values, string keyColumn) =>
        $"INSERT INTO {table} ({columns}) VALUES ({values}) ON CONFLICT ({keyColumn}) DO NOTHING";

    public override string LastInsertId => "SELECT last_insert_rowid()";

    public override Instant LatestInstant => Instant.Utc(2106, 2, 7, 6, 28, 15);

    public override Task<DbConnection> Connect(CancellationToken stop)
    {
        if (stop.IsCancellationRequested)
            return Task.FromCanceled<DbConnection>(stop);
        try
        {
            return Task.FromResult<DbConnection>(new LentConnection(_pool));
        }
        catch (SqliteException error)
        {
            return Task.FromException<DbConnection>(error);
        }
    }

    /// <summary>Closes the connections that are kept open: the idle ones now, the others when they are given back.</summary>
    public void ClearPool() => _pool.Clear();

    /// <summary>Writers of one process queue up here; the database itself would make them sleep and try again, 150 ms at a time.</summary>
    public override async ValueTask<IDisposable?> TakeTurn(CancellationToken stop)
    {
        await _turns.WaitAsync(stop);
        return new Turn(_turns);
    }

    sealed class Turn(SemaphoreSlim turns) : IDisposable
    {
        public void Dispose() => turns.Release();
    }

    // BEGIN IMMEDIATE: the writer's lock is taken at once, so that a read-then-write transaction can neither deadlock nor see old rows.
    public override ValueTask<DbTransaction> BeginWrite(DbConnection connection, CancellationToken stop) =>
        ValueTask.FromResult<DbTransaction>(((LentConnection)connection).BeginWrite());

    public override bool IsTransient(DbException error) => error is SqliteException { SqliteErrorCode: Busy or Locked };

    /// <summary>True when an error says more of the file or the connection than of the statement: anything but a refused value, a lock and wrong SQL.</summary>
    internal static bool IsOfFile(SqliteException error) => error.SqliteErrorCode is not (GeneralError or Busy or Locked or Constraint);

    public override bool IsDuplicateKey(DbException error) =>
        error is SqliteException { SqliteErrorCode: Constraint, SqliteExtendedErrorCode: UniqueViolation or PrimaryKeyViolation };

    public override bool IsForeignKeyViolation(DbException error) =>
        error is SqliteException { SqliteErrorCode: Constraint, SqliteExtendedErrorCode: ForeignKeyViolation };
}
