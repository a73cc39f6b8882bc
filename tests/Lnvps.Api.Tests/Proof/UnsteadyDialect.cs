using System.Data.Common;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Api.Tests.Proof;

/// <summary>A database that refuses some write transactions for the moment, as one with deadlocks or lost connections does.</summary>
/// <param name="refuse">Asked before each write transaction.</param>
sealed class UnsteadyDialect(Dialect inner, Func<bool> refuse) : Dialect
{
    public override string Name => inner.Name;

    public override string ForUpdate => inner.ForUpdate;

    public override string Greatest(string a, string b) => inner.Greatest(a, b);

    public override string InsertOrKeep(string table, string columns, string values, string keyColumn) => inner.InsertOrKeep(table, columns, values, keyColumn);

    public override string LastInsertId => inner.LastInsertId;

    public override Instant LatestInstant => inner.LatestInstant;

    public override Task<DbConnection> Connect(CancellationToken stop) => inner.Connect(stop);

    public override ValueTask<DbTransaction> BeginWrite(DbConnection connection, CancellationToken stop) =>
        refuse() ? throw new RefusedException() : inner.BeginWrite(connection, stop);

    public override bool IsTransient(DbException error) => error is RefusedException || inner.IsTransient(error);

    public override bool IsDuplicateKey(DbException error) => error is not RefusedException && inner.IsDuplicateKey(error);

    public override bool IsForeignKeyViolation(DbException error) => error is not RefusedException && inner.IsForeignKeyViolation(error);

    sealed class RefusedException() : DbException("Not now");
}
