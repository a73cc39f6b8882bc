using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace Lnvps.Database.Sqlite;

/// <summary>A connection borrowed from the pool of its file; open from the beginning, and given back when it is closed.</summary>
sealed class LentConnection(FilePool pool) : DbConnection
{
    OpenFile? _file = pool.Rent();
    SqliteTransaction? _transaction;

    internal OpenFile File => _file ?? throw new InvalidOperationException("The connection is closed");

    internal bool IsOpen => _file is not null;

    /// <summary>The one that commands without any belong to, as long as it is under way.</summary>
    internal SqliteTransaction? Transaction => _transaction is { Connection: not null } open ? open : null;

    [AllowNull]
    public override string ConnectionString { get => File.Connection.ConnectionString; set => throw new NotSupportedException("The file is that of the pool"); }

    public override string Database => File.Connection.Database;

    public override string DataSource => File.Connection.DataSource;

    public override string ServerVersion => File.Connection.ServerVersion;

    public override ConnectionState State => IsOpen ? ConnectionState.Open : ConnectionState.Closed;

    /// <summary>Takes the writer's lock at once.</summary>
    internal SqliteTransaction BeginWrite() => _transaction = Watched(() => File.Connection.BeginTransaction(deferred: false));

    /// <summary>Marks the connection as of no further use when an error says so.</summary>
    internal T Watched<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException error)
        {
            File.IsSuspect |= SqliteDialect.IsOfFile(error);
            throw;
        }
    }

    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException("The file is that of the pool");

    public override void Open() => throw new NotSupportedException("It is open from the beginning");

    public override void Close()
    {
        if (Interlocked.Exchange(ref _file, null) is not { } file)
            return;
        try
        {
            Transaction?.Dispose();
        }
        catch (SqliteException)
        {
            // It may still hold the writer's lock: it is not for anybody else.
            file.IsSuspect = true;
            throw;
        }
        finally
        {
            pool.Return(file);
        }
    }

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => _transaction = Watched(() => File.Connection.BeginTransaction(isolationLevel));

    protected override DbCommand CreateDbCommand() => new LentCommand(this);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Close();
        base.Dispose(disposing);
    }
}
