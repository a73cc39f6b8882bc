using static Lnvps.Database.MariaDb.Native.LibMariaDb;

namespace Lnvps.Database.MariaDb;

/// <summary>How the bytes of a cell are read.</summary>
enum ColumnKind
{
    Boolean,
    SByte,
    Byte,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    UInt64,
    Single,
    Double,
    Decimal,
    DateTime,
    Date,
    Time,
    Bit,
    Flag,
    Bytes,
    Text,
}

/// <summary>A column of a result.</summary>
/// <param name="Name">As the SELECT named it.</param>
/// <param name="Kind">How its cells are read.</param>
/// <param name="Wire">The type under which the library delivers it.</param>
/// <param name="Size">Bytes of a cell; for types of no fixed size the bytes tried first.</param>
sealed record Column(string Name, ColumnKind Kind, FieldType Wire, int Size)
{
    /// <summary>Text and blobs up to this size arrive with the row, longer ones are fetched one by one.</summary>
    internal const int FirstBytes = 256;

    const uint UnsignedFlag = 32;
    const uint BinaryCharset = 63;

    internal bool IsUnsigned => Kind is ColumnKind.Byte or ColumnKind.UInt16 or ColumnKind.UInt32 or ColumnKind.UInt64;

    internal bool HasFixedSize => Kind is not (ColumnKind.Bit or ColumnKind.Flag or ColumnKind.Bytes or ColumnKind.Text or ColumnKind.Decimal);

    internal Type ClrType => Kind switch
    {
        ColumnKind.Boolean or ColumnKind.Flag => typeof(bool),
        ColumnKind.SByte => typeof(sbyte),
        ColumnKind.Byte => typeof(byte),
        ColumnKind.Int16 => typeof(short),
        ColumnKind.UInt16 => typeof(ushort),
        ColumnKind.Int32 => typeof(int),
        ColumnKind.UInt32 => typeof(uint),
        ColumnKind.Int64 => typeof(long),
        ColumnKind.UInt64 or ColumnKind.Bit => typeof(ulong),
        ColumnKind.Single => typeof(float),
        ColumnKind.Double => typeof(double),
        ColumnKind.Decimal => typeof(decimal),
        ColumnKind.DateTime or ColumnKind.Date => typeof(DateTime),
        ColumnKind.Time => typeof(TimeSpan),
        ColumnKind.Bytes => typeof(byte[]),
        _ => typeof(string),
    };

    /// <summary>Reads the description that the server sent. <c>bit(1)</c> and signed <c>tinyint(1)</c> are booleans (data-model.md section 1.2).</summary>
    /// <param name="length">Display width: of <c>tinyint(1)</c> 1, of <c>bit(n)</c> n.</param>
    internal static Column Of(string name, FieldType type, uint flags, uint charset, ulong length)
    {
        var unsigned = (flags & UnsignedFlag) != 0;
        return type switch
        {
            FieldType.Tiny when !unsigned && length == 1 => new(name, ColumnKind.Boolean, FieldType.Tiny, 1),
            FieldType.Tiny => new(name, unsigned ? ColumnKind.Byte : ColumnKind.SByte, FieldType.Tiny, 1),
            FieldType.Short => new(name, unsigned ? ColumnKind.UInt16 : ColumnKind.Int16, FieldType.Short, 2),
            FieldType.Year => new(name, ColumnKind.UInt16, FieldType.Short, 2),
            FieldType.Long or FieldType.Int24 => new(name, unsigned ? ColumnKind.UInt32 : ColumnKind.Int32, FieldType.Long, 4),
            FieldType.LongLong => new(name, unsigned ? ColumnKind.UInt64 : ColumnKind.Int64, FieldType.LongLong, 8),
            FieldType.Float => new(name, ColumnKind.Single, FieldType.Float, 4),
            FieldType.Double => new(name, ColumnKind.Double, FieldType.Double, 8),
            FieldType.Decimal or FieldType.NewDecimal => new(name, ColumnKind.Decimal, FieldType.VarString, FirstBytes),
            FieldType.Timestamp or FieldType.DateTime => new(name, ColumnKind.DateTime, FieldType.DateTime, Time.Size),
            FieldType.Date or FieldType.NewDate => new(name, ColumnKind.Date, FieldType.Date, Time.Size),
            FieldType.Time => new(name, ColumnKind.Time, FieldType.Time, Time.Size),
            FieldType.Bit => new(name, length == 1 ? ColumnKind.Flag : ColumnKind.Bit, FieldType.Blob, FirstBytes),
            FieldType.Geometry => new(name, ColumnKind.Bytes, FieldType.Blob, FirstBytes),
            FieldType.Null => new(name, ColumnKind.Text, FieldType.VarString, FirstBytes),
            _ when charset == BinaryCharset => new(name, ColumnKind.Bytes, FieldType.Blob, FirstBytes),
            _ => new(name, ColumnKind.Text, FieldType.VarString, FirstBytes),
        };
    }
}
