using System.Collections.Concurrent;

namespace Lnvps.Database.Sqlite;

/// <summary>
/// The connections of one file. The last one given back is lent first, so that few prepare all statements; more than <see cref="MostIdle"/> are not kept.
/// </summary>
sealed class FilePool
{
    const int MostIdle = 8;

    static readonly ConcurrentDictionary<string, FilePool> Pools = new(StringComparer.Ordinal);

    readonly string _connectionString;
    readonly Lock _gate = new();
    readonly Stack<OpenFile> _idle = new();
    int _generation;

    // The last connection to leave a file tidies up its write-ahead log.
    static FilePool() => AppDomain.CurrentDomain.ProcessExit += static (_, _) =>
    {
        foreach (var pool in Pools.Values)
            pool.Clear();
    };

    FilePool(string connectionString) => _connectionString = connectionString;

    internal static FilePool For(string connectionString) => Pools.GetOrAdd(connectionString, static text => new FilePool(text));

    /// <summary>Connections that wait for a borrower.</summary>
    internal int IdleCount
    {
        get
        {
            lock (_gate)
                return _idle.Count;
        }
    }

    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">The file cannot be opened or is no database.</exception>
    internal OpenFile Rent()
    {
        lock (_gate)
        {
            if (_idle.TryPop(out var idle))
                return idle;
        }
        return new OpenFile(_connectionString, Volatile.Read(ref _generation));
    }

    internal void Return(OpenFile file)
    {
        if (file.IsClean)
        {
            lock (_gate)
            {
                if (file.Generation == _generation && _idle.Count < MostIdle)
                {
                    _idle.Push(file);
                    return;
                }
            }
        }
        file.Dispose();
    }

    /// <summary>Closes the idle connections now and the borrowed ones when they come back.</summary>
    internal void Clear()
    {
        OpenFile[] closing;
        lock (_gate)
        {
            _generation++;
            closing = [.. _idle];
            _idle.Clear();
        }
        foreach (var file in closing)
            file.Dispose();
    }
}
