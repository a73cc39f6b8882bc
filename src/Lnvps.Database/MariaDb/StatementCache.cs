using Lnvps.Database.MariaDb.Native;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.MariaDb;

/// <summary>The prepared statements of one connection; one that is closed is closed on the server.</summary>
sealed class StatementCache(ConnectionHandle connection, int capacity) : IDisposable
{
    readonly KeptStatements<StatementHandle> _kept = new(capacity);

    internal StatementHandle Take(SqlStatement statement)
    {
        if (_kept.Take(statement.Text) is { } kept)
            return kept;
        var handle = StatementHandle.Prepare(connection, statement.Text);
        if (handle.ParameterCount == statement.Parameters.Count)
            return handle;
        var count = handle.ParameterCount;
        handle.Dispose();
        throw new MariaDbException($"The server sees {count} parameters where {statement.Parameters.Count} were found", ErrorCodes.BadValue);
    }

    internal void GiveBack(SqlStatement statement, StatementHandle handle) => _kept.GiveBack(statement.Text, handle);

    public void Dispose() => _kept.Dispose();
}
