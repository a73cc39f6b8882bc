using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using static Lnvps.Database.MariaDb.Native.LibMariaDb;

namespace Lnvps.Database.MariaDb.Native;

/// <summary>
/// Parameters as the library wants them: an array of MYSQL_BIND and behind it the values, in one rented array that is pinned while it is
/// bound. Rented arrays are wiped on return, since values may be secrets.
/// </summary>
readonly ref struct ParameterBuffer : IDisposable
{
    const int Alignment = 8;

    readonly byte[] _bytes;
    readonly Part[] _parts;

    readonly record struct Part(FieldType Type, bool IsUnsigned, int Offset, int Length);

    /// <exception cref="NotSupportedException">A value of a type that no column takes.</exception>
    internal ParameterBuffer(ReadOnlySpan<object?> values)
    {
        _parts = new Part[values.Length];
        var size = values.Length * Unsafe.SizeOf<Bind>();
        foreach (var value in values)
            size += Aligned(MaxSize(value));
        _bytes = ArrayPool<byte>.Shared.Rent(Math.Max(size, 1));
        try
        {
            var offset = values.Length * Unsafe.SizeOf<Bind>();
            for (var i = 0; i < values.Length; i++)
            {
                _parts[i] = Write(values[i], _bytes.AsSpan(offset)) with { Offset = offset };
                offset += Aligned(_parts[i].Length);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Fills in the MYSQL_BINDs for the array pinned at <paramref name="start"/>; they lie at its beginning.</summary>
    internal unsafe Bind* BindAt(byte* start)
    {
        var binds = (Bind*)start;
        for (var i = 0; i < _parts.Length; i++)
        {
            var part = _parts[i];
            binds[i] = default;
            binds[i].Type = part.Type;
            binds[i].IsUnsigned = part.IsUnsigned ? (byte)1 : (byte)0;
            binds[i].Buffer = start + part.Offset;
            // Without a pointer to a length the library takes this one.
            binds[i].BufferLength = (nuint)part.Length;
        }
        return binds;
    }

    internal ref byte Start => ref MemoryMarshal.GetArrayDataReference(_bytes);

    public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes, clearArray: true);

    static int Aligned(int size) => (size + Alignment - 1) / Alignment * Alignment;

    static int MaxSize(object? value) => value switch
    {
        string text => Encoding.UTF8.GetMaxByteCount(text.Length),
        byte[] bytes => bytes.Length,
        ReadOnlyMemory<byte> bytes => bytes.Length,
        _ => 64,
    };

    static Part Write(object? value, Span<byte> room)
    {
        switch (value)
        {
            case null or DBNull: return new(FieldType.Null, false, 0, 0);
            case bool flag: return Number(FieldType.Tiny, false, flag ? (byte)1 : (byte)0, room);
            case sbyte number: return Number(FieldType.Tiny, false, number, room);
            case byte number: return Number(FieldType.Tiny, true, number, room);
            case short number: return Number(FieldType.Short, false, number, room);
            case ushort number: return Number(FieldType.Short, true, number, room);
            case int number: return Number(FieldType.Long, false, number, room);
            case uint number: return Number(FieldType.Long, true, number, room);
            case long number: return Number(FieldType.LongLong, false, number, room);
            case ulong number: return Number(FieldType.LongLong, true, number, room);
            case float number when float.IsFinite(number): return Number(FieldType.Float, false, number, room);
            case double number when double.IsFinite(number): return Number(FieldType.Double, false, number, room);
            case float or double: throw new ArgumentException("MariaDB knows neither NaN nor infinity");
            case decimal number: return Text(FieldType.NewDecimal, number.ToString(CultureInfo.InvariantCulture), room);
            case string text: return Text(FieldType.VarString, text, room);
            case char letter: return Text(FieldType.VarString, letter.ToString(), room);
            case byte[] bytes: return Bytes(bytes, room);
            case ReadOnlyMemory<byte> bytes: return Bytes(bytes.Span, room);
            case DateTime time: return Time(FieldType.DateTime, time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : time, room);
            case DateTimeOffset time: return Time(FieldType.DateTime, time.UtcDateTime, room);
            case DateOnly date: return Time(FieldType.Date, date.ToDateTime(TimeOnly.MinValue), room);
            case TimeSpan span: return Span(span, room);
            case TimeOnly time: return Span(time.ToTimeSpan(), room);
            case Enum choice:
                return Write(Convert.ChangeType(choice, Enum.GetUnderlyingType(choice.GetType()), CultureInfo.InvariantCulture), room);
            default: throw new NotSupportedException($"A parameter cannot be a {value.GetType().Name}");
        }
    }

    static Part Number<T>(FieldType type, bool unsigned, T value, Span<byte> room) where T : unmanaged
    {
        MemoryMarshal.Write(room, in value);
        return new(type, unsigned, 0, Unsafe.SizeOf<T>());
    }

    static Part Text(FieldType type, string text, Span<byte> room) => new(type, false, 0, Encoding.UTF8.GetBytes(text, room));

    static Part Bytes(ReadOnlySpan<byte> bytes, Span<byte> room)
    {
        bytes.CopyTo(room);
        return new(FieldType.Blob, false, 0, bytes.Length);
    }

    // MYSQL_TIMESTAMP_DATE 0, _DATETIME 1, _TIME 2.
    static Part Time(FieldType type, DateTime time, Span<byte> room) => Number(type, false, new Time
    {
        Year = (uint)time.Year,
        Month = (uint)time.Month,
        Day = (uint)time.Day,
        Hour = (uint)time.Hour,
        Minute = (uint)time.Minute,
        Second = (uint)time.Second,
        Microsecond = (nuint)(time.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond),
        Kind = type == FieldType.Date ? 0 : 1,
    }, room);

    static Part Span(TimeSpan span, Span<byte> room)
    {
        var positive = span.Duration();
        return Number(FieldType.Time, false, new Time
        {
            Day = (uint)positive.Days,
            Hour = (uint)positive.Hours,
            Minute = (uint)positive.Minutes,
            Second = (uint)positive.Seconds,
            Microsecond = (nuint)(positive.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond),
            IsNegative = span < TimeSpan.Zero ? (byte)1 : (byte)0,
            Kind = 2,
        }, room);
    }
}
