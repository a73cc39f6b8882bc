using System.Data.Common;
using Dapper;

namespace Lnvps.Database.Sessions;

/// <summary>
/// One connection, with or without a transaction, on which the queries of the aggregates run (extension methods, one file per aggregate).
/// Made by <see cref="Db"/>; not thread-safe.
/// </summary>
public sealed class Session : IAsyncDisposable
{
    readonly DbConnection _connection;
    readonly DbTransaction? _transaction;
    List<Action>? _afterCommit;

    internal Session(Db db, DbConnection connection, DbTransaction? transaction)
    {
        Db = db;
        _connection = connection;
        _transaction = transaction;
    }

    public Db Db { get; }

    public Dialect Dialect => Db.Dialect;

    /// <summary>Commands may take as long as they need: a change of the schema rewrites tables of any size.</summary>
    internal bool IsPatient { get; init; }

    public async Task<List<T>> List<T>(string sql, object? parameters = null, CancellationToken stop = default)
    {
        using var span = StatementSpans.Begin(Dialect, sql);
        return (await _connection.QueryAsync<T>(Command(sql, parameters, stop))).AsList();
    }

    /// <summary>The first row, or default when there is none.</summary>
    public async Task<T?> Find<T>(string sql, object? parameters = null, CancellationToken stop = default)
    {
        using var span = StatementSpans.Begin(Dialect, sql);
        return await _connection.QueryFirstOrDefaultAsync<T?>(Command(sql, parameters, stop));
    }

    /// <summary>A single value; COUNT, SUM and MAX arrive in whatever type the server likes and are converted to <typeparamref name="T"/>.</summary>
    public async Task<T> Scalar<T>(string sql, object? parameters = null, CancellationToken stop = default) where T : struct
    {
        using var span = StatementSpans.Begin(Dialect, sql);
        var value = await _connection.ExecuteScalarAsync<object?>(Command(sql, parameters, stop));
        return value is null or DBNull ? default : (T)Convert.ChangeType(value, typeof(T), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Runs a statement and returns the number of rows that matched.</summary>
    public async Task<int> Execute(string sql, object? parameters = null, CancellationToken stop = default)
    {
        using var span = StatementSpans.Begin(Dialect, sql);
        return await _connection.ExecuteAsync(Command(sql, parameters, stop));
    }

    /// <summary>Runs an INSERT and returns the generated id.</summary>
    public async Task<uint> Insert(string sql, object? parameters = null, CancellationToken stop = default)
    {
        await Execute(sql, parameters, stop);
        return checked((uint)await Scalar<ulong>(Dialect.LastInsertId, null, stop));
    }

    /// <summary>Has <paramref name="action"/> run once the transaction is committed, and never when it is not; without a transaction at once.</summary>
    public void AfterCommit(Action action)
    {
        if (_transaction is null)
            action();
        else
            (_afterCommit ??= []).Add(action);
    }

    /// <summary>
    /// Names what the transaction makes, at most 100 characters: enough to give the answer again if the process dies before it was given. Only for whoever asked to
    /// know (<see cref="CommitWitness"/>).
    /// </summary>
    public void Made(string what) => WhatWasMade = what;

    internal string? WhatWasMade { get; private set; }

    CommandDefinition Command(string sql, object? parameters, CancellationToken stop) =>
        new(sql, parameters, _transaction, commandTimeout: IsPatient ? 0 : null, cancellationToken: stop);

    internal async Task Commit(CancellationToken stop)
    {
        if (_transaction is not null)
            await _transaction.CommitAsync(stop);
        foreach (var action in _afterCommit ?? [])
            action();
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_transaction is not null)
                await _transaction.DisposeAsync();
        }
        finally
        {
            await _connection.DisposeAsync();
        }
    }
}
