namespace Lnvps.Database.Sessions;

/// <summary>
/// Prepared statements of one connection by their text. Bounded: the one unused for longest is disposed of. A statement that is taken is nobody else's until it is
/// given back; one that failed is disposed of instead. Not thread-safe, as its connection.
/// </summary>
sealed class KeptStatements<T>(int capacity) : IDisposable where T : class, IDisposable
{
    readonly Dictionary<string, LinkedListNode<(string Text, T Statement)>> _byText = new(StringComparer.Ordinal);
    readonly LinkedList<(string Text, T Statement)> _byUse = new();

    internal int Count => _byText.Count;

    /// <summary>Null when none is kept, or it is taken already.</summary>
    internal T? Take(string text)
    {
        if (!_byText.Remove(text, out var node))
            return null;
        _byUse.Remove(node);
        return node.Value.Statement;
    }

    internal void GiveBack(string text, T statement)
    {
        if (capacity == 0 || _byText.ContainsKey(text))
        {
            statement.Dispose();
            return;
        }
        _byText.Add(text, _byUse.AddFirst((text, statement)));
        if (_byText.Count <= capacity || _byUse.Last is not { } oldest)
            return;
        _byUse.RemoveLast();
        _byText.Remove(oldest.Value.Text);
        oldest.Value.Statement.Dispose();
    }

    public void Dispose()
    {
        foreach (var (_, statement) in _byUse)
            statement.Dispose();
        _byUse.Clear();
        _byText.Clear();
    }
}
