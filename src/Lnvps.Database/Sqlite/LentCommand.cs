using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace Lnvps.Database.Sqlite;

/// <summary>
/// One or more statements. With its text it takes the command that ran this text on the connection before, whose statements are prepared, and gives it back when
/// it is disposed of.
/// </summary>
sealed class LentCommand(LentConnection connection) : DbCommand
{
    // Held here until the text is known, which says which command it is; what is set before must not make one without text.
    SqliteTransaction? _transaction;
    SqliteCommand? _inner;
    SqliteDataReader? _reader;
    bool _hasFailed;

    [AllowNull]
    public override string CommandText
    {
        get => _inner?.CommandText ?? "";
        set
        {
            if (_inner is null)
            {
                _inner = connection.File.Take(value ?? "");
                _inner.Transaction = _transaction ?? connection.Transaction;
            }
            else
            {
                _inner.CommandText = value;
            }
        }
    }

    public override int CommandTimeout { get => Inner.CommandTimeout; set => Inner.CommandTimeout = value; }

    public override CommandType CommandType
    {
        get => CommandType.Text;
        set
        {
            if (value != CommandType.Text)
                throw new NotSupportedException("Only SQL text");
        }
    }

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource { get; set; }

    protected override DbConnection? DbConnection
    {
        get => connection;
        set
        {
            if (value != connection)
                throw new NotSupportedException("The command is that of its connection");
        }
    }

    protected override DbParameterCollection DbParameterCollection => Inner.Parameters;

    protected override DbTransaction? DbTransaction
    {
        get => _inner is null ? _transaction : _inner.Transaction;
        set
        {
            _transaction = (SqliteTransaction?)value;
            if (_inner is not null)
                _inner.Transaction = _transaction;
        }
    }

    SqliteCommand Inner
    {
        get
        {
            if (_inner is null)
                CommandText = "";
            return _inner!;
        }
    }

    /// <summary>Does nothing: SQLite runs on the caller's thread.</summary>
    public override void Cancel()
    {
    }

    public override void Prepare() => Run(static command =>
    {
        command.Prepare();
        return true;
    });

    public override int ExecuteNonQuery() => Run(static command => command.ExecuteNonQuery());

    public override object? ExecuteScalar() => Run(static command => command.ExecuteScalar());

    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken) => Now(static command => command.ExecuteNonQuery(), cancellationToken);

    public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken) => Now(static command => command.ExecuteScalar(), cancellationToken);

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => _reader = Run(command => command.ExecuteReader(behavior));

    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        _reader = await Now(command => command.ExecuteReader(behavior), cancellationToken);

    protected override DbParameter CreateDbParameter() => new SqliteParameter();

    protected override void Dispose(bool disposing)
    {
        if (disposing && _inner is { } inner)
        {
            _inner = null;
            // The command of a connection that went back is left to the garbage collector: the connection may be at work for somebody else.
            if (connection.IsOpen)
            {
                if (_hasFailed || _reader is { IsClosed: false })
                    inner.Dispose();
                else
                    connection.File.GiveBack(inner);
            }
        }
        base.Dispose(disposing);
    }

    T Run<T>(Func<SqliteCommand, T> work)
    {
        if (!connection.IsOpen)
            throw new InvalidOperationException("The connection is closed");
        var inner = Inner;
        _hasFailed = true;
        try
        {
            var result = work(inner);
            _hasFailed = false;
            return result;
        }
        catch (SqliteException error)
        {
            connection.File.IsSuspect |= SqliteDialect.IsOfFile(error);
            throw;
        }
    }

    Task<T> Now<T>(Func<SqliteCommand, T> work, CancellationToken stop)
    {
        if (stop.IsCancellationRequested)
            return Task.FromCanceled<T>(stop);
        try
        {
            return Task.FromResult(Run(work));
        }
        catch (Exception error)
        {
            return Task.FromException<T>(error);
        }
    }
}
