using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using static Lnvps.Database.MariaDb.Native.LibMariaDb;

namespace Lnvps.Database.MariaDb;

/// <summary>The rows of one result, copied out of the library as they arrive: one buffer of cells and one index, no object per value.</summary>
sealed class ResultSet(Column[] columns)
{
    const int Null = -1;

    readonly List<Cell> _cells = [];
    byte[] _data = new byte[1024];
    int _used;

    readonly record struct Cell(int Offset, int Length);

    internal Column[] Columns => columns;

    internal int RowCount => columns.Length == 0 ? 0 : _cells.Count / columns.Length;

    internal void AddNull() => _cells.Add(new(0, Null));

    /// <summary>Adds a cell and returns the room for its bytes.</summary>
    internal Span<byte> Add(int length)
    {
        var needed = _used + length;
        if (needed > _data.Length)
            Array.Resize(ref _data, (int)Math.Min(Array.MaxLength, Math.Max(needed, _data.Length * 2L)));
        _cells.Add(new(_used, length));
        var room = _data.AsSpan(_used, length);
        _used = needed;
        return room;
    }

    internal bool IsNull(int row, int column) => At(row, column).Length == Null;

    /// <summary>The bytes of a text, blob or number.</summary>
    internal ReadOnlySpan<byte> Bytes(int row, int column)
    {
        var cell = At(row, column);
        return cell.Length == Null
            ? throw new InvalidCastException($"Column {columns[column].Name} is NULL")
            : _data.AsSpan(cell.Offset, cell.Length);
    }

    /// <summary>The value in the type of its column; <see cref="DBNull"/> for NULL.</summary>
    internal object Value(int row, int column) => IsNull(row, column)
        ? DBNull.Value
        : columns[column].Kind switch
        {
            ColumnKind.Boolean => Read<sbyte>(row, column) != 0,
            ColumnKind.Flag => Bit(row, column) != 0,
            ColumnKind.SByte => Read<sbyte>(row, column),
            ColumnKind.Byte => Read<byte>(row, column),
            ColumnKind.Int16 => Read<short>(row, column),
            ColumnKind.UInt16 => Read<ushort>(row, column),
            ColumnKind.Int32 => Read<int>(row, column),
            ColumnKind.UInt32 => Read<uint>(row, column),
            ColumnKind.Int64 => Read<long>(row, column),
            ColumnKind.UInt64 => Read<ulong>(row, column),
            ColumnKind.Single => Read<float>(row, column),
            ColumnKind.Double => Read<double>(row, column),
            ColumnKind.Decimal => Decimal(row, column),
            ColumnKind.DateTime or ColumnKind.Date => DateTime(row, column),
            ColumnKind.Time => Time(row, column),
            ColumnKind.Bit => Bit(row, column),
            ColumnKind.Bytes => Bytes(row, column).ToArray(),
            _ => Text(row, column),
        };

    internal string Text(int row, int column) => Encoding.UTF8.GetString(Bytes(row, column));

    /// <summary>A number as the library wrote it, in the byte order of the machine.</summary>
    internal T Read<T>(int row, int column) where T : unmanaged => MemoryMarshal.Read<T>(Bytes(row, column));

    /// <summary>BIT arrives as a big-endian string of one to eight bytes.</summary>
    internal ulong Bit(int row, int column)
    {
        Span<byte> wide = stackalloc byte[8];
        wide.Clear();
        var bytes = Bytes(row, column);
        bytes.CopyTo(wide[(8 - bytes.Length)..]);
        return BinaryPrimitives.ReadUInt64BigEndian(wide);
    }

    /// <summary>DECIMAL has up to 65 digits, <see cref="decimal"/> 28; trailing zeros of the fraction do not count.</summary>
    internal decimal Decimal(int row, int column)
    {
        var text = Text(row, column);
        return decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var value) && HasAllDigits(value, text)
            ? value
            : throw new MariaDbException($"Column {columns[column].Name} holds a number with more digits than a decimal keeps", ErrorCodes.BadValue);
    }

    /// <summary>UTC, because every session has that time zone.</summary>
    internal DateTime DateTime(int row, int column)
    {
        var time = Read<Time>(row, column);
        if (time.Year == 0 || time.Month == 0 || time.Day == 0)
            throw new MariaDbException($"Column {columns[column].Name} holds a zero date, which is no date", ErrorCodes.BadValue);
        return new DateTime((int)time.Year, (int)time.Month, (int)time.Day, (int)time.Hour, (int)time.Minute, (int)time.Second, DateTimeKind.Utc)
            .AddTicks((long)time.Microsecond * TimeSpan.TicksPerMicrosecond);
    }

    internal TimeSpan Time(int row, int column)
    {
        var time = Read<Time>(row, column);
        var span = new TimeSpan((int)time.Day, (int)time.Hour, (int)time.Minute, (int)time.Second) + TimeSpan.FromMicroseconds((long)time.Microsecond);
        return time.IsNegative != 0 ? -span : span;
    }

    // Parsing rounds silently; printing what was read shows it.
    static bool HasAllDigits(decimal value, string text) => Digits(value.ToString(CultureInfo.InvariantCulture)).SequenceEqual(Digits(text));

    static ReadOnlySpan<char> Digits(string number)
    {
        var digits = number.AsSpan().TrimStart('-');
        return number.Contains('.', StringComparison.Ordinal) ? digits.TrimEnd('0').TrimEnd('.') : digits;
    }

    Cell At(int row, int column) => (uint)column < (uint)columns.Length
        ? _cells[row * columns.Length + column]
        : throw new ArgumentOutOfRangeException(nameof(column), column, $"There are {columns.Length} columns");
}
