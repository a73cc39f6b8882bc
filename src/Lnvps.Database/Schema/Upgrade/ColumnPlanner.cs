using Lnvps.Database.Schema.Declarations;
using Lnvps.Database.Schema.Ledger;
using Lnvps.Database.Schema.Writers;

namespace Lnvps.Database.Schema.Upgrade;

/// <summary>Plans how the columns of one present table become those of its declaration.</summary>
sealed class ColumnPlanner(Table table, PresentTable present, LedgerState ledger, RowChecks rows, Plan plan)
{
    const long AmountFloat = 20250305215123;
    const long AmountToCents = 20260217100000;

    /// <summary>Beginning of the names of columns that exist only while a conversion runs.</summary>
    const string Temporary = "lnvps_new_";

    public async Task Run()
    {
        var hasRows = await rows.HasRows(table.Name);
        string? previous = null;
        foreach (var column in table.Columns)
        {
            if (present.Column(column.Name) is { } current)
                await Compare(column, current, hasRows);
            else
                await Add(column, previous, hasRows);
            previous = column.Name;
        }
        foreach (var stranger in present.Columns.Where(column => table.Columns.All(known => known.Name != column.Name)))
            await Judge(stranger, hasRows);
    }

    async Task Add(Column column, string? previous, bool hasRows)
    {
        var place = previous is null ? "FIRST" : $"AFTER `{previous}`";
        var description = $"add {table.Name}.{column.Name}";
        // "Now" in rows of old would be an invented fact, so it needs a rule like every other value.
        if (!hasRows || !column.DefaultsToNow && (column.IsNullable || column.Default is not null))
        {
            plan.Do(Stage.Columns, description, $"ALTER TABLE `{table.Name}` ADD COLUMN `{column.Name}` {MariaDbWriter.Definition(column)} {place}");
            return;
        }
        if (await Backfill(column) is not { } value)
            return;
        plan.Do(Stage.Columns, description, $"ALTER TABLE `{table.Name}` ADD COLUMN `{column.Name}` {MariaDbWriter.Type(column)} NULL DEFAULT NULL {place}");
        Fill(column, value);
        Modify(column, $"require {table.Name}.{column.Name}");
    }

    async Task Compare(Column column, PresentColumn current, bool hasRows)
    {
        var wanted = ColumnFacts.Of(column);
        if (table.Name == "vm_cost_plan" && column.Name == "amount" && Retyping.IsInteger(current.Facts) && hasRows
            && ledger.Lacks(AmountFloat) && ledger.Lacks(AmountToCents))
        {
            plan.Refuse("vm_cost_plan.amount holds whole numbers from before the step \"amount-float\"; whether they are whole units or cents is not known");
            return;
        }
        if (current.Facts == wanted)
            return;
        if (HistoryActions.IsOld(table.Name, current))
            await ConvertActions(column);
        else if (MoneyColumns.Contains(table.Name, column.Name) && Retyping.IsReal(current.Facts))
            await ConvertPrices(column, current);
        else if (column.Shape == Shape.Timestamp && current.Facts.BaseType == "timestamp")
            await Timestamps.Repair(table, column, current, rows, plan);
        else
            await Retype(column, current, wanted, hasRows);
    }

    async Task Retype(Column column, PresentColumn current, ColumnFacts wanted, bool hasRows)
    {
        var name = $"{table.Name}.{column.Name}";
        if (current.Facts.Type != wanted.Type)
        {
            if (column.IsAutoId || present.References.Any(reference => reference.Column == column.Name))
            {
                plan.Refuse($"{name} is {current.Facts.Type} instead of {wanted.Type}, and foreign keys hang on it");
                return;
            }
            var unfit = Retyping.Unfit(current.Facts, column);
            if (unfit is null && hasRows)
            {
                plan.Refuse($"{name} is {current.Facts.Type} instead of {wanted.Type}, and what its values mean is not known");
                return;
            }
            if (unfit is not null && await rows.Count(table.Name, unfit) is > 0 and var misfits)
            {
                plan.Refuse($"{name} is to become {wanted.Type}, but {misfits} rows have values that do not fit");
                return;
            }
        }
        if (!wanted.IsNullable && current.Facts.IsNullable && await rows.Count(table.Name, $"`{column.Name}` IS NULL") > 0)
        {
            if (await Backfill(column) is not { } value)
                return;
            Fill(column, value);
        }
        Modify(column, $"make {name} {wanted.Type}{(wanted.IsNullable ? "" : " NOT NULL")}");
    }

    async Task<string?> Backfill(Column column)
    {
        var name = $"{table.Name}.{column.Name}";
        if (Backfills.For(table.Name, column.Name) is not { } rule)
        {
            plan.Refuse($"{name} is required, and what its rows should have there is not known");
            return null;
        }
        // Without the table there is no company yet, and there will be exactly one.
        if (rule.Condition is not null && rows.Snapshot.Table("company") is not null && !await rows.Holds(rule.Condition))
        {
            plan.Refuse($"{name} is required, but {rule.Otherwise}");
            return null;
        }
        return rule.Value;
    }

    async Task ConvertActions(Column column)
    {
        if (await rows.Count(table.Name, HistoryActions.Unknown) is > 0 and var unknown)
        {
            plan.Refuse($"vm_history.action_type: {unknown} rows have actions that are not known");
            return;
        }
        Replace(column, [$"UPDATE `{table.Name}` SET `{Temporary}{column.Name}` = {HistoryActions.Ordinal}{KeepMoving}"]);
    }

    async Task ConvertPrices(Column column, PresentColumn current)
    {
        if (!ledger.Lacks(AmountToCents))
        {
            plan.Refuse($"{table.Name}.{column.Name} is {current.Facts.Type} although the step \"amount to cents\" is recorded");
            return;
        }
        var prices = await MoneyColumns.Read(rows.Session, table.Name, current, plan, rows.Stop);
        Replace(column, [.. prices.Select(price => $"UPDATE `{table.Name}` SET `{Temporary}{column.Name}` = {price.Units}{KeepMoving} WHERE id = {price.Id}")]);
    }

    // The new values grow in a column of their own and take the name in one statement: after a crash the old column is either whole or gone.
    void Replace(Column column, IReadOnlyList<string> fill)
    {
        var temporary = Temporary + column.Name;
        var description = $"convert {table.Name}.{column.Name}";
        var place = table.Columns.TakeWhile(other => other != column).LastOrDefault() is { } previous ? $"AFTER `{previous.Name}`" : "FIRST";
        plan.Do(Stage.Columns, description, $"ALTER TABLE `{table.Name}` DROP COLUMN IF EXISTS `{temporary}`");
        plan.Do(Stage.Columns, description, $"ALTER TABLE `{table.Name}` ADD COLUMN `{temporary}` {MariaDbWriter.Type(column)} NULL DEFAULT NULL");
        foreach (var statement in fill)
            plan.Do(Stage.Columns, description, statement);
        plan.Do(Stage.Columns, description,
            $"ALTER TABLE `{table.Name}` DROP COLUMN `{column.Name}`, CHANGE COLUMN `{temporary}` `{column.Name}` {MariaDbWriter.Definition(column)} {place}");
    }

    /// <summary>A column that the schema does not know.</summary>
    async Task Judge(PresentColumn stranger, bool hasRows)
    {
        var name = $"{table.Name}.{stranger.Name}";
        var drop = $"ALTER TABLE `{table.Name}` DROP COLUMN `{stranger.Name}`";
        if (stranger.IsGenerated)
            return;
        if (stranger.Name.StartsWith(Temporary, StringComparison.Ordinal))
        {
            // Left by a conversion that was interrupted. If that conversion is planned again it clears up by itself.
            if (present.Column(stranger.Name[Temporary.Length..]) is { } original
                && table.Columns.Any(column => column.Name == original.Name && ColumnFacts.Of(column) == original.Facts))
                plan.Do(Stage.Columns, $"drop {name}", drop);
            return;
        }
        if (Drops.For(table.Name, stranger) is { } rule && ledger.Lacks(rule.Step))
        {
            if (await rows.Count(table.Name, rule.Obstacle) is > 0 and var obstacles)
            {
                plan.Refuse($"{name} is no longer part of the schema, but {obstacles} rows would lose their meaning: each {rule.ObstacleMeaning}");
                return;
            }
            if (rule.Before is not null)
                plan.Do(Stage.Columns, $"save what {name} says", rule.Before);
            foreach (var reference in present.References.Where(reference => reference.Column == stranger.Name))
                plan.Do(Stage.DropReferences, $"drop the foreign key {reference.Name}", $"ALTER TABLE `{table.Name}` DROP FOREIGN KEY `{reference.Name}`");
            plan.Do(Stage.Columns, $"drop {name}", drop);
            return;
        }
        var mayStay = stranger.Facts.IsNullable || stranger.Facts.Default is not null;
        // A database with our own ledger was complete once: what is in it beside the schema came later and on purpose.
        if (mayStay && rows.Snapshot.Table(Tables.LnvpsTables.OwnLedger.Name) is not null)
            return;
        if (hasRows && await rows.Count(table.Name, $"`{stranger.Name}` IS NOT NULL") > 0)
            plan.Refuse($"{name} is not part of the schema and holds data whose meaning is not known");
        else if (!mayStay)
            plan.Do(Stage.Columns, $"drop {name}, which holds nothing", drop);
    }

    void Fill(Column column, string value) =>
        plan.Do(Stage.Columns, $"fill {table.Name}.{column.Name}",
            $"UPDATE `{table.Name}` SET `{column.Name}` = {value}{KeepMoving} WHERE `{column.Name}` IS NULL");

    void Modify(Column column, string description) =>
        plan.Do(Stage.Columns, description, $"ALTER TABLE `{table.Name}` MODIFY COLUMN `{column.Name}` {MariaDbWriter.Definition(column)}");

    // A conversion is no change that should show in "updated".
    string KeepMoving => string.Concat(present.Columns
        .Where(column => column.Facts.Extra.StartsWith("on update", StringComparison.Ordinal))
        .Select(column => $", `{column.Name}` = `{column.Name}`"));
}
