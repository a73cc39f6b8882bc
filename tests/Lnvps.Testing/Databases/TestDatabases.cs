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

    public static TheoryData<DatabaseKind> Both => [DatabaseKind.Sqlite, DatabaseKind.MariaDb];

    /// <summary>A new database with all tables and seeded rows, used by nobody else; encrypts with the fixed key unless told otherwise.</summary>
    public static async Task<TestDatabase> Create(DatabaseKind kind, FieldCipher? cipher = null, TimeProvider? time = null)
    {
        cipher ??= TestCiphers.Fixed();
        time ??= TimeProvider.System;
        if (kind == DatabaseKind.Sqlite)
        {
            var file = Path.Combine(Directory.CreateTempSubdirectory("lnvps-test-").FullName, "lnvps.db");
            File.Copy(await SqliteTemplate.Value, file);
            return new TestDatabase(kind, $"sqlite:{file}", new Db(new SqliteDialect(file), cipher, time));
        }
        var url = await EmptyMariaDb();
        return new TestDatabase(kind, url, await DatabaseOpener.Open(DatabaseUrl.Parse(url), cipher, time, CancellationToken.None));
    }

    /// <summary>The URL of a database without any table; on MariaDB the shared server's.</summary>
    public static async Task<string> CreateEmpty(DatabaseKind kind) => kind == DatabaseKind.Sqlite
        ? $"sqlite:{Path.Combine(Directory.CreateTempSubdirectory("lnvps-test-").FullName, "lnvps.db")}"
        : await EmptyMariaDb();

    static async Task<string> EmptyMariaDb() => await (await MariaDbServer.Shared).CreateDatabase();

    // Made once for each process; a copy of the file costs less than making the tables.
    static async Task<string> MakeSqliteTemplate()
    {
        var folder = Directory.CreateTempSubdirectory("lnvps-template-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        var file = Path.Combine(folder, "lnvps.db");
        var db = await DatabaseOpener.Open(new SqliteDialect(file), FieldCipher.Off, TimeProvider.System, CancellationToken.None);
        await using (var session = await db.Open(CancellationToken.None))
            await session.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        return file;
    }
}
