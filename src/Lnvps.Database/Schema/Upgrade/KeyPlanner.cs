using Lnvps.Database.Schema.Declarations;
using Lnvps.Database.Schema.Writers;

namespace Lnvps.Database.Schema.Upgrade;

/// <summary>Plans how the keys and foreign keys of one present table become those of its declaration.</summary>
sealed class KeyPlanner(Table table, PresentTable present, RowChecks rows, Plan plan)
{
    const string Primary = "PRIMARY";

    public async Task Run()
    {
        if (table.EffectivePrimaryKey is { Count: > 0 } primary
            && present.Keys.FirstOrDefault(key => key.Name == Primary) is var there && (there is null || !there.Columns.SequenceEqual(primary)))
        {
            plan.Refuse($"{table.Name} has another primary key than {string.Join(", ", primary)}");
        }
        foreach (var key in table.Keys)
            await Compare(key);
        foreach (var reference in table.ForeignKeys)
            await Compare(reference);
        if (rows.Snapshot.Table(Tables.LnvpsTables.OwnLedger.Name) is null)
        {
            foreach (var key in present.Keys.Where(key => key.IsUnique && key.Name != Primary && IsStrange(key)))
                plan.Refuse($"{table.Name} has the unique key {key.Name} that is not part of the schema and would refuse valid rows; drop it");
        }
    }

    // A key that only has another name is renamed, see Compare.
    bool IsStrange(PresentKey key) =>
        table.Keys.All(known => known.Name != key.Name && !key.Matches(known)) && key.Columns.All(column => table.Columns.Any(known => known.Name == column));

    async Task Compare(Key key)
    {
        var description = $"key {key.Name} of {table.Name}";
        var current = present.Keys.FirstOrDefault(other => other.Name == key.Name);
        if (current is not null && current.Matches(key))
            return;
        var twin = present.Keys.FirstOrDefault(other => other.Name != Primary && other.Matches(key) && table.Keys.All(known => known.Name != other.Name));
        if (current is null && twin is not null)
        {
            plan.Do(Stage.Keys, $"rename {description}", $"ALTER TABLE `{table.Name}` RENAME INDEX `{twin.Name}` TO `{key.Name}`");
            return;
        }
        if (key.IsUnique && key.Columns.All(column => present.Column(column) is not null))
        {
            var columns = string.Join(", ", key.Columns.Select(MariaDbWriter.Quote));
            var notNull = string.Join(" AND ", key.Columns.Select(column => $"{MariaDbWriter.Quote(column)} IS NOT NULL"));
            if (await rows.Exists($"SELECT 1 FROM `{table.Name}` WHERE {notNull} GROUP BY {columns} HAVING COUNT(*) > 1"))
            {
                plan.Refuse($"{table.Name} has rows that agree in {string.Join(", ", key.Columns)}, which must be unique");
                return;
            }
        }
        // In one statement, since a foreign key may need some index on the column at every moment.
        var drop = current is null ? "" : $"DROP INDEX `{key.Name}`, ";
        plan.Do(Stage.Keys, $"{(current is null ? "add" : "replace")} {description}", $"ALTER TABLE `{table.Name}` {drop}ADD {MariaDbWriter.KeyDefinition(key)}");
    }

    async Task Compare(ForeignKey key)
    {
        if (present.References.Any(reference => reference.Matches(key)))
            return;
        var description = $"the foreign key {key.Name} of {table.Name}";
        // Two statements: dropping and adding one name in a single one fails.
        foreach (var other in present.References.Where(reference => reference.Column == key.Column || reference.Name == key.Name))
            plan.Do(Stage.DropReferences, $"drop {description}", $"ALTER TABLE `{table.Name}` DROP FOREIGN KEY `{other.Name}`");
        if (present.Column(key.Column) is not null && await HasOrphans(key))
        {
            plan.Refuse($"{table.Name}.{key.Column} points at rows of {key.Table} that do not exist");
            return;
        }
        plan.Do(Stage.References, $"add {description}", $"ALTER TABLE `{table.Name}` ADD CONSTRAINT `{key.Name}` {MariaDbWriter.Reference(key)}");
    }

    Task<bool> HasOrphans(ForeignKey key)
    {
        var pointing = $"SELECT 1 FROM `{table.Name}` c WHERE c.`{key.Column}` IS NOT NULL";
        return rows.Exists(rows.Snapshot.Table(key.Table) is null
            ? pointing
            : $"{pointing} AND NOT EXISTS (SELECT 1 FROM `{key.Table}` p WHERE p.id = c.`{key.Column}`)");
    }
}
