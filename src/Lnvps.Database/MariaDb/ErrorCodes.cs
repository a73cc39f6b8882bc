namespace Lnvps.Database.MariaDb;

/// <summary>Numbers of mysqld_error.h and errmsg.h that decide something here, and a few of our own (negative).</summary>
static class ErrorCodes
{
    internal const int CommandTimeout = -1;
    internal const int PoolExhausted = -2;
    internal const int LibraryMissing = -3;
    internal const int WrongServer = -4;
    internal const int BadValue = -5;

    internal const int DuplicateKey = 1062;
    internal const int QueryInterrupted = 1317;
    internal const int ForeignKeyParentInUse = 1451;
    internal const int ForeignKeyParentMissing = 1452;

    internal const int ServerGone = 2006;
    internal const int ServerLost = 2013;
    internal const int TlsFailed = 2026;

    const int TooManyConnections = 1040;
    const int RecordChanged = 1020;
    const int ShutdownInProgress = 1053;
    const int TooManyUserConnections = 1203;
    const int LockWaitTimeout = 1205;
    const int Deadlock = 1213;
    const int ConnectionKilled = 1927;
    const int CannotConnectSocket = 2002;
    const int CannotConnect = 2003;
    const int UnknownHost = 2005;
    const int ServerLostWhile = 2055;
    const int StatementHasOtherColumns = 2057;

    const int ClientErrors = 2000;
    const int ClientErrorsEnd = 3000;

    /// <summary>Repeating the whole transaction may succeed.</summary>
    internal static bool IsTransient(int code) => code
        is LockWaitTimeout or Deadlock or RecordChanged
        or TooManyConnections or TooManyUserConnections or ShutdownInProgress or ConnectionKilled
        or (>= 1158 and <= 1161) // network read and write errors and time-outs as the server sees them
        or CannotConnectSocket or CannotConnect or UnknownHost or ServerGone or ServerLost or ServerLostWhile
        // A table got or lost columns since SELECT * was prepared; the library cannot go on with this connection.
        or StatementHasOtherColumns;

    /// <summary>The connection is of no use any more: lost, refused, out of step, or about to be closed by the server.</summary>
    internal static bool BreaksConnection(int code) => code
        is (>= ClientErrors and < ClientErrorsEnd)
        or TooManyConnections or ShutdownInProgress or ConnectionKilled
        or 1152 or 1153 or 1154 or 1155 or 1156 or 1157 or (>= 1158 and <= 1161) or 1184;
}
