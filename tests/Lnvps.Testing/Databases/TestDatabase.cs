using Lnvps.Database.Sessions;

namespace Lnvps.Testing.Databases;

/// <summary>A database of one test; disposing of it removes it.</summary>
public sealed class TestDatabase(DatabaseKind kind, Db db, string folder) : IAsyncDisposable
{
    public DatabaseKind Kind { get; } = kind;

    public Db Db { get; } = db;

    public ValueTask DisposeAsync()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
