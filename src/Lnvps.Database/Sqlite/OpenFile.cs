using Lnvps.Database.Sessions;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Lnvps.Database.Sqlite;

/// <summary>
/// A connection to the file that is set up, with the statements that it has prepared. It outlives the <see cref="LentConnection"/>s that borrow it. Statements that
/// a change of the schema has overtaken are prepared anew by SQLite itself.
/// </summary>
sealed class OpenFile : IDisposable
{
    /// <summary>A prepared statement takes some 10 KB.</summary>
    const int MostStatements = 100;

    readonly SqliteConnection _connection;
    readonly KeptStatements<SqliteCommand> _statements = new(MostStatements);

    internal OpenFile(string connectionString, int generation)
    {
        _connection = new SqliteConnection(connectionString);
        Generation = generation;
        try
        {
            _connection.Open();
            using var setup = _connection.CreateCommand();
            setup.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;";
            setup.ExecuteNonQuery();
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    internal SqliteConnection Connection => _connection;

    /// <summary>How many texts have a prepared command that waits for its next run.</summary>
    internal int KeptStatements => _statements.Count;

    /// <summary>Of which pool state it comes; see <see cref="FilePool.Clear"/>.</summary>
    internal int Generation { get; }

    /// <summary>An error that says more of the connection or the file than of the statement.</summary>
    internal bool IsSuspect { get; set; }

    /// <summary>Nothing of its borrower is left in it.</summary>
    internal bool IsClean => !IsSuspect && raw.sqlite3_get_autocommit(_connection.Handle) != 0;

    /// <summary>A command with this text, prepared if it ran here before.</summary>
    internal SqliteCommand Take(string text)
    {
        if (_statements.Take(text) is { } kept)
            return kept;
        var command = _connection.CreateCommand();
        command.CommandText = text;
        return command;
    }

    /// <summary>Keeps a command for the next time, without its values, which may be secrets.</summary>
    internal void GiveBack(SqliteCommand command)
    {
        if (!IsWorthKeeping(command.CommandText))
        {
            command.Dispose();
            return;
        }
        command.Parameters.Clear();
        command.Transaction = null;
        command.CommandTimeout = _connection.DefaultTimeout;
        _statements.GiveBack(command.CommandText, command);
    }

    public void Dispose()
    {
        _statements.Dispose();
        _connection.Dispose();
    }

    // Changes of the schema and PRAGMAs run once.
    static bool IsWorthKeeping(string text)
    {
        var start = text.AsSpan().TrimStart();
        return StartsWith(start, "SELECT") || StartsWith(start, "INSERT") || StartsWith(start, "UPDATE") || StartsWith(start, "DELETE") || StartsWith(start, "WITH");
    }

    static bool StartsWith(ReadOnlySpan<char> text, string word) => text.StartsWith(word, StringComparison.OrdinalIgnoreCase);
}
