using Lnvps.Database.Schema.Declarations;

namespace Lnvps.Database.Schema.Writers;

/// <summary>
/// SQLite: STRICT tables whose checks refuse what MariaDB's types refuse. Text compares without case (ASCII), as it does under the usual
/// collations of MariaDB. Index names carry the table's name, because they are global here.
/// </summary>
public sealed class SqliteWriter : SchemaWriter
{
    public override bool IsMariaDb => false;

    public override string ListTables => "SELECT name FROM sqlite_master WHERE type = 'table'";

    public override IEnumerable<string> CreateTable(Table table)
    {
        var lines = table.Columns.Select(Definition).ToList();
        if (table.PrimaryKey.Count > 0)
            lines.Add($"PRIMARY KEY ({List(table.PrimaryKey)})");
        lines.AddRange(table.ForeignKeys.Select(key => $"CONSTRAINT {Quote(key.Name)} FOREIGN KEY ({Quote(key.Column)}) {References(key)}"));
        yield return $"CREATE TABLE {Quote(table.Name)} (\n  {string.Join(",\n  ", lines)}\n) STRICT";
        foreach (var key in table.Keys)
            yield return Index(table.Name, key);
        foreach (var column in table.Columns.Where(column => column.MovesOnUpdate))
            yield return Touch(table.Name, column.Name);
    }

    public override IEnumerable<string> AddColumn(string table, Column column, ForeignKey? reference = null)
    {
        yield return $"ALTER TABLE {Quote(table)} ADD COLUMN {Definition(column)}{(reference is null ? "" : " " + References(reference))}";
    }

    public override IEnumerable<string> AddKey(string table, Key key)
    {
        yield return Index(table, key);
    }

    static string Index(string table, Key key) =>
        $"CREATE {(key.IsUnique ? "UNIQUE " : "")}INDEX {Quote($"{table}_{key.Name}")} ON {Quote(table)} ({List(key.Columns)})";

    static string References(ForeignKey key) => $"REFERENCES {Quote(key.Table)} (id)" + key.OnDelete switch
    {
        OnDelete.Cascade => " ON DELETE CASCADE",
        OnDelete.SetNull => " ON DELETE SET NULL",
        // Without a rule SQLite refuses at the end of the statement, and with its own error code; RESTRICT would come as a trigger's error.
        _ => "",
    };

    // An UPDATE that sets the column itself keeps its value, as on MariaDB; one that changes nothing still moves it, which nobody relies on.
    static string Touch(string table, string column) => $"""
        CREATE TRIGGER {Quote($"{table}_{column}_moves")} AFTER UPDATE ON {Quote(table)}
        FOR EACH ROW WHEN NEW.{Quote(column)} IS OLD.{Quote(column)}
        BEGIN
          UPDATE {Quote(table)} SET {Quote(column)} = CURRENT_TIMESTAMP WHERE id = NEW.id;
        END
        """;

    static string Definition(Column column)
    {
        var name = Quote(column.Name);
        if (column.IsAutoId)
            return $"{name} INTEGER PRIMARY KEY AUTOINCREMENT CHECK ({Check(column, name)})";
        var nullability = column.IsNullable ? "" : " NOT NULL";
        var check = Check(column, name) is { } condition ? $" CHECK ({condition})" : "";
        return $"{name} {Type(column)}{nullability}{Default(column)}{check}";
    }

    static string Type(Column column) => column.Shape switch
    {
        Shape.Float => "REAL",
        Shape.Varchar or Shape.Text => "TEXT COLLATE NOCASE",
        Shape.ExactVarchar or Shape.LongText or Shape.Json or Shape.Timestamp => "TEXT",
        Shape.Binary or Shape.Blob => "BLOB",
        _ => "INTEGER",
    };

    static string? Check(Column column, string name) => column.Shape switch
    {
        Shape.AutoId => $"{name} BETWEEN 1 AND {uint.MaxValue}",
        Shape.BigAutoId => $"{name} >= 1",
        Shape.Tiny => $"{name} BETWEEN 0 AND {byte.MaxValue}",
        Shape.Small => $"{name} BETWEEN 0 AND {ushort.MaxValue}",
        Shape.Int => $"{name} BETWEEN 0 AND {uint.MaxValue}",
        Shape.Big => $"{name} >= 0",
        Shape.Bit or Shape.TinyBool => $"{name} IN (0, 1)",
        Shape.Varchar or Shape.ExactVarchar => $"length({name}) <= {column.Length}",
        Shape.Text => $"length(CAST({name} AS BLOB)) <= 65535",
        Shape.Json => $"json_valid({name})",
        Shape.Binary => $"length({name}) = {column.Length}",
        Shape.Blob => $"length({name}) <= 65535",
        Shape.Timestamp => $"{name} IS strftime('%Y-%m-%d %H:%M:%S', {name}) AND {name} BETWEEN '1970-01-01 00:00:01' AND '2106-02-07 06:28:15'",
        _ => null,
    };

    static string Default(Column column) => column switch
    {
        { DefaultsToNow: true } => " DEFAULT CURRENT_TIMESTAMP",
        { Default: { } value } => $" DEFAULT {value}",
        _ => "",
    };

    static string List(IEnumerable<string> names) => string.Join(", ", names.Select(Quote));

    static string Quote(string name) => $"\"{name}\"";
}
