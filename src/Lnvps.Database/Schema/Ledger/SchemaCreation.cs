using Lnvps.Database.Schema.Additions;
using Lnvps.Database.Schema.Seeds;
using Lnvps.Database.Schema.Tables;
using Lnvps.Database.Schema.Writers;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Schema.Ledger;

/// <summary>Makes the shared schema in an empty database.</summary>
static class SchemaCreation
{
    public static async Task Create(Session session, SchemaWriter writer, CancellationToken stop)
    {
        // The ledger comes last: a creation that broke half-way is then "tables without ledger" and refused, never taken for complete.
        foreach (var table in LnvpsTables.All)
            await session.ExecuteAll(writer.CreateTable(table), stop);
        await SeededRows.AddCompany(session, stop);
        await SeededRows.AddRoles(session, _ => true, stop);
        await session.ExecuteAll(writer.CreateTable(LnvpsTables.Ledger), stop);
        await Record(session, KnownSteps.All, stop);
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
