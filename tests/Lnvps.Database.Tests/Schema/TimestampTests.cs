using Lnvps.Database.Schema;
using Lnvps.Testing.Databases;

namespace Lnvps.Database.Tests.Schema;

/// <summary>The two spellings of TIMESTAMP (data-model.md section 1.4).</summary>
public class TimestampTests
{
    static readonly string[] AsOldServersMadeThem =
    [
        "ALTER TABLE users MODIFY created timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP",
        "ALTER TABLE vm_history MODIFY `timestamp` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP",
        "ALTER TABLE vm_template MODIFY expires timestamp NOT NULL DEFAULT '0000-00-00 00:00:00'",
        "ALTER TABLE vm_custom_pricing MODIFY expires timestamp NOT NULL DEFAULT '0000-00-00 00:00:00'",
        "ALTER TABLE subscription MODIFY expires timestamp NOT NULL DEFAULT '0000-00-00 00:00:00'",
        "ALTER TABLE vm MODIFY expires timestamp NOT NULL DEFAULT '0000-00-00 00:00:00'",
        "ALTER TABLE vm_payment MODIFY expires timestamp NOT NULL DEFAULT '0000-00-00 00:00:00'",
        "ALTER TABLE subscription_payment MODIFY expires timestamp NOT NULL DEFAULT '0000-00-00 00:00:00'",
        "ALTER TABLE vm_os_image MODIFY release_date timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP",
    ];

    static readonly string[] ZeroDates =
    [
        "UPDATE vm_template SET expires = '0000-00-00 00:00:00'",
        "UPDATE vm_custom_pricing SET expires = '2030-01-01 00:00:00'",
    ];

    [Theory]
    [InlineData(20260217100000)]
    [InlineData(20260216000000)]
    public async Task They_are_repaired_and_zero_dates_become_NULL(long lastStep)
    {
        await using var fresh = await TestDatabases.Create(DatabaseKind.MariaDb);
        await using var old = await OldDatabase.After(lastStep);
        await OldDatabase.Run(old, [
            // NULL cannot be kept where the old server had none.
            "UPDATE vm_template SET expires = '2030-01-01 00:00:00'", "UPDATE vm_custom_pricing SET expires = '2030-01-01 00:00:00'",
            .. AsOldServersMadeThem, .. ZeroDates]);
        if (lastStep == 20260217100000)
            Assert.Contains("timestamps of an old server", (await Assert.ThrowsAsync<DatabaseRefused>(() => JoinWithAdditions(old))).Message, StringComparison.Ordinal);

        await Databases.Open(old.Url);

        Assert.Equal(await fresh.Db.Read(MariaDbFacts.Everything, default), await old.Db.Read(MariaDbFacts.Everything, default));
        await using var session = await old.Db.Open(default);
        Assert.Equal(1, await session.Scalar<long>("SELECT COUNT(*) FROM vm_template WHERE expires IS NULL"));
        Assert.Equal(1, await session.Scalar<long>("SELECT COUNT(*) FROM vm_custom_pricing WHERE expires = '2030-01-01 00:00:00'"));
        Assert.Equal(1, await session.Scalar<long>("SELECT COUNT(*) FROM vm_os_image WHERE release_date = '2023-06-10 00:00:00'"));
        Assert.Equal(1, await session.Scalar<long>("SELECT COUNT(*) FROM vm WHERE expires = '2026-02-01 00:00:00'"));
    }

    [Fact]
    public async Task A_zero_date_where_none_can_be_is_refused_by_name()
    {
        await using var old = await OldDatabase.Full();
        await OldDatabase.Run(old, [.. AsOldServersMadeThem.Where(statement => statement.StartsWith("ALTER TABLE vm MODIFY", StringComparison.Ordinal)),
            "UPDATE vm SET expires = '0000-00-00 00:00:00' WHERE id = 20"]);
        Assert.Contains("vm.expires has the date 0000-00-00 in 1 rows", await Databases.IsRefused(old), StringComparison.Ordinal);
    }

    // Additions first, so that the timestamps are all that keeps the other programs out.
    static async Task JoinWithAdditions(TestDatabase old)
    {
        var writer = new Lnvps.Database.Schema.Writers.MariaDbWriter();
        await OldDatabase.Run(old, [
            .. writer.CreateTable(Lnvps.Database.Schema.Tables.LnvpsTables.OwnLedger),
            .. Lnvps.Database.Schema.Additions.AllAdditions.List.SelectMany(addition => addition.Statements(writer)),
            .. Lnvps.Database.Schema.Additions.AllAdditions.List.Select(addition => $"INSERT INTO lnvps_schema (version, name) VALUES ({addition.Version}, 'x')")]);
        await Databases.Join(old.Url);
    }
}
