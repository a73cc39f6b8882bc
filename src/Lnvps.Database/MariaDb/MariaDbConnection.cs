using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Lnvps.Database.MariaDb;

/// <summary>
/// A connection borrowed from the pool of its URL. The client library blocks; the asynchronous methods run it on threads of its own
/// (<see cref="BlockingCalls"/>), so that no thread of the pool waits for the server. Use one connection per task.
/// </summary>
public sealed class MariaDbConnection : DbConnection
{
    /// <summary>10.5.0, in the form in which the library gives versions (data-model.md section 1.1).</summary>
    internal const int OldestServerVersion = 100500;

    MariaDbOptions? _options;
    PhysicalConnection? _physical;

    public MariaDbConnection()
    {
    }

    /// <param name="url"><c>mysql://user:password@host:port/database?…</c>, see <see cref="MariaDbOptions"/>.</param>
    /// <exception cref="FormatException">The URL is malformed.</exception>
    public MariaDbConnection(string url) : this(MariaDbOptions.Parse(url))
    {
    }

    public MariaDbConnection(MariaDbOptions options) => _options = options;

    /// <summary>The URL; when read, without the password.</summary>
    [AllowNull]
    public override string ConnectionString
    {
        get => _options?.ToString() ?? "";
        set
        {
            if (_physical is not null)
                throw new InvalidOperationException("The connection is open");
            _options = string.IsNullOrEmpty(value) ? null : MariaDbOptions.Parse(value);
        }
    }

    public override string Database => _options?.Database ?? "";

    public override string DataSource => _options is { } options ? options.Socket ?? $"{options.Host}:{options.Port}" : "";

    public override int ConnectionTimeout => (int)(_options?.ConnectTimeout.TotalSeconds ?? 0);

    /// <summary>As the server names it, such as <c>10.11.19-MariaDB-0+deb12u1</c>.</summary>
    public override string ServerVersion => Physical.ServerInfo;

    /// <summary>For comparisons: 101119 is 10.11.19.</summary>
    public int ServerVersionNumber => Physical.ServerVersion;

    /// <summary>The server's number of this connection, by which KILL knows it.</summary>
    public ulong ServerThread => Physical.ThreadId;

    /// <summary>True when TLS protects the connection.</summary>
    public bool IsEncrypted => Physical.IsEncrypted;

    public override ConnectionState State => _physical is null ? ConnectionState.Closed : ConnectionState.Open;

    internal PhysicalConnection Physical => _physical ?? throw new InvalidOperationException("The connection is not open");

    internal MariaDbTransaction? Transaction { get; set; }

    /// <summary>Plain reads may run on the caller's thread, if few do so (<see cref="BlockingCalls.TryHere"/>).</summary>
    internal bool ReadsHere { get; init; }

    internal int DefaultCommandTimeout => (int)(_options?.CommandTimeout.TotalSeconds ?? 0);

    internal static bool IsBroken(MariaDbConnection connection) => connection._physical is { IsBroken: true };

    /// <exception cref="MariaDbException">The server cannot be reached or refuses, or the pool stays exhausted.</exception>
    public override void Open()
    {
        _physical = Pool().Rent();
        Opened();
    }

    /// <inheritdoc cref="Open"/>
    public override async Task OpenAsync(CancellationToken cancellationToken)
    {
        _physical = await Pool().Rent(cancellationToken);
        Opened();
    }

    /// <summary>Rolls back an open transaction and gives the connection back to the pool.</summary>
    public override void Close()
    {
        if (Forget() is { } physical)
            ConnectionPool.For(_options!).Return(physical);
    }

    /// <inheritdoc cref="Close"/>
    public override Task CloseAsync()
    {
        if (Forget() is not { } physical)
            return Task.CompletedTask;
        var pool = ConnectionPool.For(_options!);
        if (physical.IsClean)
        {
            pool.Return(physical);
            return Task.CompletedTask;
        }
        return BlockingCalls.Run(() => pool.Return(physical));
    }

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await base.DisposeAsync();
    }

    /// <summary>Closes the pooled connections of a URL: the idle ones now, the others when they are given back.</summary>
    public static void ClearPool(string url) => ConnectionPool.For(MariaDbOptions.Parse(url)).Clear();

    /// <summary>Closes the pooled connections of all URLs.</summary>
    public static void ClearAllPools() => ConnectionPool.ClearAll();

    /// <exception cref="NotSupportedException">Always: a pooled connection keeps the database of its URL.</exception>
    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException("The database is that of the URL");

    /// <summary>A command of this connection.</summary>
    public new MariaDbCommand CreateCommand() => new() { Connection = this, CommandTimeout = DefaultCommandTimeout };

    protected override DbCommand CreateDbCommand() => CreateCommand();

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => MariaDbTransaction.Begin(this, isolationLevel, default);

    protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(IsolationLevel isolationLevel, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return await BlockingCalls.Run(() => MariaDbTransaction.Begin(this, isolationLevel, cancellationToken));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Close();
        base.Dispose(disposing);
    }

    ConnectionPool Pool()
    {
        if (_physical is not null)
            throw new InvalidOperationException("The connection is open already");
        return ConnectionPool.For(_options ?? throw new InvalidOperationException("The connection has no URL"));
    }

    void Opened() => OnStateChange(new StateChangeEventArgs(ConnectionState.Closed, ConnectionState.Open));

    PhysicalConnection? Forget()
    {
        var physical = _physical;
        if (physical is null)
            return null;
        _physical = null;
        Transaction?.ConnectionClosed();
        Transaction = null;
        OnStateChange(new StateChangeEventArgs(ConnectionState.Open, ConnectionState.Closed));
        return physical;
    }
}
