using Lnvps.Database.Encryption;
using Lnvps.Database.Schema;
using Lnvps.Database.Sessions;
using Lnvps.Database.Sqlite;
using Lnvps.Testing.Servers;

namespace Lnvps.Testing.Databases;

/// <summary>Which database a test runs on.</summary>
public enum DatabaseKind { Sqlite, MariaDb }

/// <summary>
/// Fresh databases with the whole schema. A test that runs on both kinds takes a <see cref="DatabaseKind"/> from <see cref="Both"/> as its member data, and its
/// database from <c>await using var database = await TestDatabases.Create(kind)</c>.
/// </summary>
public static class TestDatabases
{
    static readonly Lazy<Task<string>> SqliteTemplate = new(MakeSqliteTemplate);
    static readonly Lazy<Task<string>> MariaDbTemplate = new(MakeMariaDbTemplate);

    public static TheoryData<DatabaseKind> Both => [DatabaseKind.Sqlite, DatabaseKind.MariaDb];

    /// <summary>A new database with all tables and seeded rows, used by nobody else; encrypts with the fixed key unless told otherwise.</summary>
    public static async Task<TestDatabase> Create(DatabaseKind kind, FieldCipher? cipher = null, TimeProvider? time = null)
    {
        cipher ??= TestCiphers.Fixed();
        time ??= TimeProvider.System;
        var url = await CreateWhole(kind);
        return new TestDatabase(kind, url, new Db(DatabaseUrl.Parse(url), cipher, time));
    }

    /// <summary>The URL of a new database with all tables and seeded rows, as a program leaves it that was started and stopped; on MariaDB the shared server's.</summary>
    /// <param name="folder">Of the caller, for the file of SQLite; null = a new one.</param>
    public static async Task<string> CreateWhole(DatabaseKind kind, string? folder = null)
    {
        if (kind == DatabaseKind.MariaDb)
            return await (await MariaDbServer.Shared).CreateDatabase(await MariaDbTemplate.Value);
        var file = folder is null ? NewFile() : Path.Combine(folder, "lnvps.db");
        File.Copy(await SqliteTemplate.Value, file);
        return $"sqlite:{file}";
    }

    /// <summary>The URL of a database without any table; on MariaDB the shared server's.</summary>
    public static async Task<string> CreateEmpty(DatabaseKind kind) => kind == DatabaseKind.Sqlite
        ? $"sqlite:{NewFile()}"
        : await (await MariaDbServer.Shared).CreateDatabase();

    static string NewFile() => Path.Combine(TestFolders.Create("lnvps-test-"), "lnvps.db");

    // Templates are made once for each process; a copy costs less than making the tables step by step.
    static async Task<string> MakeSqliteTemplate()
    {
        var folder = Directory.CreateTempSubdirectory("lnvps-template-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        var file = Path.Combine(folder, "lnvps.db");
        var dialect = new SqliteDialect(file);
        var db = await DatabaseOpener.Open(dialect, FieldCipher.Off, TimeProvider.System, CancellationToken.None);
        await using (var session = await db.Open(CancellationToken.None))
            await session.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        dialect.ClearPool();
        return file;
    }

    static async Task<string> MakeMariaDbTemplate()
    {
        var server = await MariaDbServer.Shared;
        var url = await server.CreateDatabase();
        await DatabaseOpener.Open(DatabaseUrl.Parse(url), FieldCipher.Off, TimeProvider.System, CancellationToken.None);
        var name = url[(url.LastIndexOf('/') + 1)..];
        var script = await server.Dump(name);
        await server.Execute($"DROP DATABASE {name}");
        return script;
    }
}
