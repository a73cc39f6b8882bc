using Lnvps.Database.Schema;
using Lnvps.Database.Schema.Additions;
using Lnvps.Database.Schema.Ledger;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Servers;

namespace Lnvps.Database.Tests.Schema;

/// <summary>The states of data-model.md section 1.5.</summary>
public class OpeningTests
{
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Opening_again_changes_nothing(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        var before = await Databases.Text(database);
        var reports = new List<string>();
        await Databases.Open(database.Url, report: reports.Add);
        await Databases.Join(database.Url);
        Assert.Equal(before, await Databases.Text(database));
        Assert.Empty(reports);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Several_programs_that_start_at_once_make_one_schema(DatabaseKind kind)
    {
        var url = await TestDatabases.CreateEmpty(kind);
        var opened = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => Databases.Open(url))));
        await using var database = new TestDatabase(kind, url, opened[0]);
        await using var session = await database.Db.Open(default);
        Assert.Equal(43, await session.Scalar<long>("SELECT COUNT(*) FROM _sqlx_migrations"));
        Assert.Equal(AllAdditions.List.Count, await session.Scalar<long>("SELECT COUNT(*) FROM lnvps_schema"));
        Assert.Equal(204, await session.Scalar<long>("SELECT COUNT(*) FROM admin_role_permissions"));
    }

    [Fact]
    public async Task Opening_waits_for_a_program_that_holds_the_lock()
    {
        var url = await TestDatabases.CreateEmpty(DatabaseKind.MariaDb);
        var name = AdvisoryLock.Name(url[(url.LastIndexOf('/') + 1)..]);
        var dialect = Lnvps.Database.Sessions.DatabaseUrl.Parse(url);
        var other = new Lnvps.Database.Sessions.Db(dialect, TestCiphers.Fixed(), TimeProvider.System);
        Task<Lnvps.Database.Sessions.Db> opening;
        await using (var session = await other.Open(default))
        {
            Assert.Equal(1, await session.Scalar<long>("SELECT GET_LOCK(@name, 0)", new { name }));
            opening = Databases.Open(url);
            await Task.Delay(TimeSpan.FromMilliseconds(400), TimeProvider.System);
            Assert.False(opening.IsCompleted);
            Assert.Equal(0, await session.Scalar<long>("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()"));
            await session.Execute("DO RELEASE_LOCK(@name)", new { name });
        }
        await using var database = new TestDatabase(DatabaseKind.MariaDb, url, await opening);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Tables_without_ledger_are_refused(DatabaseKind kind) =>
        Assert.Contains("no _sqlx_migrations", await RefusedAfter(kind, "DROP TABLE _sqlx_migrations"), StringComparison.Ordinal);

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_step_that_broke_half_way_is_refused(DatabaseKind kind) =>
        Assert.Contains("20250811000000 add upgrade params column",
            await RefusedAfter(kind, "UPDATE _sqlx_migrations SET success = 0 WHERE version = 20250811000000"), StringComparison.Ordinal);

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task An_unknown_step_is_refused_and_named(DatabaseKind kind)
    {
        var message = await RefusedAfter(kind,
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (20260301000000, 'from the future', 1, x'00', 1)");
        Assert.Contains("20260301000000 from the future", message, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed", message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task An_unknown_step_is_refused_also_where_known_ones_are_missing(DatabaseKind kind) =>
        Assert.Contains("from the future", await RefusedAfter(kind,
            "DELETE FROM _sqlx_migrations WHERE version > 20260200000000",
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (20260301000000, 'from the future', 1, x'00', 1)"),
            StringComparison.Ordinal);

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_step_with_other_contents_is_refused(DatabaseKind kind) =>
        Assert.Contains("20241103155733 init",
            await RefusedAfter(kind, "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 20241103155733"), StringComparison.Ordinal);

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task An_addition_of_a_newer_version_is_refused(DatabaseKind kind) =>
        Assert.Contains("2099010101 flying cars",
            await RefusedAfter(kind, "INSERT INTO lnvps_schema (version, name) VALUES (2099010101, 'flying cars')"), StringComparison.Ordinal);

    [Theory]
    [InlineData("ALTER TABLE vm DROP COLUMN ref_code", "vm.ref_code is missing")]
    [InlineData("ALTER TABLE vm_payment MODIFY amount bigint NOT NULL", "vm_payment.amount is bigint instead of bigint unsigned")]
    [InlineData("DROP TABLE ip_range_subscription", "table ip_range_subscription is missing")]
    public async Task A_complete_ledger_over_another_schema_is_refused(string change, string problem) =>
        Assert.Contains(problem, await RefusedAfter(DatabaseKind.MariaDb, change), StringComparison.Ordinal);

    [Fact]
    public async Task Columns_and_keys_of_others_do_not_matter()
    {
        await using var database = await TestDatabases.Create(DatabaseKind.MariaDb);
        await using var session = await database.Db.Open(default);
        await session.Execute("ALTER TABLE vm ADD COLUMN note varchar(20) NOT NULL DEFAULT 'x', ADD INDEX ix_note (note)");
        await Databases.Open(database.Url);
        await Databases.Join(database.Url);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Other_programs_do_not_make_the_schema(DatabaseKind kind)
    {
        var url = await TestDatabases.CreateEmpty(kind);
        Assert.Contains("start lnvps_api", (await Assert.ThrowsAsync<DatabaseRefused>(() => Databases.Join(url))).Message, StringComparison.Ordinal);
        if (kind == DatabaseKind.Sqlite)
            Assert.False(File.Exists(url["sqlite:".Length..]));
        await using var database = new TestDatabase(kind, url, await Databases.Open(url, []));
        Assert.Contains("start lnvps_api", (await Assert.ThrowsAsync<DatabaseRefused>(() => Databases.Join(url))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_folder_of_an_sqlite_file_is_made_and_the_file_kept()
    {
        var folder = Directory.CreateTempSubdirectory("lnvps-test-").FullName;
        var url = $"sqlite:{folder}/a/b/lnvps.db";
        var db = await DatabaseOpener.Open(url, null, TimeProvider.System, default);
        await using (var session = await db.Open(default))
        {
            await session.Execute("UPDATE company SET name = 'Kept'");
            Assert.Equal("wal", await session.Find<string>("PRAGMA journal_mode"));
        }
        db = await DatabaseOpener.Open(url, null, TimeProvider.System, default);
        Assert.Equal("Kept", await db.Read(session => session.Find<string>("SELECT name FROM company"), default));
        await new TestDatabase(DatabaseKind.Sqlite, url, db).DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact, Trait("Speed", "slow")]
    public async Task A_server_with_old_timestamps_gets_the_same_schema()
    {
        await using var server = await MariaDbServer.Start("--explicit-defaults-for-timestamp=OFF");
        var old = await Databases.Open(await server.CreateDatabase());
        await using var database = await TestDatabases.Create(DatabaseKind.MariaDb);
        Assert.Equal(await database.Db.Read(MariaDbFacts.Everything, default), await old.Read(MariaDbFacts.Everything, default));
    }

    [Theory]
    [InlineData("10.11.19-MariaDB-0+deb12u1", true)]
    [InlineData("10.5.0-MariaDB", true)]
    [InlineData("11.8.2-MariaDB-ubu2404", true)]
    [InlineData("10.4.34-MariaDB", false)]
    [InlineData("5.5.68-MariaDB", false)]
    [InlineData("8.0.40", false)]
    [InlineData("", false)]
    public void Only_MariaDb_from_10_5_on_is_used(string version, bool isSupported) => Assert.Equal(isSupported, MariaDbServerCheck.IsSupported(version));

    [Fact]
    public async Task An_empty_database_of_another_character_set_becomes_utf8mb4()
    {
        var url = await TestDatabases.CreateEmpty(DatabaseKind.MariaDb);
        await (await MariaDbServer.Shared).Execute($"ALTER DATABASE {url[(url.LastIndexOf('/') + 1)..]} CHARACTER SET latin1");
        await using var database = new TestDatabase(DatabaseKind.MariaDb, url, await Databases.Open(url));
        await using var fresh = await TestDatabases.Create(DatabaseKind.MariaDb);
        Assert.Equal(await fresh.Db.Read(MariaDbFacts.Everything, default), await database.Db.Read(MariaDbFacts.Everything, default));
        await using var session = await database.Db.Open(default);
        await session.Execute("UPDATE company SET name = '😀'");
        Assert.Equal(["😀"], await session.List<string>("SELECT name FROM company"));
    }

    static async Task<string> RefusedAfter(DatabaseKind kind, params string[] changes)
    {
        await using var database = await TestDatabases.Create(kind);
        await using (var session = await database.Db.Open(default))
        {
            foreach (var change in changes)
                await session.Execute(change);
        }
        return await Databases.IsRefused(database);
    }
}
