using System.Data.Common;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Testing.Workflows;

/// <summary>
/// A database connection that can be cut for good, which is all that the rest of the world sees of a process that was killed: from then on it writes nothing.
/// Or it can be held up for a while, as when a process is suspended.
/// </summary>
public sealed class MortalDialect(Dialect inner) : Dialect
{
    volatile bool _dead;
    volatile Task _awake = Task.CompletedTask;

    public bool IsDead => _dead;

    public void Kill() => _dead = true;

    /// <summary>Nothing reaches the database until <paramref name="awake"/> completes.</summary>
    public void Suspend(Task awake) => _awake = awake;

    public override string Name => inner.Name;

    public override string ForUpdate => inner.ForUpdate;

    public override string Greatest(string a, string b) => inner.Greatest(a, b);

    public override string InsertOrKeep(string table, string columns, string values, string keyColumn) => inner.InsertOrKeep(table, columns, values, keyColumn);

    public override string LastInsertId => inner.LastInsertId;

    public override Instant LatestInstant => inner.LatestInstant;

    public override async Task<DbConnection> Connect(CancellationToken stop)
    {
        Refuse();
        await _awake.WaitAsync(stop);
        return await inner.Connect(stop);
    }

    public override ValueTask<IDisposable?> TakeTurn(CancellationToken stop) => _dead || !_awake.IsCompleted ? default : inner.TakeTurn(stop);

    public override ValueTask<DbTransaction> BeginWrite(DbConnection connection, CancellationToken stop)
    {
        Refuse();
        return inner.BeginWrite(connection, stop);
    }

    public override bool IsTransient(DbException error) => error is not KilledException && inner.IsTransient(error);

    public override bool IsOutcomeUnknown(DbException error) => inner.IsOutcomeUnknown(error);

    public override bool IsDuplicateKey(DbException error) => error is not KilledException && inner.IsDuplicateKey(error);

    public override bool IsForeignKeyViolation(DbException error) => error is not KilledException && inner.IsForeignKeyViolation(error);

    void Refuse()
    {
        if (_dead)
            throw new KilledException();
    }

    sealed class KilledException() : DbException("This process is dead");
}
