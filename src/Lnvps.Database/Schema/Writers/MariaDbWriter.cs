using Lnvps.Database.Schema.Declarations;

namespace Lnvps.Database.Schema.Writers;

/// <summary>
/// MariaDB. Statements of additions can be repeated (IF NOT EXISTS), because the server commits after each one and a crash may fall
/// between two of them.
/// </summary>
public sealed class MariaDbWriter : SchemaWriter
{
    public override bool IsMariaDb => true;

    public override string ListTables =>
        "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'";

    public override IEnumerable<string> CreateTable(Table table)
    {
        var lines = table.Columns.Select(column => $"{Quote(column.Name)} {Definition(column)}").ToList();
        if (table.EffectivePrimaryKey.Count > 0)
            lines.Add($"PRIMARY KEY ({List(table.EffectivePrimaryKey)})");
        lines.AddRange(table.Keys.Select(KeyDefinition));
        lines.AddRange(table.ForeignKeys.Select(key => $"CONSTRAINT {Quote(key.Name)} {Reference(key)}"));
        yield return $"CREATE TABLE IF NOT EXISTS {Quote(table.Name)} (\n  {string.Join(",\n  ", lines)}\n) ENGINE=InnoDB";
    }

    public override IEnumerable<string> AddColumn(string table, Column column, ForeignKey? reference = null)
    {
        yield return $"ALTER TABLE {Quote(table)} ADD COLUMN IF NOT EXISTS {Quote(column.Name)} {Definition(column)}";
        if (reference is not null)
            yield return $"ALTER TABLE {Quote(table)} ADD CONSTRAINT FOREIGN KEY IF NOT EXISTS {Quote(reference.Name)} {ReferencedColumns(reference)}";
    }

    public override IEnumerable<string> AddKey(string table, Key key)
    {
        yield return $"CREATE {(key.IsUnique ? "UNIQUE " : "")}INDEX IF NOT EXISTS {Quote(key.Name)} ON {Quote(table)} ({List(key.Columns)})";
    }

    /// <summary>Type, nullability, default: what stands behind the name in CREATE TABLE and in MODIFY.</summary>
    public static string Definition(Column column)
    {
        var nullability = column.IsNullable || column.IsLoose ? "NULL" : "NOT NULL";
        var onUpdate = column.MovesOnUpdate ? " ON UPDATE CURRENT_TIMESTAMP" : "";
        var generated = column.IsAutoId ? " AUTO_INCREMENT" : "";
        return $"{Type(column)} {nullability}{Default(column)}{onUpdate}{generated}";
    }

    public static string KeyDefinition(Key key) =>
        $"{(key.IsUnique ? "UNIQUE KEY" : "KEY")} {Quote(key.Name)} ({List(key.Columns)}){(key.IsHashed ? " USING HASH" : "")}";

    public static string Reference(ForeignKey key) => $"FOREIGN KEY {ReferencedColumns(key)}";

    static string ReferencedColumns(ForeignKey key)
    {
        var rule = key.OnDelete switch
        {
            OnDelete.Cascade => " ON DELETE CASCADE",
            OnDelete.SetNull => " ON DELETE SET NULL",
            _ => "",
        };
        return $"({Quote(key.Column)}) REFERENCES {Quote(key.Table)} (`id`){rule}";
    }

    /// <summary>The column type. JSON is an alias: longtext, collation utf8mb4_bin, with a json_valid check.</summary>
    public static string Type(Column column) => column.Shape switch
    {
        Shape.AutoId or Shape.Int => "int unsigned",
        Shape.BigAutoId or Shape.Big => "bigint unsigned",
        Shape.Tiny => "tinyint unsigned",
        Shape.Small => "smallint unsigned",
        Shape.SignedBig => "bigint",
        Shape.Bit => "bit(1)",
        Shape.TinyBool => "tinyint(1)",
        Shape.Float => "float",
        Shape.Varchar => $"varchar({column.Length})",
        Shape.ExactVarchar => $"varchar({column.Length}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        Shape.Text => "text",
        Shape.LongText => "longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        Shape.Json => "json",
        Shape.Binary => $"binary({column.Length})",
        Shape.Blob => "blob",
        Shape.Timestamp => "timestamp",
        _ => throw new ArgumentOutOfRangeException(nameof(column), column.Shape, "Unknown shape"),
    };

    // NULL is spelled out: on servers with explicit_defaults_for_timestamp off, a bare timestamp means something else (section 1.4).
    static string Default(Column column) => column switch
    {
        { DefaultsToNow: true } => " DEFAULT CURRENT_TIMESTAMP",
        { Default: { } value, Shape: Shape.Bit } => $" DEFAULT b'{value}'",
        { Default: { } value } => $" DEFAULT {value}",
        { IsNullable: true } => " DEFAULT NULL",
        _ => "",
    };

    static string List(IEnumerable<string> names) => string.Join(", ", names.Select(Quote));

    internal static string Quote(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";
}
