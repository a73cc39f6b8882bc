using System.Data.Common;

namespace Lnvps.Database.MariaDb;

/// <summary>
/// The server or the client library refused something. <see cref="ErrorCode"/> is their number (mysqld_error.h; 2000 to 2999 are the
/// library's own) and <see cref="SqlState"/> the five-character class. Messages never hold a password.
/// </summary>
public sealed class MariaDbException : DbException
{
    readonly string? _sqlState;

    internal MariaDbException(string message, int errorCode, string? sqlState = null, Exception? cause = null) : base(message, cause) =>
        (ErrorCode, _sqlState) = (errorCode, sqlState);

    /// <summary>Number of the error; 0 when neither server nor library gave one.</summary>
    public override int ErrorCode { get; }

    public override string? SqlState => _sqlState;

    /// <summary>The command ran out of its <see cref="DbCommand.CommandTimeout"/>.</summary>
    public bool IsTimeout => ErrorCode == ErrorCodes.CommandTimeout;

    /// <summary>
    /// True when the connection broke while the server was committing: the transaction may or may not have happened, so nobody may
    /// simply repeat it.
    /// </summary>
    public bool IsOutcomeUnknown { get; private init; }

    /// <summary>True when repeating the whole transaction may succeed: deadlock, lock time-out, lost or refused connection.</summary>
    public override bool IsTransient => !IsOutcomeUnknown && ErrorCodes.IsTransient(ErrorCode);

    internal static MariaDbException FromServer(int errorCode, string? sqlState, string? message) =>
        new(message is { Length: > 0 } ? message : $"Error {errorCode}", errorCode, sqlState);

    /// <summary>The same failure, met while committing.</summary>
    internal MariaDbException DuringCommit() =>
        new($"The connection broke during the commit; whether it happened is unknown: {Message}", ErrorCode, SqlState, this) { IsOutcomeUnknown = true };
}
