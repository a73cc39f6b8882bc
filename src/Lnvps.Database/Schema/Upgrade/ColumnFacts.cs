using System.Text.RegularExpressions;
using Lnvps.Database.Schema.Declarations;
using Lnvps.Database.Schema.Writers;

namespace Lnvps.Database.Schema.Upgrade;

/// <summary>What matters of a column on MariaDB, in one spelling, whether declared or read from the server.</summary>
/// <param name="Type">Lower case, without the display width of integers; <c>json</c> for a longtext that is checked to be JSON.</param>
/// <param name="Default">SQL of the default; null: none, or NULL.</param>
/// <param name="Extra"><c>auto_increment</c>, <c>on update current_timestamp()</c> or empty.</param>
sealed partial record ColumnFacts(string Type, bool IsNullable, string? Default, string Extra)
{
    const string Now = "current_timestamp()";

    /// <summary>First word of the type: <c>varchar</c>, <c>int</c>.</summary>
    public string BaseType => Type[..(Type.IndexOfAny(['(', ' ']) is var end and >= 0 ? end : Type.Length)];

    public static ColumnFacts Of(Column column) => new(
        Normal(MariaDbWriter.Type(column)),
        column.IsNullable || column.IsLoose,
        column switch
        {
            { DefaultsToNow: true } => Now,
            { Default: { } value, Shape: Shape.Bit } => $"b'{value}'",
            { Default: var value } => value,
        },
        column.IsAutoId ? "auto_increment" : column.MovesOnUpdate ? $"on update {Now}" : "");

    /// <summary>From the columns of information_schema.columns.</summary>
    public static ColumnFacts Read(string type, bool isNullable, string? @default, string extra) => new(
        Normal(type),
        isNullable,
        @default is null or "NULL" ? null : @default,
        extra.ToLowerInvariant());

    static string Normal(string type)
    {
        var lower = type.ToLowerInvariant();
        lower = lower[..(lower.IndexOf(" character set", StringComparison.Ordinal) is var end and >= 0 ? end : lower.Length)];
        return lower == "tinyint(1)" ? lower : DisplayWidth().Replace(lower, "${kind}");
    }

    [GeneratedRegex(@"\b(?<kind>tinyint|smallint|mediumint|int|bigint)\(\d+\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DisplayWidth();
}
