using Lnvps.Database.Schema.Declarations;

namespace Lnvps.Database.Schema.Writers;

/// <summary>Renders declarations as statements of one dialect.</summary>
public abstract class SchemaWriter
{
    public static SchemaWriter For(Sessions.Dialect dialect) => dialect.Name switch
    {
        "sqlite" => new SqliteWriter(),
        "mariadb" => new MariaDbWriter(),
        _ => throw new ArgumentException($"No schema writer for {dialect.Name}", nameof(dialect)),
    };

    public abstract bool IsMariaDb { get; }

    /// <summary>SELECT of the names of all tables of the database.</summary>
    public abstract string ListTables { get; }

    /// <summary>The table with its keys (and on SQLite the triggers that stand for ON UPDATE).</summary>
    public abstract IEnumerable<string> CreateTable(Table table);

    /// <summary>
    /// A column for an existing table. It must be nullable or have a constant default, because rows exist and existing programs do not
    /// name it; SQLite cannot take the current time as default here.
    /// </summary>
    public abstract IEnumerable<string> AddColumn(string table, Column column, ForeignKey? reference = null);

    public abstract IEnumerable<string> AddKey(string table, Key key);
}
