using System.Data.Common;
using Dapper;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Encryption;
using Lnvps.Database.MariaDb;
using Lnvps.Database.MariaDb.Native;
using Lnvps.Database.Sessions;
using Lnvps.Testing.Servers;

namespace Lnvps.Database.Tests.MariaDb;

/// <summary>The dialect, and Dapper and the sessions above it.</summary>
public sealed class DialectTests(Scratch scratch) : IClassFixture<Scratch>
{
    public sealed record Row
    {
        public VmId Id { get; init; }
        public UserId OwnerId { get; init; }
        public bool Enabled { get; init; }
        public bool? Admin { get; init; }
        public ulong Amount { get; init; }
        public float Rate { get; init; }
        public float? Fee { get; init; }
        public Instant Created { get; init; }
        public Instant? Deleted { get; init; }
        public PaymentId PaymentId { get; init; }
        public string Name { get; init; } = "";
        public DayOfWeek Kind { get; init; }
    }

    const string Columns = "id, owner_id, enabled, admin, amount, rate, fee, created, deleted, payment_id, name, kind";

    [Fact]
    public async Task Dapper_maps_rows_of_values()
    {
        var dialect = new MariaDbDialect(scratch.Url);
        var db = new Db(dialect, FieldCipher.Off, TimeProvider.System);
        await using var session = await db.Open(default);
        await session.Execute(
            """
            CREATE TABLE mapped (id int unsigned AUTO_INCREMENT PRIMARY KEY, owner_id int unsigned NOT NULL, enabled bit(1) NOT NULL, admin bit(1) NULL,
                amount bigint unsigned NOT NULL, rate float NOT NULL, fee float NULL, created timestamp NOT NULL, deleted timestamp NULL,
                payment_id binary(32) NOT NULL, name varchar(50) NOT NULL, kind smallint unsigned NOT NULL)
            """);
        var row = new Row
        {
            OwnerId = new UserId(uint.MaxValue),
            Enabled = true,
            Amount = ulong.MaxValue,
            Rate = 92345.671875f,
            Created = Instant.Utc(2026, 2, 19, 10),
            PaymentId = new PaymentId(new Bytes32(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray())),
            Name = "müller",
            Kind = DayOfWeek.Friday,
        };
        var id = await session.Insert(
            """
            INSERT INTO mapped (owner_id, enabled, admin, amount, rate, fee, created, deleted, payment_id, name, kind)
            VALUES (@OwnerId, @Enabled, @Admin, @Amount, @Rate, @Fee, @Created, @Deleted, @PaymentId, @Name, @Kind)
            """, row);
        Assert.Equal(1u, id);
        var read = await session.Find<Row>($"SELECT {Columns} FROM mapped WHERE id = @id", new { id });
        Assert.Equal(row with { Id = new VmId(1) }, read);
        Assert.Equal([new VmId(1)], await session.List<VmId>("SELECT id FROM mapped WHERE id IN @ids", new { ids = new[] { 1, 2, 3 } }));
        Assert.Empty(await session.List<VmId>("SELECT id FROM mapped WHERE id IN @ids", new { ids = Array.Empty<int>() }));
        Assert.Null(await session.Find<Row>($"SELECT {Columns} FROM mapped WHERE created < @when", new { when = Instant.Utc(2026, 2, 19, 10) }));
        Assert.NotNull(await session.Find<Row>($"SELECT {Columns} FROM mapped WHERE created <= @when", new { when = Instant.Utc(2026, 2, 19, 10) }));
        Assert.Equal(ulong.MaxValue, await session.Scalar<ulong>("SELECT SUM(amount) FROM mapped"));
        Assert.Equal(1L, await session.Scalar<long>("SELECT COUNT(*) FROM mapped"));
        Assert.Equal(0L, await session.Scalar<long>("SELECT MAX(amount) FROM mapped WHERE id = 9"));
    }

    [Fact]
    public async Task Dapper_reads_several_results_and_cancels()
    {
        await using var connection = await scratch.Open();
        await using var grid = await connection.QueryMultipleAsync("SELECT 1; SELECT 'a' UNION SELECT 'b'");
        Assert.Equal(1, await grid.ReadSingleAsync<int>());
        Assert.Equal(["a", "b"], await grid.ReadAsync<string>());
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            connection.QueryAsync<int>(new CommandDefinition("SELECT SLEEP(30)", cancellationToken: stop.Token)));
        await Assert.ThrowsAsync<MariaDbException>(() => connection.QueryAsync<int>("SELECT SLEEP(30)", commandTimeout: 1));
    }

    [Fact]
    public async Task Insert_or_keep_keeps_and_locks_and_greatest_work()
    {
        var db = new Db(new MariaDbDialect(scratch.Url), FieldCipher.Off, TimeProvider.System);
        Assert.Equal("mariadb", db.Dialect.Name);
        await using (var session = await db.Open(default))
            await session.Execute("CREATE TABLE kept_rows (name varchar(10) PRIMARY KEY, v int NOT NULL)");
        await db.Write(async session =>
        {
            await session.Execute(db.Dialect.InsertOrKeep("kept_rows", "name, v", "@name, @v", "name"), new { name = "a", v = 1 });
            await session.Execute(db.Dialect.InsertOrKeep("kept_rows", "name, v", "@name, @v", "name"), new { name = "a", v = 2 });
            Assert.Equal(1, await session.Scalar<int>("SELECT v FROM kept_rows WHERE name = 'a'" + db.Dialect.ForUpdate));
            Assert.Equal(5, await session.Scalar<int>($"SELECT {db.Dialect.Greatest("v", "@other")} FROM kept_rows", new { other = 5 }));
            // Only a duplicate is kept quiet.
            await Assert.ThrowsAsync<MariaDbException>(() => session.Execute(db.Dialect.InsertOrKeep("kept_rows", "name, v", "@name, @v", "name"), new { name = "b", v = (int?)null }));
        }, default);
    }

    [Fact]
    public async Task A_deadlock_is_repeated_until_it_works()
    {
        var db = new Db(new MariaDbDialect(scratch.Url), FieldCipher.Off, TimeProvider.System);
        await using (var session = await db.Open(default))
            await session.Execute("CREATE TABLE crossing (id int PRIMARY KEY, v int NOT NULL); INSERT INTO crossing VALUES (1, 0), (2, 0)");
        var runs = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(task => db.Write(async session =>
        {
            Interlocked.Increment(ref runs);
            foreach (var id in task % 2 == 0 ? (int[])[1, 2] : [2, 1])
            {
                await session.Execute("UPDATE crossing SET v = v + 1 WHERE id = @id", new { id });
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }, default)));
        Assert.True(runs > 4, "There was no deadlock to repeat");
        await using var last = await db.Open(default);
        Assert.Equal(8, await last.Scalar<int>("SELECT SUM(v) FROM crossing"));
    }

    [Fact]
    public async Task Errors_are_told_apart()
    {
        var dialect = new MariaDbDialect(scratch.Url);
        await using var connection = await scratch.Open();
        await connection.Execute("CREATE TABLE told (id int PRIMARY KEY, up int, FOREIGN KEY (up) REFERENCES told (id))");
        await connection.Execute("INSERT INTO told VALUES (1, NULL), (2, 1)");
        var duplicate = await Fails("INSERT INTO told VALUES (1, NULL)");
        Assert.True(dialect.IsDuplicateKey(duplicate));
        Assert.False(dialect.IsForeignKeyViolation(duplicate) || dialect.IsTransient(duplicate));
        Assert.True(dialect.IsForeignKeyViolation(await Fails("INSERT INTO told VALUES (3, 9)")));
        Assert.True(dialect.IsForeignKeyViolation(await Fails("DELETE FROM told WHERE id = 1")));
        var refused = await Assert.ThrowsAsync<MariaDbException>(() => new MariaDbDialect("mysql://u:p@127.0.0.1:1/n").Connect(default));
        Assert.True(dialect.IsTransient(refused));
        var shared = await MariaDbServer.Shared;
        var denied = await Assert.ThrowsAsync<MariaDbException>(() => new MariaDbDialect($"mysql://lnvps:geheim@127.0.0.1:{shared.Port}/n").Connect(default));
        Assert.Equal(1045, denied.ErrorCode);
        Assert.False(dialect.IsTransient(denied));
        Assert.DoesNotContain("geheim", denied.ToString());

        async Task<DbException> Fails(string sql) => await Assert.ThrowsAsync<MariaDbException>(() => connection.Execute(sql));
    }

    [Fact]
    public async Task The_latest_timestamp_is_that_of_the_server()
    {
        var dialect = new MariaDbDialect(scratch.Url);
        Assert.Equal(Instant.Utc(2038, 1, 19, 3, 14, 7), dialect.LatestInstant);
        await using var connection = (MariaDbConnection)await dialect.Connect(default);
        await connection.Execute("CREATE TABLE latest (v timestamp NULL)");
        await connection.Execute("INSERT INTO latest VALUES (@v)", ("v", dialect.LatestInstant.ToDateTimeUtc()));
        await Assert.ThrowsAsync<MariaDbException>(() => connection.Execute("INSERT INTO latest VALUES (@v)", ("v", dialect.LatestInstant.PlusSeconds(1).ToDateTimeUtc())));
    }

    [Fact]
    public void A_missing_library_is_named_with_its_package()
    {
        Assert.Null(LibMariaDb.ProblemWith(LibMariaDb.Library, "libmariadb3"));
        Assert.Equal("The library libmissing.so.9 is missing. Install the Debian package libmissing9: apt-get install libmissing9",
            LibMariaDb.ProblemWith("libmissing.so.9", "libmissing9"));
    }
}
