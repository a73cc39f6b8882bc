using Lnvps.Database.MariaDb.Native;

namespace Lnvps.Database.MariaDb;

/// <summary>A prepared statement of one connection; disposing of it closes it on the server.</summary>
sealed class PreparedStatement(string text, StatementHandle handle) : IDisposable
{
    internal string Text { get; } = text;

    internal StatementHandle Handle { get; } = handle;

    public void Dispose() => Handle.Dispose();
}

/// <summary>
/// The prepared statements of one connection by their text. Bounded: the one unused for longest is closed. A statement that is taken is
/// nobody else's until it is given back; one that failed is disposed of instead.
/// </summary>
sealed class StatementCache(ConnectionHandle connection, int capacity) : IDisposable
{
    readonly Dictionary<string, LinkedListNode<PreparedStatement>> _byText = new(StringComparer.Ordinal);
    readonly LinkedList<PreparedStatement> _byUse = new();

    internal PreparedStatement Take(SqlStatement statement)
    {
        if (_byText.Remove(statement.Text, out var node))
        {
            _byUse.Remove(node);
            return node.Value;
        }
        var handle = StatementHandle.Prepare(connection, statement.Text);
        if (handle.ParameterCount == statement.Parameters.Count)
            return new(statement.Text, handle);
        var count = handle.ParameterCount;
        handle.Dispose();
        throw new MariaDbException($"The server sees {count} parameters where {statement.Parameters.Count} were found", ErrorCodes.BadValue);
    }

    internal void GiveBack(PreparedStatement statement)
    {
        if (capacity == 0 || _byText.ContainsKey(statement.Text))
        {
            statement.Dispose();
            return;
        }
        _byText.Add(statement.Text, _byUse.AddFirst(statement));
        if (_byText.Count <= capacity || _byUse.Last is not { } oldest)
            return;
        _byUse.RemoveLast();
        _byText.Remove(oldest.Value.Text);
        oldest.Value.Dispose();
    }

    public void Dispose()
    {
        foreach (var statement in _byUse)
            statement.Dispose();
        _byUse.Clear();
        _byText.Clear();
    }
}
