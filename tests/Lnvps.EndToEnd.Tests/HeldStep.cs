using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Lnvps.EndToEnd.Tests;

/// <summary>
/// Stops a shop where it would record a step of a workflow as done: a trigger in its database makes that write last for ever. The step's work is done then, nothing
/// of it is recorded, and whoever kills the process has met the moment between the two. The program itself knows nothing of it.
/// </summary>
sealed class HeldStep : IDisposable
{
    readonly SqliteConnection _db;

    public HeldStep(string folder)
    {
        // The time-out is how long a write waits for its turn.
        _db = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, "lnvps.db"), DefaultTimeout = 1, Pooling = false }.ToString());
        _db.Open();
    }

    /// <summary>Holds the record of the step with this number, counted from 0, until <see cref="Release"/>.</summary>
    public void Hold(long step) => Execute(string.Create(CultureInfo.InvariantCulture, $"""
        CREATE VIEW test_for_ever AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n;
        CREATE TRIGGER test_hold BEFORE INSERT ON workflow_step WHEN NEW.step = {step} AND NEW.outcome = 0 BEGIN SELECT COUNT(*) FROM test_for_ever; END;
        """));

    /// <summary>Lets the step be recorded by the next process; the one that was held must be dead.</summary>
    public void Release() => Execute("DROP TRIGGER test_hold; DROP VIEW test_for_ever;");

    /// <summary>Ends the leases of the dead process now, not in 15 seconds.</summary>
    public void EndLeases() => Execute("UPDATE workflow SET due = created WHERE due IS NOT NULL");

    /// <summary>Number of the step that a running workflow is at; null while none runs.</summary>
    public long? Present => (long?)Ask("SELECT step FROM workflow WHERE state = 1");

    /// <summary>Whether somebody's write takes longer than any takes that is not held.</summary>
    public bool IsReached
    {
        get
        {
            try
            {
                using var turn = _db.BeginTransaction(deferred: false);
                return false;
            }
            catch (SqliteException error) when (error.SqliteErrorCode == SQLitePCL.raw.SQLITE_BUSY)
            {
                return true;
            }
        }
    }

    object? Ask(string query)
    {
        using var command = _db.CreateCommand();
        command.CommandText = query;
        return command.ExecuteScalar();
    }

    void Execute(string statements)
    {
        using var command = _db.CreateCommand();
        command.CommandText = statements;
        command.CommandTimeout = 30;
        command.ExecuteNonQuery();
    }

    public void Dispose() => _db.Dispose();
}
