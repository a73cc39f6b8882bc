using Lnvps.Database.Encryption;
using Lnvps.Database.Schema;
using Lnvps.Database.Schema.Additions;
using Lnvps.Database.Sessions;
using Lnvps.Testing.Databases;

namespace Lnvps.Database.Tests.Schema;

/// <summary>Databases in the states that opening must tell apart.</summary>
static class Databases
{
    /// <summary>A MariaDB database as an existing program of this version makes it: without anything of our own.</summary>
    public static async Task<TestDatabase> WithoutAdditions()
    {
        var url = await TestDatabases.CreateEmpty(DatabaseKind.MariaDb);
        var db = await Open(url, []);
        await using var session = await db.Open(default);
        await session.Execute("DROP TABLE lnvps_schema");
        return new TestDatabase(DatabaseKind.MariaDb, url, db);
    }

    /// <summary>Opens as the main program does.</summary>
    public static Task<Db> Open(string url, IReadOnlyList<Addition>? additions = null, Action<string>? report = null) =>
        DatabaseOpener.Open(DatabaseUrl.Parse(url), TestCiphers.Fixed(), TimeProvider.System, additions ?? AllAdditions.List, report ?? (_ => { }), default);

    public static Task<Db> Join(string url) => DatabaseOpener.Join(DatabaseUrl.Parse(url), TestCiphers.Fixed(), TimeProvider.System, default);

    /// <summary>Opening is refused, and not one byte changes.</summary>
    public static async Task<string> IsRefused(TestDatabase database)
    {
        var before = await Text(database);
        var refusal = await Assert.ThrowsAsync<DatabaseRefused>(() => Open(database.Url));
        Assert.Equal(before, await Text(database));
        return refusal.Message;
    }

    /// <summary>Everything in a database, as text.</summary>
    public static async Task<string> Text(TestDatabase database)
    {
        if (database.Kind == DatabaseKind.MariaDb)
            return await MariaDbFacts.Dump(database.Url);
        await using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={((Lnvps.Database.Sqlite.SqliteDialect)database.Db.Dialect).Path};Pooling=False");
        connection.Open();
        var copy = Path.GetTempFileName();
        try
        {
            await using (var target = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={copy};Pooling=False"))
            {
                target.Open();
                connection.BackupDatabase(target);
            }
            return Convert.ToHexString(await File.ReadAllBytesAsync(copy));
        }
        finally
        {
            File.Delete(copy);
        }
    }
}
