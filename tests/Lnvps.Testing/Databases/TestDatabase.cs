using Lnvps.Database.Sessions;
using Lnvps.Database.Sqlite;
using Lnvps.Testing.Servers;

namespace Lnvps.Testing.Databases;

/// <summary>A database of one test; disposing of it removes it.</summary>
public sealed class TestDatabase(DatabaseKind kind, string url, Db db) : IAsyncDisposable
{
    public DatabaseKind Kind { get; } = kind;

    /// <summary>As in the <c>db</c> setting of a program.</summary>
    public string Url { get; } = url;

    public Db Db { get; } = db;

    public async ValueTask DisposeAsync()
    {
        if (Db.Dialect is SqliteDialect file)
        {
            file.ClearPool();
            Directory.Delete(Path.GetDirectoryName(file.Path)!, recursive: true);
        }
        else
        {
            await (await MariaDbServer.Shared).Execute($"DROP DATABASE {Url[(Url.LastIndexOf('/') + 1)..]}");
        }
    }
}
