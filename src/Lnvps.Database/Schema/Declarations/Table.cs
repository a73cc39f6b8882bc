namespace Lnvps.Database.Schema.Declarations;

/// <summary>A table, independent of the dialect; <see cref="Writers.SchemaWriter"/> renders it.</summary>
public sealed record Table(string Name)
{
    public required IReadOnlyList<Column> Columns { get; init; }

    /// <summary>Primary key where it is not the generated id; empty: the generated id, or none.</summary>
    public IReadOnlyList<string> PrimaryKey { get; init; } = [];

    public IReadOnlyList<Key> Keys { get; init; } = [];

    public IReadOnlyList<ForeignKey> ForeignKeys { get; init; } = [];

    /// <exception cref="KeyNotFoundException">The table has no such column.</exception>
    public Column Column(string name) =>
        Columns.FirstOrDefault(column => column.Name == name) ?? throw new KeyNotFoundException($"{Name} has no column {name}");

    /// <summary>The columns of the primary key; empty when there is none (the payment tables).</summary>
    public IReadOnlyList<string> EffectivePrimaryKey =>
        PrimaryKey.Count > 0 ? PrimaryKey : [.. Columns.Where(column => column.IsAutoId).Select(column => column.Name)];
}

/// <summary>A secondary key. <paramref name="IsHashed"/>: a unique key over a TEXT column, which MariaDB keeps as a hash.</summary>
public sealed record Key(string Name, bool IsUnique, IReadOnlyList<string> Columns, bool IsHashed = false)
{
    public static Key On(string name, params string[] columns) => new(name, IsUnique: false, columns);

    public static Key Unique(string name, params string[] columns) => new(name, IsUnique: true, columns);

    public static Key UniqueText(string name, string column) => new(name, IsUnique: true, [column], IsHashed: true);
}

public enum OnDelete { Restrict, Cascade, SetNull }

/// <summary>A reference to the <c>id</c> of another table.</summary>
public sealed record ForeignKey(string Name, string Column, string Table, OnDelete OnDelete = OnDelete.Restrict);
