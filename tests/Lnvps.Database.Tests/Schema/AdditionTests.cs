using Lnvps.Database.Schema;
using Lnvps.Database.Schema.Additions;
using Lnvps.Database.Schema.Declarations;
using Lnvps.Testing.Databases;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Tests.Schema;

public class AdditionTests
{
    static readonly Table Things = new("thing")
    {
        Columns = [Id(), ExactVarchar("code", 20), Int("vm_id").OrNull(), LongText("story"), Timestamp("changed").DefaultToNow().MovingOnUpdate()],
        Keys = [Key.Unique("ix_code", "code")],
        ForeignKeys = [new("fk_thing_vm", "vm_id", "vm", OnDelete.Cascade)],
    };

    static readonly Addition MakeThings = new(2099010101, "things", sql => sql.CreateTable(Things));

    static readonly Addition ExtendThings = new(2099010102, "more of things", sql =>
    [
        .. sql.AddColumn("thing", Int("user_id").OrNull(), new ForeignKey("fk_thing_user", "user_id", "users")),
        .. sql.AddColumn("thing", Small("weight").DefaultTo(7)),
        .. sql.AddKey("thing", Key.On("ix_weight", "weight")),
    ]);

    [Fact]
    public void Numbers_rise_and_names_fit()
    {
        var versions = AllAdditions.List.Select(addition => addition.Version).ToList();
        Assert.Equal(versions.Distinct().Order(), versions);
        Assert.All(AllAdditions.List, addition => Assert.InRange(addition.Name.Length, 1, 200));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Each_is_made_once_in_order_and_recorded(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        await Databases.Open(database.Url, [.. AllAdditions.List, MakeThings]);
        await using var session = await database.Db.Open(default);
        await session.Execute("INSERT INTO thing (code, story) VALUES ('a', 's'), ('A', 's')");
        var reports = new List<string>();
        await Databases.Open(database.Url, [.. AllAdditions.List, MakeThings, ExtendThings], reports.Add);

        Assert.Equal(["Added to the schema: more of things"], reports);
        Assert.Equal([7, 7], await session.List<ushort>("SELECT weight FROM thing ORDER BY id"));
        Assert.Equal(["things", "more of things"], await session.List<string>("SELECT name FROM lnvps_schema WHERE version > 2099000000 ORDER BY version"));
        var error = await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => session.Execute("UPDATE thing SET user_id = 99"));
        Assert.True(database.Db.Dialect.IsForeignKeyViolation(error));
        Assert.Contains("2099010101 things", (await Assert.ThrowsAsync<DatabaseRefused>(() => Databases.Open(database.Url))).Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task All_can_be_made_again_after_a_crash_before_they_were_recorded(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        await using var session = await database.Db.Open(default);
        // SQLite makes and records in one transaction, so there the rows cannot be missing.
        if (kind == DatabaseKind.MariaDb)
        {
            var before = await MariaDbFacts.Everything(session);
            await session.Execute("DELETE FROM lnvps_schema");
            await Databases.Open(database.Url);
            Assert.Equal(before, await MariaDbFacts.Everything(session));
        }
        Assert.Equal(AllAdditions.List.Count, await session.Scalar<long>("SELECT COUNT(*) FROM lnvps_schema"));
    }

    [Fact]
    public async Task One_that_fails_leaves_nothing_on_sqlite()
    {
        await using var database = await TestDatabases.Create(DatabaseKind.Sqlite);
        var before = await Databases.Text(database);
        var broken = new Addition(2099010103, "broken", sql => [.. sql.CreateTable(Things), "CREATE TABLE vm (x)"]);
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => Databases.Open(database.Url, [.. AllAdditions.List, broken]));
        Assert.Equal(before, await Databases.Text(database));
    }

    [Theory]
    [InlineData(20260217100000)]
    [InlineData(20250801000000)]
    public async Task Two_live_assignments_of_an_address_are_named_instead_of_kept(long lastStep)
    {
        await using var database = await OldDatabase.After(lastStep);
        await OldDatabase.Run(database, "INSERT INTO vm_ip_assignment (vm_id, ip_range_id, ip) VALUES (21, 12, '10.0.0.2')");
        Assert.Contains("10.0.0.2", await Databases.IsRefused(database), StringComparison.Ordinal);
        await OldDatabase.Run(database, "UPDATE vm_ip_assignment SET deleted = 1 WHERE vm_id = 21");
        await Databases.Open(database.Url);
    }
}
