using System.Data;
using System.Data.Common;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.MariaDb;

/// <summary>MariaDB 10.5 or newer through libmariadb.</summary>
public sealed class MariaDbDialect : Dialect
{
    /// <summary>From this version on TIMESTAMP is an unsigned 32-bit number of seconds (data-model.md section 1.2).</summary>
    const int WideTimestampVersion = 110500;

    readonly MariaDbOptions _options;
    volatile bool _hasWideTimestamps;

    /// <param name="url"><c>mysql://user:password@host:port/database?…</c>, see <see cref="MariaDbOptions"/>.</param>
    /// <exception cref="FormatException">The URL is malformed; the message does not quote it.</exception>
    public MariaDbDialect(string url) : this(MariaDbOptions.Parse(url))
    {
    }

    public MariaDbDialect(MariaDbOptions options) => _options = options;

    public override string Name => "mariadb";

    public override string ForUpdate => " FOR UPDATE";

    public override string Greatest(string a, string b) => $"GREATEST({a}, {b})";

    /// <summary>
    /// Keeps the row also when another unique key than <paramref name="keyColumn"/> exists already. The count of rows is 1 in either case,
    /// since matched rows count.
    /// </summary>
    public override string InsertOrKeep(string table, string columns, string values, string keyColumn)
    {
        var column = keyColumn.Split(',')[0].Trim();
        return $"INSERT INTO {table} ({columns}) VALUES ({values}) ON DUPLICATE KEY UPDATE {column} = {table}.{column}";
    }

    public override string LastInsertId => "SELECT LAST_INSERT_ID()";

    /// <summary>Until the first connection the earlier one of the two.</summary>
    public override Instant LatestInstant => _hasWideTimestamps ? Instant.Utc(2106, 2, 7, 6, 28, 15) : Instant.Utc(2038, 1, 19, 3, 14, 7);

    public override Task<DbConnection> Connect(CancellationToken stop) => Connect(readsHere: false, stop);

    public override Task<DbConnection> ConnectToRead(CancellationToken stop) => Connect(readsHere: true, stop);

    async Task<DbConnection> Connect(bool readsHere, CancellationToken stop)
    {
        var connection = new MariaDbConnection(_options) { ReadsHere = readsHere };
        try
        {
            await connection.OpenAsync(stop);
            _hasWideTimestamps = connection.ServerVersionNumber >= WideTimestampVersion;
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// READ COMMITTED: each statement sees what is committed when it begins. Whoever has waited for a lock must see what its holder did, as on SQLite; under REPEATABLE
    /// READ a transaction goes on seeing what it saw at its first plain read, also behind the lock. Neither level keeps two transactions from deciding on what the
    /// other is about to change: for that there are locks of rows and unique keys, on both. What must be seen at one moment is read by one statement.
    /// A server that writes a binary log must not be set to <c>binlog_format = STATEMENT</c> (the default is MIXED).
    /// </summary>
    public override ValueTask<DbTransaction> BeginWrite(DbConnection connection, CancellationToken stop) =>
        connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, stop);

    public override bool IsTransient(DbException error) => error is MariaDbException { IsTransient: true };

    public override bool IsOutcomeUnknown(DbException error) => error is MariaDbException { IsOutcomeUnknown: true };

    public override bool IsDuplicateKey(DbException error) => error is MariaDbException { ErrorCode: ErrorCodes.DuplicateKey };

    public override bool IsForeignKeyViolation(DbException error) =>
        error is MariaDbException { ErrorCode: ErrorCodes.ForeignKeyParentInUse or ErrorCodes.ForeignKeyParentMissing };
}
