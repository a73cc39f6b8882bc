namespace Lnvps.Database.Schema.Declarations;

/// <summary>One column, independent of the dialect. Made with <see cref="Columns"/>, refined with the methods here.</summary>
public sealed record Column(string Name, Shape Shape, int Length = 0)
{
    /// <summary>NULL is a value of its own here.</summary>
    public bool IsNullable { get; private init; }

    /// <summary>
    /// "yes*" of data-model.md section 1.3: MariaDB's column admits NULL because existing databases do, but nobody may write one.
    /// SQLite refuses it.
    /// </summary>
    public bool IsLoose { get; private init; }

    /// <summary>Default as a number or a quoted SQL text; null: none.</summary>
    public string? Default { get; private init; }

    /// <summary>The default is the current time.</summary>
    public bool DefaultsToNow { get; private init; }

    /// <summary>Every UPDATE that does not set the column moves it to the current time.</summary>
    public bool MovesOnUpdate { get; private init; }

    public bool IsAutoId => Shape is Shape.AutoId or Shape.BigAutoId;

    public Column OrNull() => this with { IsNullable = true };

    /// <inheritdoc cref="IsLoose"/>
    public Column Loose() => this with { IsLoose = true };

    public Column DefaultTo(ulong value) => this with { Default = value.ToString(System.Globalization.CultureInfo.InvariantCulture) };

    public Column DefaultTo(string text) => this with { Default = $"'{text.Replace("'", "''", StringComparison.Ordinal)}'" };

    public Column DefaultToNow() => this with { DefaultsToNow = true };

    public Column MovingOnUpdate() => this with { MovesOnUpdate = true };
}

/// <summary>The columns by shape; meant for <c>using static</c>.</summary>
public static class Columns
{
    /// <summary>The generated id, primary key of nearly every table.</summary>
    public static Column Id() => new("id", Shape.AutoId);

    public static Column BigId() => new("id", Shape.BigAutoId);

    public static Column Tiny(string name) => new(name, Shape.Tiny);

    public static Column Small(string name) => new(name, Shape.Small);

    public static Column Int(string name) => new(name, Shape.Int);

    public static Column Big(string name) => new(name, Shape.Big);

    public static Column SignedBig(string name) => new(name, Shape.SignedBig);

    public static Column Bit(string name) => new(name, Shape.Bit);

    public static Column TinyBool(string name) => new(name, Shape.TinyBool);

    public static Column Float(string name) => new(name, Shape.Float);

    public static Column Varchar(string name, int characters) => new(name, Shape.Varchar, characters);

    public static Column ExactVarchar(string name, int characters) => new(name, Shape.ExactVarchar, characters);

    public static Column Text(string name) => new(name, Shape.Text);

    public static Column LongText(string name) => new(name, Shape.LongText);

    public static Column Json(string name) => new(name, Shape.Json);

    public static Column Binary(string name, int bytes) => new(name, Shape.Binary, bytes);

    public static Column Blob(string name) => new(name, Shape.Blob);

    public static Column Timestamp(string name) => new(name, Shape.Timestamp);

    /// <summary>Creation time as most tables have it: current time by default, loosely NULL.</summary>
    public static Column Created() => Timestamp("created").DefaultToNow().Loose();
}
