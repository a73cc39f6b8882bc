using Lnvps.Database.Schema.Declarations;
using Lnvps.Database.Schema.Tables;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Schema.Upgrade;

/// <summary>Looks whether a MariaDB database with a complete ledger really has the schema, and repairs old timestamp columns.</summary>
static class SchemaCheck
{
    /// <exception cref="DatabaseRefused">A table or column is missing or has another type, or a zero date has no meaning.</exception>
    public static async Task Run(Session session, bool mayRepair, Action<string> report, CancellationToken stop)
    {
        var snapshot = await Snapshot.Take(session, stop);
        var rows = new RowChecks(session, snapshot, stop);
        var plan = new Plan();
        foreach (var table in LnvpsTables.All)
        {
            if (snapshot.Table(table.Name) is not { } present)
            {
                plan.Refuse($"the table {table.Name} is missing");
                continue;
            }
            foreach (var column in table.Columns)
                await Compare(table, column, present, rows, plan);
        }
        if (plan.Refusals.Count > 0)
        {
            throw new DatabaseRefused($"The ledger {LnvpsTables.Ledger.Name} is complete, but the schema is not what it says: " +
                $"{string.Join("; ", plan.Refusals)}. Nothing was changed.");
        }
        if (plan.Changes.Count > 0 && !mayRepair)
            throw new DatabaseRefused($"The database has timestamps of an old server ({plan.Changes[0].Description}); start lnvps_api first, which repairs them.");
        foreach (var change in plan.InOrder)
        {
            report($"Repair: {change.Description}");
            await change.Run(session, stop);
        }
    }

    static async Task Compare(Table table, Column column, PresentTable present, RowChecks rows, Plan plan)
    {
        var wanted = ColumnFacts.Of(column);
        if (present.Column(column.Name) is not { } current)
            plan.Refuse($"the column {table.Name}.{column.Name} is missing");
        else if (current.Facts.Type != wanted.Type && !(wanted.Type == "json" && current.Facts.Type == "longtext"))
            plan.Refuse($"{table.Name}.{column.Name} is {current.Facts.Type} instead of {wanted.Type}");
        else if (column.Shape == Shape.Timestamp && current.Facts != wanted)
            await Timestamps.Repair(table, column, current, rows, plan);
    }
}
