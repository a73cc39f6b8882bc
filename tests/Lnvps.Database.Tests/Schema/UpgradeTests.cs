using Lnvps.Database.Sessions;
using Lnvps.Testing.Databases;

namespace Lnvps.Database.Tests.Schema;

public class UpgradeTests
{
    public static TheoryData<long> Steps =>
    [
        20250728000000, 20250729000000, 20250731000001, 20250801000000, 20250807000000, 20250808144512, 20250809000000, 20250813000000, 20250814000000,
        20260127000001, 20260130000001, 20260130000003, 20260215000000, 20260216000000, 20260217000000,
    ];

    [Theory, MemberData(nameof(Steps))]
    public async Task An_older_database_gets_the_schema_of_a_new_one_and_keeps_its_rows(long lastStep)
    {
        await using var fresh = await TestDatabases.Create(DatabaseKind.MariaDb);
        await using var full = await OldDatabase.Full();
        await using var old = await OldDatabase.After(lastStep);

        await Databases.Open(old.Url);
        await Databases.Open(full.Url);
        await using var session = await old.Db.Open(default);
        Assert.Equal(await fresh.Db.Read(MariaDbFacts.Everything, default), await MariaDbFacts.Everything(session));
        Assert.Equal(await Ledger(fresh), await Ledger(old));
        Assert.Equal(await RowsOf(full, lastStep), await RowsOf(old, lastStep));
        Assert.Equal(await Permissions(fresh), await Permissions(old));
        await Databases.Join(old.Url);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Any_part_of_the_ledger_may_be_missing(int seed)
    {
        await using var fresh = await TestDatabases.Create(DatabaseKind.MariaDb);
        await using var full = await OldDatabase.Full();
        await using var old = await OldDatabase.Full();
        var random = new Random(seed);
        foreach (var step in Lnvps.Database.Schema.Ledger.KnownSteps.All.Where(_ => random.Next(2) == 0))
        {
            // Without both of these, whole numbers are not known to be cents; see the refusals.
            if (step.Version is not 20250305215123)
                await OldDatabase.Run(old, $"DELETE FROM _sqlx_migrations WHERE version = {step.Version}");
        }
        await Databases.Open(old.Url);
        await Databases.Open(full.Url);
        Assert.Equal(await fresh.Db.Read(MariaDbFacts.Everything, default), await old.Db.Read(MariaDbFacts.Everything, default));
        Assert.Equal(await Ledger(fresh), await Ledger(old));
        Assert.Equal(await RowsOf(full, long.MaxValue), await RowsOf(old, long.MaxValue));
    }

    [Fact]
    public async Task A_ledger_without_any_step_and_without_tables_is_a_new_database()
    {
        await using var database = await TestDatabases.Create(DatabaseKind.MariaDb);
        var url = await TestDatabases.CreateEmpty(DatabaseKind.MariaDb);
        var db = await Databases.Open(url, []);
        await using var empty = new TestDatabase(DatabaseKind.MariaDb, url, db);
        var tables = await db.Read(session => session.List<string>(
            "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name <> '_sqlx_migrations'"), default);
        await OldDatabase.Run(empty, "SET foreign_key_checks = 0");
        await using (var session = await db.Open(default))
        {
            await session.Execute("SET foreign_key_checks = 0");
            foreach (var table in tables)
                await session.Execute($"DROP TABLE {table}");
            await session.Execute("SET foreign_key_checks = 1");
            await session.Execute("DELETE FROM _sqlx_migrations");
        }
        await Databases.Open(url);
        Assert.Equal(await database.Db.Read(MariaDbFacts.Everything, default), await db.Read(MariaDbFacts.Everything, default));
        Assert.Equal(await Permissions(database), await Permissions(empty));
        Assert.Equal(1, await db.Read(session => session.Scalar<long>("SELECT COUNT(*) FROM company WHERE id = 1"), default));
    }

    [Fact]
    public async Task Prices_become_cents_and_millisatoshi_exactly()
    {
        await using var old = await OldDatabase.After(20260217000000);
        await OldDatabase.Run(old, """
            INSERT INTO vm_cost_plan (id, name, amount, currency, interval_amount, interval_type) VALUES
                (101, 'x', 2.9, 'EUR', 1, 1), (102, 'x', 0.07, 'eur', 1, 1), (103, 'x', 99999.99, 'USD', 1, 1), (104, 'x', 0, 'GBP', 1, 1),
                (105, 'x', 0.00012345, 'BTC', 1, 1), (106, 'x', 1000, 'JPY', 1, 1)
            """);
        await Databases.Open(old.Url);
        Assert.Equal([290, 7, 9999999, 0, 12345000, 100000],
            await old.Db.Read(session => session.List<ulong>("SELECT amount FROM vm_cost_plan WHERE id > 100 ORDER BY id"), default));
    }

    [Fact]
    public async Task A_role_that_was_switched_off_does_not_come_to_life()
    {
        await using var old = await OldDatabase.After(20250808144512);
        await Databases.Open(old.Url);
        await using var session = await old.Db.Open(default);
        Assert.Equal(["2"], await session.List<string>("SELECT CAST(role_id AS CHAR) FROM admin_role_assignments WHERE expires_at IS NULL OR expires_at > CURRENT_TIMESTAMP"));
        Assert.Equal(2, await session.Scalar<long>("SELECT COUNT(*) FROM admin_role_assignments"));
    }

    [Fact]
    public async Task What_an_administrator_took_from_a_role_stays_away()
    {
        await using var old = await OldDatabase.After(20260130000003);
        await OldDatabase.Run(old, "DELETE FROM admin_role_permissions WHERE role_id = 6 AND resource = 3");
        await Databases.Open(old.Url);
        await using var session = await old.Db.Open(default);
        Assert.Equal(0, await session.Scalar<long>("SELECT COUNT(*) FROM admin_role_permissions WHERE role_id = 6 AND resource = 3"));
        Assert.Equal(4, await session.Scalar<long>("SELECT COUNT(*) FROM admin_role_permissions WHERE role_id = 1 AND resource = 21"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(9)]
    [InlineData(14)]
    [InlineData(20)]
    public async Task An_upgrade_that_was_cut_off_is_finished_at_the_next_start(int changes)
    {
        await using var fresh = await TestDatabases.Create(DatabaseKind.MariaDb);
        await using var full = await OldDatabase.Full();
        await using var old = await OldDatabase.After(20250731000000);
        var reports = 0;
        await Assert.ThrowsAsync<OperationCanceledException>(() => Databases.Open(old.Url, report: _ =>
        {
            if (reports++ == changes)
                throw new OperationCanceledException("cut off");
        }));
        await Databases.Open(old.Url);
        await Databases.Open(full.Url);
        Assert.Equal(await fresh.Db.Read(MariaDbFacts.Everything, default), await old.Db.Read(MariaDbFacts.Everything, default));
        Assert.Equal(await RowsOf(full, 20250731000000), await RowsOf(old, 20250731000000));
    }

    [Fact]
    public async Task A_conversion_that_was_cut_off_in_between_starts_over()
    {
        await using var old = await OldDatabase.After(20260217000000);
        await OldDatabase.Run(old,
            "ALTER TABLE vm_cost_plan ADD COLUMN lnvps_new_amount bigint unsigned NULL",
            "UPDATE vm_cost_plan SET lnvps_new_amount = 1");
        await Databases.Open(old.Url);
        Assert.Equal([290, 50000000, 1234500], await old.Db.Read(session => session.List<ulong>("SELECT amount FROM vm_cost_plan ORDER BY id"), default));
    }

    [Fact]
    public async Task Two_programs_that_start_at_once_upgrade_once()
    {
        await using var fresh = await TestDatabases.Create(DatabaseKind.MariaDb);
        await using var old = await OldDatabase.After(20250801000000);
        var reports = new List<string>[] { [], [], [] };
        await Task.WhenAll(reports.Select(lines => Task.Run(() => Databases.Open(old.Url, report: lines.Add))));
        Assert.Single(reports, lines => lines.Count > 0);
        Assert.Equal(await fresh.Db.Read(MariaDbFacts.Everything, default), await old.Db.Read(MariaDbFacts.Everything, default));
    }

    static Task<List<string>> Ledger(TestDatabase database) => database.Db.Read(session => session.List<string>(
        "SELECT CONCAT_WS(' ', version, description, success, HEX(checksum)) FROM _sqlx_migrations ORDER BY version"), default);

    static Task<List<string>> Permissions(TestDatabase database) => database.Db.Read(session => session.List<string>("""
        SELECT CONCAT_WS(' ', r.name, r.is_system_role, p.resource, p.action) FROM admin_role_permissions p JOIN admin_roles r ON r.id = p.role_id
        ORDER BY r.id, p.resource, p.action
        """), default);

    /// <summary>All rows as INSERTs, but for those of the ledgers and what the taken-back steps could not keep.</summary>
    static async Task<string> RowsOf(TestDatabase database, long lastStep)
    {
        var name = database.Url[(database.Url.LastIndexOf('/') + 1)..];
        List<string> ignored = ["_sqlx_migrations", "lnvps_schema", "admin_roles", "admin_role_permissions", "admin_role_assignments", "company"];
        if (lastStep < 20250729000000)
            ignored.Add("vm_history");
        // The time of the upgrade, see Backfills.
        if (lastStep < 20250808144512)
            ignored.Add("nostr_domain");
        var rows = await MariaDbFacts.Dump(database.Url, [.. ignored.Select(table => $"--ignore-table={name}.{table}"), "--no-create-info", "--complete-insert"]);
        Assert.Contains("INSERT INTO `vm_payment`", rows, StringComparison.Ordinal);
        return rows;
    }
}
