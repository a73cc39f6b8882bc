using System.Data;
using Lnvps.Database.MariaDb;

namespace Lnvps.Database.Tests.MariaDb;

public sealed class CommandTests(Scratch scratch) : IClassFixture<Scratch>
{
    [Fact]
    public async Task A_session_is_utc_strict_utf8mb4_and_repeatable_read()
    {
        await using var connection = await scratch.Open();
        Assert.Equal("+00:00", await connection.Scalar("SELECT @@time_zone"));
        Assert.Contains("STRICT_TRANS_TABLES", (string)(await connection.Scalar("SELECT @@sql_mode"))!);
        Assert.Equal("REPEATABLE-READ", await connection.Scalar("SELECT @@tx_isolation"));
        Assert.Equal("utf8mb4", await connection.Scalar("SELECT @@character_set_client"));
        Assert.Equal("utf8mb4", await connection.Scalar("SELECT @@character_set_connection"));
        Assert.Equal("utf8mb4", await connection.Scalar("SELECT @@character_set_results"));
        Assert.Equal("ab", await connection.Scalar("SELECT 'a' || 'b'"));
        var now = (DateTime)(await connection.Scalar("SELECT NOW()"))!;
        Assert.InRange((TimeProvider.System.GetUtcNow().UtcDateTime - now).TotalMinutes, -1, 1);
        Assert.Matches("^10\\.|^1[1-9]\\.", connection.ServerVersion);
        Assert.True(connection.ServerVersionNumber >= 100500);
    }

    [Fact]
    public async Task Rows_affected_are_the_rows_matched()
    {
        await using var connection = await scratch.Open();
        await connection.Execute("CREATE TABLE matched (id int unsigned AUTO_INCREMENT PRIMARY KEY, a int)");
        Assert.Equal(3, await connection.Execute("INSERT INTO matched (a) VALUES (1), (1), (2)"));
        Assert.Equal(3UL, Convert.ToUInt64(await connection.Scalar("SELECT MAX(id) FROM matched")));
        Assert.Equal(2, await connection.Execute("UPDATE matched SET a = 1 WHERE a = 1"));
        Assert.Equal(0, await connection.Execute("UPDATE matched SET a = 1 WHERE a = 9"));
        Assert.Equal(1, await connection.Execute("DELETE FROM matched WHERE a = 2"));
        Assert.Equal(-1, await connection.Execute("SELECT * FROM matched"));
    }

    [Fact]
    public async Task Several_statements_run_in_order_and_return_their_results()
    {
        await using var connection = await scratch.Open();
        await using var command = connection.Command(
            """
            CREATE TABLE several (id int unsigned AUTO_INCREMENT PRIMARY KEY, name varchar(20)); -- first;
            INSERT INTO several (name) VALUES (@a), (@b);
            SELECT name FROM several ORDER BY id;
            SELECT LAST_INSERT_ID(), @a;
            """, ("@a", "x"), ("b", "y;"));
        await using var reader = await command.ExecuteReaderAsync();
        Assert.Equal(2, reader.RecordsAffected);
        Assert.True(await reader.ReadAsync());
        Assert.Equal("x", reader.GetString(0));
        Assert.True(await reader.ReadAsync());
        Assert.Equal("y;", reader.GetString(0));
        Assert.False(await reader.ReadAsync());
        Assert.True(await reader.NextResultAsync());
        Assert.True(await reader.ReadAsync());
        Assert.Equal(1UL, reader.GetValue(0));
        Assert.Equal("x", reader.GetValue(1));
        Assert.False(await reader.NextResultAsync());
        Assert.Equal(0, reader.FieldCount);
    }

    [Fact]
    public async Task Insert_returning_gives_rows()
    {
        await using var connection = await scratch.Open();
        await connection.Execute("CREATE TABLE giving (id int unsigned AUTO_INCREMENT PRIMARY KEY, a int)");
        Assert.Equal(1u, await connection.Scalar("INSERT INTO giving (a) VALUES (5) RETURNING id"));
    }

    [Fact]
    public async Task A_stored_procedure_returns_all_its_results()
    {
        await using var connection = await scratch.Open();
        await connection.Execute("CREATE TABLE proc_t (a int)");
        await using (var create = connection.Command("CREATE PROCEDURE two(IN x int) SELECT x UNION SELECT x + 1"))
            await create.ExecuteNonQueryAsync();
        await using var command = connection.Command("CALL two(@x)", ("x", 41));
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync() && await reader.ReadAsync());
        Assert.Equal(42L, reader.GetInt64(0));
    }

    [Fact]
    public async Task Errors_carry_number_and_sqlstate_and_leave_the_connection_usable()
    {
        await using var connection = await scratch.Open();
        await connection.Execute("CREATE TABLE parents (id int PRIMARY KEY); CREATE TABLE children (id int PRIMARY KEY, parent int, FOREIGN KEY (parent) REFERENCES parents (id))");
        await connection.Execute("INSERT INTO parents VALUES (1); INSERT INTO children VALUES (1, 1)");
        (string Sql, int Code, string State)[] cases =
        [
            ("INSERT INTO parents VALUES (1)", 1062, "23000"),
            ("DELETE FROM parents", 1451, "23000"),
            ("INSERT INTO children VALUES (2, 2)", 1452, "23000"),
            ("SELEC 1", 1064, "42000"),
            ("SELECT * FROM nowhere", 1146, "42S02"),
            ("SELECT nothing FROM parents", 1054, "42S22"),
        ];
        foreach (var (sql, code, state) in cases)
        {
            for (var i = 0; i < 2; i++)
            {
                var error = await Assert.ThrowsAsync<MariaDbException>(() => connection.Execute(sql));
                Assert.Equal((code, state), (error.ErrorCode, error.SqlState));
                Assert.False(error.IsTransient);
                Assert.NotEmpty(error.Message);
            }
        }
        Assert.Equal(1, await connection.Scalar("SELECT 1"));
    }

    [Fact]
    public async Task A_missing_value_is_named()
    {
        await using var connection = await scratch.Open();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => connection.Scalar("SELECT @here, @missing", ("here", 1)));
        Assert.Contains("@missing", error.Message);
        await Assert.ThrowsAsync<InvalidOperationException>(() => connection.Execute(" -- nothing"));
    }

    [Fact]
    public async Task A_table_altered_between_two_runs_of_a_statement_is_read_as_it_is()
    {
        await using var connection = await scratch.Open();
        await connection.Execute("CREATE TABLE altered (id int)");
        await connection.Execute("INSERT INTO altered (id) VALUES (1)");
        const string sql = "SELECT * FROM altered";
        Assert.Equal(1, await connection.Scalar(sql));
        await connection.Execute("ALTER TABLE altered MODIFY id bigint unsigned");
        Assert.Equal(1UL, await connection.Scalar(sql));
        await connection.Execute("ALTER TABLE altered ADD COLUMN name varchar(300) DEFAULT 'x' FIRST");
        // The library gives up on a statement with more columns than before. It must not give wrong rows, and the next try must work.
        var error = await Assert.ThrowsAsync<MariaDbException>(() => connection.Scalar(sql));
        Assert.True(error.IsTransient);
        await using var next = await scratch.Open();
        Assert.Equal("x", await next.Scalar(sql));
    }

    [Fact]
    public async Task Statements_are_reused_and_never_leak()
    {
        // The connection with the busy cache, and another that counts what the server holds.
        await using var connection = await scratch.Open("?pool-size=1&statement-cache-capacity=20");
        var before = await OfThisConnection(connection);
        for (var i = 0; i < 1000; i++)
            Assert.Equal(i, await connection.Scalar($"SELECT {i}"));
        Assert.InRange(await OfThisConnection(connection) - before, 950, 1050);
        for (var i = 0; i < 1000; i++)
            await connection.Scalar("SELECT @i", ("i", i));
        Assert.InRange(await OfThisConnection(connection) - before, 950, 1050);
        for (var i = 0; i < 100; i++)
        {
            await Assert.ThrowsAsync<MariaDbException>(() => connection.Scalar($"SELECT {i} FROM nowhere"));
            await Assert.ThrowsAsync<MariaDbException>(() => connection.Scalar($"SELECT {i}, (SELECT 1 UNION SELECT 2)"));
        }
        // Com_stmt_close counts what was closed; open are the difference.
        var open = await SessionStatus(connection, "Com_stmt_prepare") - await SessionStatus(connection, "Com_stmt_close");
        Assert.InRange(open, 1, 130);
        Assert.InRange(await SessionStatus(connection, "Com_stmt_close"), 1000, 2000);

        static Task<long> OfThisConnection(MariaDbConnection connection) => SessionStatus(connection, "Com_stmt_prepare");
    }

    [Fact]
    [Trait("Speed", "slow")]
    public async Task The_count_of_statements_on_the_server_stays_bounded()
    {
        await using var server = await Lnvps.Testing.Servers.MariaDbServer.Start();
        await server.Execute("CREATE DATABASE counted");
        await using var connection = new MariaDbConnection(server.Url("counted") + "?statement-cache-capacity=20");
        await connection.OpenAsync();
        for (var i = 0; i < 1000; i++)
            await connection.Scalar($"SELECT {i}");
        Assert.InRange(await Count(), 20, 21);
        for (var i = 0; i < 50; i++)
            await Assert.ThrowsAsync<MariaDbException>(() => connection.Scalar($"SELECT {i}, (SELECT 1 UNION SELECT 2)"));
        Assert.InRange(await Count(), 20, 21);
        MariaDbConnection.ClearAllPools();
        await connection.CloseAsync();
        for (var i = 0; i < 50 && await Count() > 0; i++)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        Assert.Equal(0, await Count());

        async Task<int> Count() => int.Parse((await server.Execute("SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'")).Split('\t')[1]);
    }

    [Fact]
    public async Task Nested_readers_and_the_same_statement_twice_are_fine()
    {
        await using var connection = await scratch.Open();
        await using var outer = await connection.Command("SELECT 1 UNION SELECT 2").ExecuteReaderAsync();
        while (await outer.ReadAsync())
        {
            await using var inner = await connection.Command("SELECT 1 UNION SELECT 2").ExecuteReaderAsync();
            Assert.True(await inner.ReadAsync());
            Assert.Equal(1, inner.GetInt32(0));
        }
    }

    [Fact]
    public async Task Two_commands_at_once_on_one_connection_are_refused()
    {
        await using var connection = await scratch.Open();
        var slow = connection.Scalar("SELECT SLEEP(0.5)");
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        await Assert.ThrowsAsync<InvalidOperationException>(() => connection.Scalar("SELECT 1"));
        await slow;
        Assert.Equal(1, await connection.Scalar("SELECT 1"));
    }

    [Fact]
    public void Everything_works_without_async_too()
    {
        using var connection = new MariaDbConnection(scratch.Url);
        Assert.Equal(ConnectionState.Closed, connection.State);
        connection.Open();
        Assert.Equal(ConnectionState.Open, connection.State);
        using (var transaction = connection.BeginTransaction())
        {
            using var command = connection.Command("SELECT @a");
            command.Transaction = transaction;
            command.Parameters.Add("a", 5);
            command.Prepare();
            Assert.Equal(5, command.ExecuteScalar());
            transaction.Commit();
        }
        using (var reader = connection.Command("SELECT 7").ExecuteReader(CommandBehavior.CloseConnection))
        {
            Assert.True(reader.Read());
            Assert.Equal(7, reader.GetInt32(0));
        }
        Assert.Equal(ConnectionState.Closed, connection.State);
    }

    static async Task<long> SessionStatus(MariaDbConnection connection, string name)
    {
        await using var reader = await connection.Command($"SHOW SESSION STATUS LIKE '{name}'").ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        return long.Parse(reader.GetString(1));
    }
}
