using Lnvps.Database.Schema.Additions;
using Lnvps.Database.Schema.Seeds;
using Lnvps.Database.Schema.Tables;
using Lnvps.Database.Schema.Writers;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Schema.Ledger;

/// <summary>Makes the shared schema in an empty database.</summary>
static class SchemaCreation
{
    public static async Task Create(Session session, SchemaWriter writer, Action<string> report, CancellationToken stop)
    {
        if (writer.IsMariaDb)
            await UseUtf8(session, report, stop);
        // The ledger comes last: a creation that broke half-way is then "tables without ledger" and refused, never taken for complete.
        foreach (var table in LnvpsTables.All)
            await session.ExecuteAll(writer.CreateTable(table), stop);
        await SeededRows.AddCompany(session, stop);
        await SeededRows.AddRoles(session, _ => true, stop);
        await session.ExecuteAll(writer.CreateTable(LnvpsTables.Ledger), stop);
        await Record(session, KnownSteps.All, stop);
    }

    // Tables take the character set of the database, and that of a new database is Latin-1 on many servers.
    static async Task UseUtf8(Session session, Action<string> report, CancellationToken stop)
    {
        var name = await session.Find<string>(
            "SELECT schema_name AS name FROM information_schema.schemata WHERE schema_name = DATABASE() AND default_character_set_name <> 'utf8mb4'", null, stop);
        if (name is null)
            return;
        await session.Execute($"ALTER DATABASE {MariaDbWriter.Quote(name)} CHARACTER SET utf8mb4", null, stop);
        report("Changed the character set of the empty database to utf8mb4");
    }

    /// <summary>Writes ledger rows in one statement, so that either all are there or none.</summary>
    public static async Task Record(Session session, IReadOnlyList<KnownStep> steps, CancellationToken stop)
    {
        if (steps.Count == 0)
            return;
        var values = steps.Select(step => $"({step.Version}, '{step.Name}', 1, x'{step.Checksum}', 0)");
        await session.Execute($"INSERT INTO {LnvpsTables.Ledger.Name} (version, description, success, checksum, execution_time) " +
            $"VALUES {string.Join(", ", values)}", null, stop);
    }
}
