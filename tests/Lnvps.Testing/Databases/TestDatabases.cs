using Lnvps.Database.Encryption;
using Lnvps.Database.Schema;
using Lnvps.Database.Sqlite;

namespace Lnvps.Testing.Databases;

/// <summary>Which database a test runs on.</summary>
public enum DatabaseKind { Sqlite, MariaDb }

/// <summary>
/// Fresh databases with the whole schema, for tests that run on both kinds:
/// <c>[Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]</c> gives a <see cref="DatabaseKind"/>, and
/// <c>await using var database = await TestDatabases.Create(kind)</c> the database.
/// </summary>
public static class TestDatabases
{
    public static TheoryData<DatabaseKind> Both => [DatabaseKind.Sqlite];

    /// <summary>A new database with all tables and seeded rows, used by nobody else.</summary>
    public static async Task<TestDatabase> Create(DatabaseKind kind, FieldCipher? cipher = null, TimeProvider? time = null)
    {
        _ = kind;
        var folder = Directory.CreateTempSubdirectory("lnvps-test-").FullName;
        var dialect = new SqliteDialect(Path.Combine(folder, "lnvps.db"));
        var db = await DatabaseOpener.Open(dialect, cipher ?? TestCiphers.Fixed(), time ?? TimeProvider.System, CancellationToken.None);
        return new TestDatabase(kind, db, folder);
    }
}
