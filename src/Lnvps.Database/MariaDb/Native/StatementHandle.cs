using System.Runtime.InteropServices;
using System.Text;
using static Lnvps.Database.MariaDb.Native.LibMariaDb;

namespace Lnvps.Database.MariaDb.Native;

/// <summary>One prepared statement (MYSQL_STMT). It keeps its connection from being closed before it.</summary>
sealed unsafe class StatementHandle : SafeHandle
{
    readonly ConnectionHandle _connection;
    readonly bool _holdsConnection;
    byte[] _described = [];
    RowBuffer? _row;

    StatementHandle(ConnectionHandle connection) : base(0, ownsHandle: true)
    {
        _connection = connection;
        connection.DangerousAddRef(ref _holdsConnection);
        SetHandle(mysql_stmt_init(connection));
        if (IsInvalid)
        {
            connection.DangerousRelease();
            _holdsConnection = false;
        }
    }

    public override bool IsInvalid => handle == 0;

    internal int ParameterCount => checked((int)mysql_stmt_param_count(this));

    /// <summary>Rows matched, inserted or deleted.</summary>
    internal long AffectedRows => unchecked((long)mysql_stmt_affected_rows(this));

    internal static StatementHandle Prepare(ConnectionHandle connection, string sql)
    {
        var statement = new StatementHandle(connection);
        try
        {
            if (statement.IsInvalid)
                throw connection.Failure();
            var text = Encoding.UTF8.GetBytes(sql);
            fixed (byte* bytes = text)
            {
                if (mysql_stmt_prepare(statement, bytes, (nuint)text.Length) != 0)
                    throw statement.Failure();
            }
            return statement;
        }
        catch
        {
            statement.Dispose();
            throw;
        }
    }

    /// <summary>Sends the values and runs the statement.</summary>
    internal void Execute(ReadOnlySpan<object?> values)
    {
        using var parameters = new ParameterBuffer(values);
        // The library reads the values only while it runs mysql_stmt_execute.
        fixed (byte* start = &parameters.Start)
        {
            if (values.Length > 0 && mysql_stmt_bind_param(this, parameters.BindAt(start)) != 0)
                throw Failure();
            if (mysql_stmt_execute(this) != 0)
                throw Failure();
        }
    }

    /// <summary>Reads all rows of the current result; null when the statement returns none.</summary>
    internal ResultSet? ReadRows()
    {
        if (mysql_stmt_field_count(this) == 0)
            return null;
        var row = Describe();
        if (mysql_stmt_bind_result(this, row.Binds) != 0)
            throw Failure();
        var rows = new ResultSet(row.Columns);
        while (true)
        {
            switch (mysql_stmt_fetch(this))
            {
                case 0 or Truncated:
                    row.CopyTo(rows, this);
                    break;
                case NoData:
                    return rows;
                default:
                    throw Failure();
            }
        }
    }

    /// <summary>Goes on to the next result of a CALL; false when there is none.</summary>
    internal bool NextResult() => mysql_stmt_next_result(this) switch
    {
        0 => true,
        < 0 => false,
        _ => throw Failure(),
    };

    /// <summary>Makes the statement ready for its next execution.</summary>
    internal void FreeResult()
    {
        if (mysql_stmt_free_result(this) != 0)
            throw Failure();
    }

    /// <summary>Fetches a cell of the current row that is longer than its slot.</summary>
    internal void FetchWhole(int column, FieldType type, Span<byte> room)
    {
        nuint length = 0;
        byte isNull = 0, error = 0;
        fixed (byte* target = room)
        {
            var bind = new Bind
            {
                Type = type,
                Buffer = target,
                BufferLength = (nuint)room.Length,
                Length = &length,
                IsNull = &isNull,
                Error = &error,
            };
            if (mysql_stmt_fetch_column(this, &bind, (uint)column, 0) != 0)
                throw Failure();
        }
    }

    protected override bool ReleaseHandle()
    {
        _ = mysql_stmt_close(handle);
        if (_holdsConnection)
            _connection.DangerousRelease();
        return true;
    }

    /// <summary>The columns; described anew only when the server describes them otherwise than last time (a table may have been altered).</summary>
    RowBuffer Describe()
    {
        var fields = mariadb_stmt_fetch_fields(this);
        var count = checked((int)mysql_stmt_field_count(this));
        if (fields is null)
            throw new MariaDbException("The server described no columns", ErrorCodes.BadValue);
        var description = Description(fields, count);
        if (_row is null || !description.AsSpan().SequenceEqual(_described))
        {
            var columns = new Column[count];
            for (var i = 0; i < count; i++)
            {
                ref var field = ref fields[i];
                columns[i] = Column.Of(Encoding.UTF8.GetString(field.Name, (int)field.NameLength), field.Type, field.Flags, field.Charset, field.Length);
            }
            (_row, _described) = (new RowBuffer(columns), description);
        }
        return _row;
    }

    static byte[] Description(Field* fields, int count)
    {
        var size = 0;
        for (var i = 0; i < count; i++)
            size += 24 + (int)fields[i].NameLength;
        var bytes = new byte[size];
        var rest = bytes.AsSpan();
        for (var i = 0; i < count; i++)
        {
            ref var field = ref fields[i];
            ulong length = field.Length;
            MemoryMarshal.Write(rest, in length);
            MemoryMarshal.Write(rest[8..], in field.Flags);
            MemoryMarshal.Write(rest[12..], in field.Charset);
            MemoryMarshal.Write(rest[16..], in field.Type);
            MemoryMarshal.Write(rest[20..], in field.NameLength);
            new ReadOnlySpan<byte>(field.Name, (int)field.NameLength).CopyTo(rest[24..]);
            rest = rest[(24 + (int)field.NameLength)..];
        }
        return bytes;
    }

    // An error that comes instead of a row is known to the connection only.
    MariaDbException Failure() => mysql_stmt_errno(this) == 0
        ? _connection.Failure()
        : MariaDbException.FromServer((int)mysql_stmt_errno(this), Marshal.PtrToStringUTF8(mysql_stmt_sqlstate(this)), Marshal.PtrToStringUTF8(mysql_stmt_error(this)));
}
