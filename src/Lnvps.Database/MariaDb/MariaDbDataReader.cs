using System.Collections;
using System.Data.Common;
using System.Globalization;

namespace Lnvps.Database.MariaDb;

/// <summary>
/// The rows of a command, all in memory already: reading does not wait and does not occupy the connection. Timestamps are UTC;
/// <c>bit(1)</c> and <c>tinyint(1)</c> are booleans; unsigned columns give unsigned types.
/// </summary>
#pragma warning disable CA1010 // The base class of ADO.NET is not generic
public sealed class MariaDbDataReader : DbDataReader
{
    static readonly ResultSet Nothing = new([]);

    readonly ExecutionResult _result;
    readonly MariaDbConnection? _closesToo;
    int _set;
    int _row = -1;
    bool _isClosed;

    internal MariaDbDataReader(ExecutionResult result, MariaDbConnection? closesToo) => (_result, _closesToo) = (result, closesToo);

    public override int FieldCount => Rows.Columns.Length;

    public override bool HasRows => Rows.RowCount > 0;

    public override bool IsClosed => _isClosed;

    public override int RecordsAffected => _result.Affected;

    public override int Depth => 0;

    public override object this[int ordinal] => GetValue(ordinal);

    public override object this[string name] => GetValue(GetOrdinal(name));

    ResultSet Rows => _isClosed ? throw new InvalidOperationException("The reader is closed") : _set < _result.Results.Count ? _result.Results[_set] : Nothing;

    public override bool Read()
    {
        if (_row < Rows.RowCount)
            _row++;
        return _row < Rows.RowCount;
    }

    public override bool NextResult()
    {
        _row = -1;
        if (_set < _result.Results.Count)
            _set++;
        return _set < _result.Results.Count;
    }

    public override void Close()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        _closesToo?.Close();
    }

    public override async Task CloseAsync()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        if (_closesToo is not null)
            await _closesToo.CloseAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await base.DisposeAsync();
    }

    public override string GetName(int ordinal) => ColumnAt(ordinal).Name;

    public override int GetOrdinal(string name)
    {
        var columns = Rows.Columns;
        var index = Array.FindIndex(columns, column => column.Name.Equals(name, StringComparison.Ordinal));
        if (index < 0)
            index = Array.FindIndex(columns, column => column.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return index >= 0 ? index : throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such column");
    }

    public override Type GetFieldType(int ordinal) => ColumnAt(ordinal).ClrType;

    public override string GetDataTypeName(int ordinal) => ColumnAt(ordinal).Kind.ToString();

    public override bool IsDBNull(int ordinal) => Rows.IsNull(Row, ordinal);

    public override object GetValue(int ordinal) => Rows.Value(Row, ordinal);

    public override int GetValues(object[] values)
    {
        var count = Math.Min(values.Length, FieldCount);
        for (var i = 0; i < count; i++)
            values[i] = GetValue(i);
        return count;
    }

    public override bool GetBoolean(int ordinal) => NotNull(ordinal) switch
    {
        bool flag => flag,
        var number => Convert.ToBoolean(number, CultureInfo.InvariantCulture),
    };

    public override byte GetByte(int ordinal) => Convert.ToByte(NotNull(ordinal), CultureInfo.InvariantCulture);

    public override short GetInt16(int ordinal) => Convert.ToInt16(NotNull(ordinal), CultureInfo.InvariantCulture);

    public override int GetInt32(int ordinal) => ColumnAt(ordinal).Kind == ColumnKind.Int32
        ? Rows.Read<int>(Row, ordinal)
        : Convert.ToInt32(NotNull(ordinal), CultureInfo.InvariantCulture);

    public override long GetInt64(int ordinal) => ColumnAt(ordinal).Kind == ColumnKind.Int64
        ? Rows.Read<long>(Row, ordinal)
        : Convert.ToInt64(NotNull(ordinal), CultureInfo.InvariantCulture);

    /// <exception cref="InvalidCastException">The column is no FLOAT: a DOUBLE would lose digits.</exception>
    public override float GetFloat(int ordinal) => (float)NotNull(ordinal);

    public override double GetDouble(int ordinal) => Convert.ToDouble(NotNull(ordinal), CultureInfo.InvariantCulture);

    public override decimal GetDecimal(int ordinal) => Convert.ToDecimal(NotNull(ordinal), CultureInfo.InvariantCulture);

    public override DateTime GetDateTime(int ordinal) => (DateTime)NotNull(ordinal);

    public override string GetString(int ordinal) => (string)NotNull(ordinal);

    public override char GetChar(int ordinal) => GetString(ordinal) is [var letter] ? letter : throw new InvalidCastException("Not a single character");

    public override Guid GetGuid(int ordinal) => Guid.Parse(GetString(ordinal));

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length)
    {
        if (ColumnAt(ordinal).Kind != ColumnKind.Bytes)
            throw new InvalidCastException($"Column {GetName(ordinal)} holds no bytes");
        return Part(Rows.Bytes(Row, ordinal), dataOffset, buffer, bufferOffset, length);
    }

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        Part(GetString(ordinal).AsSpan(), dataOffset, buffer, bufferOffset, length);

    public override T GetFieldValue<T>(int ordinal)
    {
        var value = GetValue(ordinal);
        if (value is T fits)
            return fits;
        if (value is DBNull)
            return default(T) is null && Nullable.GetUnderlyingType(typeof(T)) is not null ? default! : throw IsNullHere(ordinal);
        var wanted = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
        if (wanted == typeof(DateTimeOffset))
            return (T)(object)new DateTimeOffset(GetDateTime(ordinal));
        if (wanted == typeof(DateOnly))
            return (T)(object)DateOnly.FromDateTime(GetDateTime(ordinal));
        if (wanted == typeof(Stream))
            return (T)(object)GetStream(ordinal);
        return (T)Convert.ChangeType(value, wanted, CultureInfo.InvariantCulture);
    }

    public override IEnumerator GetEnumerator() => new DbEnumerator(this, closeReader: false);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Close();
        base.Dispose(disposing);
    }

    int Row => _row >= 0 && _row < Rows.RowCount ? _row : throw new InvalidOperationException("There is no current row");

    Column ColumnAt(int ordinal) => (uint)ordinal < (uint)FieldCount
        ? Rows.Columns[ordinal]
        : throw new ArgumentOutOfRangeException(nameof(ordinal), ordinal, "There is no such column");

    object NotNull(int ordinal) => GetValue(ordinal) is var value and not DBNull ? value : throw IsNullHere(ordinal);

    InvalidCastException IsNullHere(int ordinal) => new($"Column {GetName(ordinal)} is NULL");

    static long Part<T>(ReadOnlySpan<T> all, long from, T[]? buffer, int at, int length)
    {
        if (buffer is null)
            return all.Length;
        if (from >= all.Length)
            return 0;
        var part = all[(int)from..];
        part = part[..Math.Min(part.Length, length)];
        part.CopyTo(buffer.AsSpan(at));
        return part.Length;
    }
}
