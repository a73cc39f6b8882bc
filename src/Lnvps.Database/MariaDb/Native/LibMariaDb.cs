using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lnvps.Database.MariaDb.Native;

/// <summary>
/// What is used of MariaDB Connector/C 3 (mysql.h, mariadb_stmt.h), as declared there for 64-bit Linux. Only the handles of this folder call it.
/// </summary>
static unsafe partial class LibMariaDb
{
    internal const string Library = "libmariadb.so.3";
    const string Package = "libmariadb3";

    // enum mysql_option
    internal const int ConnectTimeout = 0;
    internal const int CharsetName = 7;
    internal const int LocalInfile = 8;
    internal const int Protocol = 9;
    internal const int SslVerifyServerCert = 21;
    internal const int SslKey = 25;
    internal const int SslCert = 26;
    internal const int SslCa = 27;
    internal const int SslEnforce = 38;
    internal const int RestrictedAuth = 7026;

    // enum mysql_protocol_type
    internal const uint ProtocolTcp = 1;
    internal const uint ProtocolSocket = 2;

    // enum mariadb_value and SERVER_STATUS_…
    internal const int ServerStatus = 30;
    internal const uint StatusInTransaction = 1;

    /// <summary>CLIENT_FOUND_ROWS: an UPDATE counts the rows it matched, as SQLite does, and not those it changed.</summary>
    internal const nuint ClientFoundRows = 2;

    // Answers of mysql_stmt_fetch.
    internal const int NoData = 100;
    internal const int Truncated = 101;

    static readonly Lazy<string?> Missing = new(() =>
    {
        var problem = ProblemWith(Library, Package);
        if (problem is null)
            _ = mysql_server_init(0, 0, 0);
        return problem;
    });

    /// <summary>Loads and initialises the library once.</summary>
    /// <exception cref="MariaDbException">The library is not installed.</exception>
    internal static void EnsureLoaded()
    {
        if (Missing.Value is { } problem)
            throw new MariaDbException(problem, ErrorCodes.LibraryMissing);
    }

    /// <summary>Null when the library can be loaded, else a message that names its Debian package.</summary>
    internal static string? ProblemWith(string library, string package) =>
        NativeLibrary.TryLoad(library, Assembly.GetExecutingAssembly(), null, out _)
            ? null
            : $"The library {library} is missing. Install the Debian package {package}: apt-get install {package}";

    [LibraryImport(Library)] private static partial int mysql_server_init(int count, nint arguments, nint groups);

    [LibraryImport(Library)] internal static partial nint mysql_init(nint memory);
    [LibraryImport(Library)] internal static partial void mysql_close(nint connection);
    [LibraryImport(Library)] internal static partial int mysql_options(ConnectionHandle connection, int option, void* value);
    [LibraryImport(Library)] internal static partial int mysql_ssl_set(ConnectionHandle connection, nint key, nint cert, nint ca, nint path, nint cipher);
    [LibraryImport(Library)] internal static partial nint mysql_get_ssl_cipher(ConnectionHandle connection);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint mysql_real_connect(
        ConnectionHandle connection, string? host, string user, string password, string database, uint port, string? socket, nuint flags);

    [LibraryImport(Library)] internal static partial int mysql_real_query(ConnectionHandle connection, byte* sql, nuint length);
    [LibraryImport(Library)] internal static partial int mysql_ping(ConnectionHandle connection);
    [LibraryImport(Library)] internal static partial nint mysql_store_result(ConnectionHandle connection);
    [LibraryImport(Library)] internal static partial void mysql_free_result(nint result);
    [LibraryImport(Library)] internal static partial uint mysql_errno(ConnectionHandle connection);
    [LibraryImport(Library)] internal static partial nint mysql_error(ConnectionHandle connection);
    [LibraryImport(Library)] internal static partial nint mysql_sqlstate(ConnectionHandle connection);
    [LibraryImport(Library)] internal static partial nuint mysql_thread_id(ConnectionHandle connection);
    [LibraryImport(Library)] internal static partial nuint mysql_get_server_version(ConnectionHandle connection);
    [LibraryImport(Library)] internal static partial nint mysql_get_server_info(ConnectionHandle connection);
    [LibraryImport(Library)] internal static partial int mysql_get_socket(ConnectionHandle connection);
    [LibraryImport(Library)] internal static partial byte mariadb_connection(ConnectionHandle connection);
    [LibraryImport(Library)] internal static partial byte mariadb_get_info(ConnectionHandle connection, int value, void* answer);

    [LibraryImport(Library)] internal static partial nint mysql_stmt_init(ConnectionHandle connection);
    [LibraryImport(Library)] internal static partial byte mysql_stmt_close(nint statement);
    [LibraryImport(Library)] internal static partial int mysql_stmt_prepare(StatementHandle statement, byte* sql, nuint length);
    [LibraryImport(Library)] internal static partial nuint mysql_stmt_param_count(StatementHandle statement);
    [LibraryImport(Library)] internal static partial byte mysql_stmt_bind_param(StatementHandle statement, Bind* parameters);
    [LibraryImport(Library)] internal static partial int mysql_stmt_execute(StatementHandle statement);
    [LibraryImport(Library)] internal static partial uint mysql_stmt_field_count(StatementHandle statement);
    [LibraryImport(Library)] internal static partial Field* mariadb_stmt_fetch_fields(StatementHandle statement);
    [LibraryImport(Library)] internal static partial byte mysql_stmt_bind_result(StatementHandle statement, Bind* columns);
    [LibraryImport(Library)] internal static partial int mysql_stmt_fetch(StatementHandle statement);
    [LibraryImport(Library)] internal static partial int mysql_stmt_fetch_column(StatementHandle statement, Bind* target, uint column, nuint offset);
    [LibraryImport(Library)] internal static partial int mysql_stmt_next_result(StatementHandle statement);
    [LibraryImport(Library)] internal static partial byte mysql_stmt_free_result(StatementHandle statement);
    [LibraryImport(Library)] internal static partial ulong mysql_stmt_affected_rows(StatementHandle statement);
    [LibraryImport(Library)] internal static partial uint mysql_stmt_errno(StatementHandle statement);
    [LibraryImport(Library)] internal static partial nint mysql_stmt_error(StatementHandle statement);
    [LibraryImport(Library)] internal static partial nint mysql_stmt_sqlstate(StatementHandle statement);

    /// <summary>dup(2), with which a connection keeps a descriptor of its own to the library's socket.</summary>
    [LibraryImport("libc", EntryPoint = "dup", SetLastError = true)] internal static partial int DuplicateDescriptor(int descriptor);

    /// <summary>MYSQL_BIND, 112 bytes. Fields that only the library uses are left out.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 112)]
    internal struct Bind
    {
        [FieldOffset(0)] public nuint* Length;
        [FieldOffset(8)] public byte* IsNull;
        [FieldOffset(16)] public void* Buffer;
        [FieldOffset(24)] public byte* Error;
        [FieldOffset(64)] public nuint BufferLength;
        [FieldOffset(96)] public FieldType Type;
        [FieldOffset(101)] public byte IsUnsigned;
    }

    /// <summary>MYSQL_FIELD, 128 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    internal struct Field
    {
        [FieldOffset(0)] public byte* Name;
        [FieldOffset(56)] public nuint Length;
        [FieldOffset(72)] public uint NameLength;
        [FieldOffset(100)] public uint Flags;
        [FieldOffset(108)] public uint Charset;
        [FieldOffset(112)] public FieldType Type;
    }

    /// <summary>MYSQL_TIME, 40 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 40)]
    internal struct Time
    {
        [FieldOffset(0)] public uint Year;
        [FieldOffset(4)] public uint Month;
        [FieldOffset(8)] public uint Day;
        [FieldOffset(12)] public uint Hour;
        [FieldOffset(16)] public uint Minute;
        [FieldOffset(20)] public uint Second;
        [FieldOffset(24)] public nuint Microsecond;
        [FieldOffset(32)] public byte IsNegative;
        [FieldOffset(36)] public int Kind;

        internal static readonly int Size = Unsafe.SizeOf<Time>();
    }

    /// <summary>enum enum_field_types, as far as it crosses the wire.</summary>
    internal enum FieldType
    {
        Decimal = 0,
        Tiny = 1,
        Short = 2,
        Long = 3,
        Float = 4,
        Double = 5,
        Null = 6,
        Timestamp = 7,
        LongLong = 8,
        Int24 = 9,
        Date = 10,
        Time = 11,
        DateTime = 12,
        Year = 13,
        NewDate = 14,
        Bit = 16,
        Json = 245,
        NewDecimal = 246,
        Enum = 247,
        Set = 248,
        TinyBlob = 249,
        MediumBlob = 250,
        LongBlob = 251,
        Blob = 252,
        VarString = 253,
        String = 254,
        Geometry = 255,
    }
}
