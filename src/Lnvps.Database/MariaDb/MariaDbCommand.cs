using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Lnvps.Database.MariaDb;

/// <summary>
/// One or more statements, separated by semicolons, with named parameters (<c>@name</c>). They run as prepared statements, which the
/// connection keeps for the next time. Rows are read completely before the call returns; rows affected are the rows matched.
/// </summary>
public sealed class MariaDbCommand : DbCommand
{
    const int LongestTimeout = 1_000_000;

    readonly MariaDbParameterCollection _parameters = new();
    volatile RunningCall? _running;
    MariaDbConnection? _connection;

    public MariaDbCommand()
    {
    }

    public MariaDbCommand(string text, MariaDbConnection connection) =>
        (CommandText, _connection, CommandTimeout) = (text, connection, connection.DefaultCommandTimeout);

    [AllowNull]
    public override string CommandText
    {
        get;
        set => field = value ?? "";
    } = "";

    /// <summary>Seconds until the statement is killed and the call fails with <see cref="MariaDbException.IsTimeout"/>; 0 for no limit.</summary>
    public override int CommandTimeout { get; set; } = 30;

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

    /// <summary>The values by name.</summary>
    public new MariaDbParameterCollection Parameters => _parameters;

    protected override DbConnection? DbConnection
    {
        get => _connection;
        set => _connection = (MariaDbConnection?)value;
    }

    protected override DbParameterCollection DbParameterCollection => _parameters;

    protected override DbTransaction? DbTransaction { get; set; }

    /// <summary>Kills the statement that runs on another thread; that call then fails.</summary>
    public override void Cancel() => _running?.Interrupt(RunningCall.Reason.Cancelled);

    public override void Prepare() => Connection().Physical.Prepare(SqlText.Split(CommandText), Timeout, default);

    public override Task PrepareAsync(CancellationToken cancellationToken = default) =>
        Asynchronously(stop =>
        {
            Connection().Physical.Prepare(SqlText.Split(CommandText), Timeout, stop);
            return true;
        }, cancellationToken);

    public override int ExecuteNonQuery() => Run(default).Affected;

    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken) => Asynchronously(stop => Run(stop).Affected, cancellationToken);

    public override object? ExecuteScalar() => Scalar(Run(default));

    public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken) => Asynchronously(stop => Scalar(Run(stop)), cancellationToken);

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => Reader(Run(default), behavior);

    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        await (_connection is { ReadsHere: true } && SqlText.Known(CommandText) is [{ IsPlainRead: true }] && !cancellationToken.IsCancellationRequested
            && BlockingCalls.TryHere(() => Reader(Run(cancellationToken), behavior), out var reading)
            ? reading
            : Asynchronously(stop => Reader(Run(stop), behavior), cancellationToken));

    protected override DbParameter CreateDbParameter() => new MariaDbParameter();

    TimeSpan Timeout => TimeSpan.FromSeconds(Math.Clamp(CommandTimeout, 0, LongestTimeout));

    static object? Scalar(ExecutionResult result) =>
        result.Results is [var first, ..] && first.RowCount > 0 ? first.Value(0, 0) : null;

    static Task<T> Asynchronously<T>(Func<CancellationToken, T> call, CancellationToken stop) =>
        stop.IsCancellationRequested ? Task.FromCanceled<T>(stop) : BlockingCalls.Run(() => call(stop));

    MariaDbDataReader Reader(ExecutionResult result, CommandBehavior behavior) =>
        new(result, behavior.HasFlag(CommandBehavior.CloseConnection) ? _connection : null);

    new MariaDbConnection Connection() => _connection ?? throw new InvalidOperationException("The command has no connection");

    ExecutionResult Run(CancellationToken stop)
    {
        var connection = Connection();
        var physical = connection.Physical;
        var statements = SqlText.Known(CommandText);
        if (statements.Count == 0)
            throw new InvalidOperationException("The command holds no statement");
        (DbTransaction as MariaDbTransaction)?.ThrowIfOver();
        connection.Transaction?.ThrowIfOver();
        var call = new RunningCall(physical);
        _running = call;
        try
        {
            return physical.Execute(call, statements, _parameters, Timeout, stop);
        }
        catch (MariaDbException error)
        {
            connection.Transaction?.AfterFailure(error);
            throw;
        }
        catch (OperationCanceledException cancelled) when (cancelled.InnerException is MariaDbException cause)
        {
            connection.Transaction?.AfterFailure(cause);
            throw;
        }
        finally
        {
            _running = null;
        }
    }
}
