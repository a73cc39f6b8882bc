using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Lnvps.Database.MariaDb;

/// <summary>
/// A named value. What is sent follows from the type of <see cref="Value"/> alone: bool, the integers of both signs, float, double, decimal,
/// string, byte[], DateTime (taken as UTC unless it is local), DateOnly, TimeSpan, enums as their numbers, null. Never truncated to <see cref="Size"/>.
/// </summary>
public sealed class MariaDbParameter : DbParameter
{
    public MariaDbParameter()
    {
    }

    public MariaDbParameter(string name, object? value) => (ParameterName, Value) = (name, value);

    public override DbType DbType { get; set; } = DbType.Object;

    public override ParameterDirection Direction
    {
        get => ParameterDirection.Input;
        set
        {
            if (value != ParameterDirection.Input)
                throw new NotSupportedException("Prepared statements have no output parameters");
        }
    }

    public override bool IsNullable { get; set; } = true;

    /// <summary>With or without <c>@</c>.</summary>
    [AllowNull]
    public override string ParameterName
    {
        get;
        set => field = value ?? "";
    } = "";

    public override int Size { get; set; }

    [AllowNull]
    public override string SourceColumn
    {
        get;
        set => field = value ?? "";
    } = "";

    public override bool SourceColumnNullMapping { get; set; }

    public override object? Value { get; set; }

    internal ReadOnlySpan<char> BareName => ParameterName.AsSpan().TrimStart('@');

    public override void ResetDbType() => DbType = DbType.Object;
}
