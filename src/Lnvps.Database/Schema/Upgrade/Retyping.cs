using System.Globalization;
using Lnvps.Database.Schema.Declarations;

namespace Lnvps.Database.Schema.Upgrade;

/// <summary>Which change of a column's type keeps every value, and for which values.</summary>
static class Retyping
{
    static readonly HashSet<string> Integers = ["tinyint", "smallint", "mediumint", "int", "bigint", "bit"];
    static readonly HashSet<string> Reals = ["float", "double", "decimal"];
    static readonly HashSet<string> Characters = ["char", "varchar", "tinytext", "text", "mediumtext", "longtext", "json", "enum"];

    public static bool IsReal(ColumnFacts facts) => Reals.Contains(facts.BaseType);

    public static bool IsInteger(ColumnFacts facts) => Integers.Contains(facts.BaseType);

    public static bool IsText(ColumnFacts facts) => Characters.Contains(facts.BaseType);

    /// <summary>A condition (SQL) for values that the target cannot hold; null when the types have nothing to do with each other.</summary>
    public static string? Unfit(ColumnFacts from, Column to)
    {
        var name = $"`{to.Name}`";
        return to.Shape switch
        {
            Shape.Bit or Shape.TinyBool when IsInteger(from) => $"{name} + 0 NOT IN (0, 1)",
            Shape.Tiny when IsInteger(from) => Outside(byte.MaxValue),
            Shape.Small when IsInteger(from) => Outside(ushort.MaxValue),
            Shape.Int or Shape.AutoId when IsInteger(from) => Outside(uint.MaxValue),
            Shape.Big or Shape.BigAutoId when IsInteger(from) => $"{name} + 0 < 0",
            Shape.SignedBig when IsInteger(from) => $"{name} + 0 > {long.MaxValue}",
            Shape.Float when IsReal(from) || IsInteger(from) => "FALSE",
            Shape.Varchar or Shape.ExactVarchar when IsText(from) => $"CHAR_LENGTH({name}) > {to.Length.ToString(CultureInfo.InvariantCulture)}",
            Shape.Text when IsText(from) => $"LENGTH({name}) > 65535",
            Shape.LongText when IsText(from) => "FALSE",
            Shape.Json when IsText(from) => $"NOT JSON_VALID({name})",
            _ => null,
        };

        string Outside(uint most) => $"({name} + 0 < 0 OR {name} + 0 > {most.ToString(CultureInfo.InvariantCulture)})";
    }
}
