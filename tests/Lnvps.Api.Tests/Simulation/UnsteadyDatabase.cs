using System.Data.Common;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;
using Lnvps.Testing.Databases;

namespace Lnvps.Api.Tests.Simulation;

/// <summary>
/// The database as one process sees it: it refuses transactions, loses the answers to commits, and is gone for good when the process is killed.
/// </summary>
sealed class UnsteadyDatabase
{
    readonly CountingDialect _mortal;

    public UnsteadyDatabase(Dialect file, Chances chances)
    {
        _mortal = new CountingDialect(file) { DieAt = chances.DiesAt(), Commit = commit => Commit(chances.OfCommit(), commit) };
        Dialect = new UnsteadyDialect(_mortal, chances);
    }

    public Dialect Dialect { get; }

    /// <summary>The process was killed at a statement: nothing it does from then on reaches anybody.</summary>
    public bool IsDead => _mortal.Statements >= _mortal.DieAt;

    static async Task Commit(CommitFault? fault, Func<Task> commit)
    {
        if (fault is null or CommitFault.LostAfter)
            await commit();
        if (fault is { } happened)
            throw new FaultyDatabaseException(happened == CommitFault.RolledBack, isOutcomeUnknown: happened != CommitFault.RolledBack);
    }

    sealed class UnsteadyDialect(Dialect inner, Chances chances) : Dialect
    {
        public override string Name => inner.Name;

        public override string ForUpdate => inner.ForUpdate;

        public override string Greatest(string a, string b) => inner.Greatest(a, b);

        public override string InsertOrKeep(string table, string columns, string values, string keyColumn) => inner.InsertOrKeep(table, columns, values, keyColumn);

        public override string LastInsertId => inner.LastInsertId;

        public override Instant LatestInstant => inner.LatestInstant;

        public override Task<DbConnection> Connect(CancellationToken stop) => inner.Connect(stop);

        public override ValueTask<DbTransaction> BeginWrite(DbConnection connection, CancellationToken stop) =>
            chances.DatabaseRefuses() ? throw new FaultyDatabaseException(isTransient: true, isOutcomeUnknown: false) : inner.BeginWrite(connection, stop);

        public override bool IsTransient(DbException error) => error is FaultyDatabaseException fault ? fault.IsTransient : inner.IsTransient(error);

        public override bool IsOutcomeUnknown(DbException error) => error is FaultyDatabaseException fault ? fault.IsOutcomeUnknown : inner.IsOutcomeUnknown(error);

        public override bool IsDuplicateKey(DbException error) => error is not FaultyDatabaseException && inner.IsDuplicateKey(error);

        public override bool IsForeignKeyViolation(DbException error) => error is not FaultyDatabaseException && inner.IsForeignKeyViolation(error);
    }
}

/// <summary>A failure that the simulation made up.</summary>
sealed class FaultyDatabaseException(bool isTransient, bool isOutcomeUnknown) : DbException("Not now")
{
    public override bool IsTransient { get; } = isTransient;

    public bool IsOutcomeUnknown { get; } = isOutcomeUnknown;
}
