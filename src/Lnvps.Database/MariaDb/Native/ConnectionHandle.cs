using System.Runtime.InteropServices;
using System.Text;
using static Lnvps.Database.MariaDb.Native.LibMariaDb;

namespace Lnvps.Database.MariaDb.Native;

/// <summary>One connection of the library (MYSQL). Its calls block; one thread at a time.</summary>
sealed unsafe class ConnectionHandle : SafeHandle
{
    internal ConnectionHandle() : base(0, ownsHandle: true) => SetHandle(mysql_init(0));

    public override bool IsInvalid => handle == 0;

    /// <summary>Connects, signs in and selects the database.</summary>
    /// <exception cref="MariaDbException">The server cannot be reached, refuses, or does not offer the TLS that the options ask for.</exception>
    internal static ConnectionHandle Connect(MariaDbOptions options, TimeSpan timeout)
    {
        EnsureLoaded();
        var connection = new ConnectionHandle();
        try
        {
            if (connection.IsInvalid)
                throw new MariaDbException("The client library has no memory for a connection", ErrorCodes.BadValue);
            connection.Configure(options, timeout);
            if (mysql_real_connect(connection, options.Host, options.User, options.Password, options.Database, options.Port, options.Socket, ClientFoundRows) == 0)
                throw connection.Failure();
            if (options.Tls >= TlsMode.Required && mysql_get_ssl_cipher(connection) == 0)
                throw new MariaDbException("The server offers no TLS, and ssl-mode demands it", ErrorCodes.TlsFailed);
            if (mariadb_connection(connection) == 0 || connection.ServerVersion < MariaDbConnection.OldestServerVersion)
                throw new MariaDbException($"The server must be MariaDB 10.5 or newer; this one is {connection.ServerInfo}", ErrorCodes.WrongServer);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>For example 101119 for 10.11.19.</summary>
    internal int ServerVersion => checked((int)mysql_get_server_version(this));

    internal string ServerInfo => Marshal.PtrToStringUTF8(mysql_get_server_info(this)) ?? "";

    /// <summary>The number by which KILL knows this connection.</summary>
    internal ulong ThreadId => mysql_thread_id(this);

    /// <summary>True when the connection is encrypted.</summary>
    internal bool IsEncrypted => mysql_get_ssl_cipher(this) != 0;

    /// <summary>Whether a transaction is open, as the server said with its last success.</summary>
    internal bool InTransaction
    {
        get
        {
            uint status = 0;
            return mariadb_get_info(this, ServerStatus, &status) == 0 && (status & StatusInTransaction) != 0;
        }
    }

    /// <summary>A descriptor of our own to the same socket: it can be shut down from another thread while the library waits on its one.</summary>
    internal int DuplicateSocket()
    {
        var copy = DuplicateDescriptor(mysql_get_socket(this));
        return copy >= 0 ? copy : throw new MariaDbException($"dup failed with {Marshal.GetLastPInvokeError()}", ErrorCodes.ServerLost);
    }

    /// <summary>Runs a statement by the text protocol and drops its rows.</summary>
    internal void Query(string sql)
    {
        var text = Encoding.UTF8.GetBytes(sql);
        fixed (byte* bytes = text)
        {
            if (mysql_real_query(this, bytes, (nuint)text.Length) != 0)
                throw Failure();
        }
        var rows = mysql_store_result(this);
        if (rows != 0)
            mysql_free_result(rows);
        else if (mysql_errno(this) != 0)
            throw Failure();
    }

    internal bool Ping() => mysql_ping(this) == 0;

    internal MariaDbException Failure() =>
        MariaDbException.FromServer((int)mysql_errno(this), Marshal.PtrToStringUTF8(mysql_sqlstate(this)), Marshal.PtrToStringUTF8(mysql_error(this)));

    protected override bool ReleaseHandle()
    {
        mysql_close(handle);
        return true;
    }

    void Configure(MariaDbOptions options, TimeSpan timeout)
    {
        // Bounds each wait of the handshake as well; whole seconds, and 0 would mean for ever.
        Option(ConnectTimeout, Math.Max(1, (uint)Math.Ceiling(timeout.TotalSeconds)));
        Option(CharsetName, "utf8mb4");
        // A server must not be able to ask for our files.
        Option(LocalInfile, 0u);
        // Whoever answers may not ask for the password itself (mysql_clear_password, dialog), unless we know who it is.
        if (options.Tls < TlsMode.VerifyCa && options.Socket is null)
            Option(RestrictedAuth, "mysql_native_password,client_ed25519,parsec");
        // The library takes "localhost" for the socket unless told otherwise.
        Option(Protocol, options.Socket is null ? ProtocolTcp : ProtocolSocket);
        Option(SslEnforce, options.Tls >= TlsMode.Required);
        Option(SslVerifyServerCert, options.Tls == TlsMode.VerifyIdentity);
        if (options.Tls == TlsMode.Preferred)
            _ = mysql_ssl_set(this, 0, 0, 0, 0, 0);
        // With a CA the library checks the chain; the name only with SslVerifyServerCert.
        if (options.Tls >= TlsMode.VerifyCa)
            Option(SslCa, options.TlsCa ?? SystemCertificates);
        if (options.Tls != TlsMode.Disabled && options.TlsCertificate is not null)
            Option(SslCert, options.TlsCertificate);
        if (options.Tls != TlsMode.Disabled && options.TlsKey is not null)
            Option(SslKey, options.TlsKey);
    }

    const string SystemCertificates = "/etc/ssl/certs/ca-certificates.crt";

    void Option(int option, uint value) => Check(mysql_options(this, option, &value));

    void Option(int option, bool value)
    {
        byte flag = value ? (byte)1 : (byte)0;
        Check(mysql_options(this, option, &flag));
    }

    // The library copies the text.
    void Option(int option, string value)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(value + "\0"))
            Check(mysql_options(this, option, text));
    }

    void Check(int failed)
    {
        if (failed != 0)
            throw Failure();
    }
}
