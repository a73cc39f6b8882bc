using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Testing.Databases;

/// <summary>
/// Counts the statements that go to the database, so that a test can show that their number does not follow the number of rows; or kills the process, as far as
/// the database sees it, at any of them.
/// </summary>
public sealed class CountingDialect(Dialect inner) : Dialect
{
    int _statements;

    /// <summary>Statements sent since the last <see cref="Reset"/>.</summary>
    public int Statements => Volatile.Read(ref _statements);

    public void Reset() => Volatile.Write(ref _statements, 0);

    /// <summary>This statement and all that follow are refused, and nothing more is committed; null = none.</summary>
    public int? DieAt { get; init; }

    /// <summary>Commits a transaction by the action it is given, or fails before or after it; null = just commits.</summary>
    public Func<Func<Task>, Task>? Commit { get; init; }

    public override string Name => inner.Name;

    public override string ForUpdate => inner.ForUpdate;

    public override string Greatest(string a, string b) => inner.Greatest(a, b);

    public override string InsertOrKeep(string table, string columns, string values, string keyColumn) => inner.InsertOrKeep(table, columns, values, keyColumn);

    public override string LastInsertId => inner.LastInsertId;

    public override Instant LatestInstant => inner.LatestInstant;

    public override async Task<DbConnection> Connect(CancellationToken stop)
    {
        Refuse();
        return new Connection(this, await inner.Connect(stop));
    }

    public override async ValueTask<DbTransaction> BeginWrite(DbConnection connection, CancellationToken stop) =>
        new Transaction(this, connection, await inner.BeginWrite(((Connection)connection).Inner, stop));

    public override bool IsTransient(DbException error) => error is not KilledException && inner.IsTransient(error);

    public override bool IsOutcomeUnknown(DbException error) => inner.IsOutcomeUnknown(error);

    public override bool IsDuplicateKey(DbException error) => error is not KilledException && inner.IsDuplicateKey(error);

    public override bool IsForeignKeyViolation(DbException error) => error is not KilledException && inner.IsForeignKeyViolation(error);

    void Count()
    {
        Interlocked.Increment(ref _statements);
        Refuse();
    }

    void Refuse()
    {
        if (Statements >= DieAt)
            throw new KilledException();
    }

    public sealed class KilledException() : DbException("This process is dead");

    sealed class Connection(CountingDialect dialect, DbConnection inner) : DbConnection
    {
        public DbConnection Inner { get; } = inner;

        [AllowNull]
        public override string ConnectionString { get => Inner.ConnectionString; set => Inner.ConnectionString = value; }

        public override string Database => Inner.Database;

        public override string DataSource => Inner.DataSource;

        public override string ServerVersion => Inner.ServerVersion;

        public override ConnectionState State => Inner.State;

        public override void ChangeDatabase(string databaseName) => Inner.ChangeDatabase(databaseName);

        public override void Open() => Inner.Open();

        public override void Close() => Inner.Close();

        protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => Inner.BeginTransaction(isolationLevel);

        protected override DbCommand CreateDbCommand() => new Command(dialect, this, Inner.CreateCommand());

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                Inner.Dispose();
            base.Dispose(disposing);
        }

        public override async ValueTask DisposeAsync()
        {
            await Inner.DisposeAsync();
            await base.DisposeAsync();
        }
    }

    sealed class Transaction(CountingDialect dialect, DbConnection connection, DbTransaction inner) : DbTransaction
    {
        public DbTransaction Inner { get; } = inner;

        public override IsolationLevel IsolationLevel => Inner.IsolationLevel;

        protected override DbConnection? DbConnection => Inner.Connection is null ? null : connection;

        public override void Commit() => throw new NotSupportedException("Sessions commit without blocking");

        public override Task CommitAsync(CancellationToken cancellationToken = default)
        {
            dialect.Refuse();
            return dialect.Commit is { } commit ? commit(() => Inner.CommitAsync(cancellationToken)) : Inner.CommitAsync(cancellationToken);
        }

        public override void Rollback() => Inner.Rollback();

        public override Task RollbackAsync(CancellationToken cancellationToken = default) => Inner.RollbackAsync(cancellationToken);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                Inner.Dispose();
            base.Dispose(disposing);
        }

        public override async ValueTask DisposeAsync()
        {
            await Inner.DisposeAsync();
            await base.DisposeAsync();
        }
    }

    sealed class Command(CountingDialect dialect, Connection connection, DbCommand inner) : DbCommand
    {
        [AllowNull]
        public override string CommandText { get => inner.CommandText; set => inner.CommandText = value; }

        public override int CommandTimeout { get => inner.CommandTimeout; set => inner.CommandTimeout = value; }

        public override CommandType CommandType { get => inner.CommandType; set => inner.CommandType = value; }

        public override bool DesignTimeVisible { get => inner.DesignTimeVisible; set => inner.DesignTimeVisible = value; }

        public override UpdateRowSource UpdatedRowSource { get => inner.UpdatedRowSource; set => inner.UpdatedRowSource = value; }

        protected override DbConnection? DbConnection { get => connection; set => throw new NotSupportedException(); }

        protected override DbParameterCollection DbParameterCollection => inner.Parameters;

        protected override DbTransaction? DbTransaction { get => inner.Transaction; set => inner.Transaction = (value as Transaction)?.Inner ?? value; }

        public override void Cancel() => inner.Cancel();

        public override void Prepare() => inner.Prepare();

        protected override DbParameter CreateDbParameter() => inner.CreateParameter();

        public override int ExecuteNonQuery()
        {
            dialect.Count();
            return inner.ExecuteNonQuery();
        }

        public override object? ExecuteScalar()
        {
            dialect.Count();
            return inner.ExecuteScalar();
        }

        protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior)
        {
            dialect.Count();
            return inner.ExecuteReader(behavior);
        }

        public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken)
        {
            dialect.Count();
            return inner.ExecuteNonQueryAsync(cancellationToken);
        }

        public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken)
        {
            dialect.Count();
            return inner.ExecuteScalarAsync(cancellationToken);
        }

        protected override Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken)
        {
            dialect.Count();
            return inner.ExecuteReaderAsync(behavior, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
