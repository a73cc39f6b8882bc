using Lnvps.Database.Schema.Declarations;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Schema.Upgrade;

/// <summary>A column as the server has it.</summary>
sealed record PresentColumn(string Name, ColumnFacts Facts, bool IsGenerated);

/// <summary>A key as the server has it; the primary key is called PRIMARY.</summary>
sealed record PresentKey(string Name, bool IsUnique, IReadOnlyList<string> Columns)
{
    public bool Matches(Key key) => IsUnique == key.IsUnique && Columns.SequenceEqual(key.Columns);
}

/// <summary>A foreign key over one column as the server has it.</summary>
sealed record PresentReference(string Name, string Column, string Table, string OtherColumn, OnDelete OnDelete)
{
    public bool Matches(ForeignKey key) => Column == key.Column && Table == key.Table && OtherColumn == "id" && OnDelete == key.OnDelete;
}

/// <summary>A table as the server has it.</summary>
sealed record PresentTable(string Name)
{
    public List<PresentColumn> Columns { get; } = [];
    public List<PresentKey> Keys { get; } = [];
    public List<PresentReference> References { get; } = [];

    public PresentColumn? Column(string name) => Columns.FirstOrDefault(column => column.Name == name);
}

/// <summary>The tables of a MariaDB database as information_schema shows them.</summary>
sealed class Snapshot
{
    readonly Dictionary<string, PresentTable> _tables;

    Snapshot(Dictionary<string, PresentTable> tables) => _tables = tables;

    public PresentTable? Table(string name) => _tables.GetValueOrDefault(name);

    public static async Task<Snapshot> Take(Session session, CancellationToken stop)
    {
        var tables = (await session.List<string>(
                "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'", null, stop))
            .ToDictionary(name => name, name => new PresentTable(name));

        foreach (var row in await session.List<ColumnRow>("""
            SELECT table_name AS table_name, column_name AS column_name, column_type AS column_type, is_nullable AS is_nullable,
                column_default AS column_default, extra AS extra, is_generated AS is_generated
            FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position
            """, null, stop))
        {
            if (!tables.TryGetValue(row.TableName, out var table))
                continue;
            var facts = ColumnFacts.Read(row.ColumnType, row.IsNullable == "YES", row.ColumnDefault, row.Extra);
            table.Columns.Add(new PresentColumn(row.ColumnName, facts, row.IsGenerated == "ALWAYS"));
        }
        foreach (var table in tables.Values.Where(table => table.Columns.Any(column => column.Facts.Type == "longtext")))
            await MarkJson(session, table, stop);

        var keys = await session.List<KeyRow>("""
            SELECT table_name AS table_name, index_name AS index_name, non_unique AS non_unique, column_name AS column_name
            FROM information_schema.statistics WHERE table_schema = DATABASE() ORDER BY table_name, index_name, seq_in_index
            """, null, stop);
        foreach (var key in keys.GroupBy(row => (row.TableName, row.IndexName)))
            tables[key.Key.TableName].Keys.Add(new PresentKey(key.Key.IndexName, key.First().NonUnique == 0, [.. key.Select(row => row.ColumnName)]));

        var references = await session.List<ReferenceRow>("""
            SELECT u.table_name AS table_name, u.constraint_name AS name, u.column_name AS column_name,
                u.referenced_table_name AS other_table, u.referenced_column_name AS other_column, r.delete_rule AS delete_rule
            FROM information_schema.key_column_usage u
            JOIN information_schema.referential_constraints r
                ON r.constraint_schema = u.table_schema AND r.table_name = u.table_name AND r.constraint_name = u.constraint_name
            WHERE u.table_schema = DATABASE() AND r.constraint_schema = DATABASE() AND u.referenced_table_name IS NOT NULL
            ORDER BY u.table_name, u.constraint_name, u.ordinal_position
            """, null, stop);
        foreach (var row in references)
        {
            tables[row.TableName].References.Add(new PresentReference(row.Name, row.ColumnName, row.OtherTable, row.OtherColumn, row.DeleteRule switch
            {
                "CASCADE" => OnDelete.Cascade,
                "SET NULL" => OnDelete.SetNull,
                _ => OnDelete.Restrict,
            }));
        }
        return new Snapshot(tables);
    }

    // information_schema.check_constraints would say it too, but reading it crashes MariaDB 10.11 now and then while other databases change.
    static async Task MarkJson(Session session, PresentTable table, CancellationToken stop)
    {
        var row = (IDictionary<string, object>)(await session.Find<object>($"SHOW CREATE TABLE `{table.Name}`", null, stop))!;
        var definition = (string)row["Create Table"];
        for (var i = 0; i < table.Columns.Count; i++)
        {
            var column = table.Columns[i];
            if (column.Facts.Type == "longtext" && definition.Contains($"CHECK (json_valid(`{column.Name}`))", StringComparison.OrdinalIgnoreCase))
                table.Columns[i] = column with { Facts = column.Facts with { Type = "json" } };
        }
    }

    sealed record ColumnRow
    {
        public string TableName { get; init; } = "";
        public string ColumnName { get; init; } = "";
        public string ColumnType { get; init; } = "";
        public string IsNullable { get; init; } = "";
        public string? ColumnDefault { get; init; }
        public string Extra { get; init; } = "";
        public string IsGenerated { get; init; } = "";
    }

    sealed record KeyRow
    {
        public string TableName { get; init; } = "";
        public string IndexName { get; init; } = "";
        public long NonUnique { get; init; }
        public string ColumnName { get; init; } = "";
    }

    sealed record ReferenceRow
    {
        public string TableName { get; init; } = "";
        public string Name { get; init; } = "";
        public string ColumnName { get; init; } = "";
        public string OtherTable { get; init; } = "";
        public string OtherColumn { get; init; } = "";
        public string DeleteRule { get; init; } = "";
    }
}
