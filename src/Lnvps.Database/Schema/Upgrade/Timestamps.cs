using Lnvps.Database.Schema.Declarations;
using Lnvps.Database.Schema.Writers;

namespace Lnvps.Database.Schema.Upgrade;

/// <summary>
/// Old servers gave bare TIMESTAMP columns other properties and zero dates (data-model.md section 1.4). They are put right wherever a zero
/// date has a meaning: NULL in a column that may be empty.
/// </summary>
static class Timestamps
{
    public static async Task Repair(Table table, Column column, PresentColumn current, RowChecks rows, Plan plan)
    {
        var name = $"{table.Name}.{column.Name}";
        var zero = $"UNIX_TIMESTAMP(`{column.Name}`) = 0";
        var zeros = await rows.Count(table.Name, zero);
        if (zeros > 0 && !column.IsNullable)
        {
            plan.Refuse($"{name} has the date 0000-00-00 in {zeros} rows; set the real dates");
            return;
        }
        if (current.Facts.IsNullable && !column.IsNullable && !column.IsLoose && await rows.Count(table.Name, $"`{column.Name}` IS NULL") is > 0 and var empty)
        {
            plan.Refuse($"{name} is empty in {empty} rows; set the real dates");
            return;
        }
        plan.Do(Stage.Columns, $"put {name} right", $"ALTER TABLE `{table.Name}` MODIFY COLUMN `{column.Name}` {MariaDbWriter.Definition(column)}");
        if (zeros > 0)
            plan.Do(Stage.Columns, $"empty {name} where it is 0000-00-00", $"UPDATE `{table.Name}` SET `{column.Name}` = NULL WHERE {zero}");
    }
}
