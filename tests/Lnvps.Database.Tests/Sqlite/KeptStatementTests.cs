using System.Data.Common;
using Lnvps.Database.Sqlite;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Lnvps.Database.Tests.Sqlite;

/// <summary>Connections that are kept open with their prepared statements, and what the next borrower must not notice of the one before.</summary>
public sealed class KeptStatementTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("lnvps-kept-").FullName;
    readonly SqliteDialect _file;

    public KeptStatementTests() => _file = new SqliteDialect(Path.Combine(_folder, "kept.db"));

    public void Dispose()
    {
        _file.ClearPool();
        Directory.Delete(_folder, recursive: true);
    }

    async Task<LentConnection> Open() => (LentConnection)await _file.Connect(default);

    static async Task<object?> Scalar(DbConnection connection, string sql, params (string Name, object? Value)[] values)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in values)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }
        return await command.ExecuteScalarAsync();
    }

    static int Prepared(LentConnection connection) => connection.File.KeptStatements;

    [Fact]
    public async Task A_statement_stays_prepared_for_the_next_borrower()
    {
        sqlite3? handle;
        await using (var first = await Open())
        {
            handle = first.File.Connection.Handle;
            Assert.Equal(7L, await Scalar(first, "SELECT @a", ("a", 7)));
            Assert.Equal(1, Prepared(first));
        }
        await using var second = await Open();
        Assert.Same(handle, second.File.Connection.Handle);
        Assert.Equal(1, Prepared(second));
        Assert.Equal("b", await Scalar(second, "SELECT @a", ("a", "b")));
        Assert.Equal(1, Prepared(second));
    }

    [Fact]
    public async Task A_statement_stays_prepared_in_transactions_too()
    {
        await using var connection = await Open();
        await Scalar(connection, "CREATE TABLE t (a INTEGER)");
        for (var i = 0; i < 3; i++)
        {
            await using var write = await _file.BeginWrite(connection, default);
            await using (var insert = connection.CreateCommand())
            {
                // In this order Dapper sets up a command.
                insert.Transaction = write;
                insert.CommandText = "INSERT INTO t VALUES (1)";
                // What is kept is taken, not prepared anew beside it.
                Assert.Equal(0, Prepared(connection));
                await insert.ExecuteNonQueryAsync();
            }
            Assert.Equal(1, Prepared(connection));
            await write.CommitAsync();
        }
        Assert.Equal(3L, await Scalar(connection, "SELECT COUNT(*) FROM t"));
    }

    [Fact]
    public async Task The_count_of_statements_stays_bounded_and_changes_of_the_schema_are_not_kept()
    {
        await using var connection = await Open();
        await Scalar(connection, "CREATE TABLE t (id INTEGER PRIMARY KEY)");
        await Scalar(connection, "PRAGMA user_version");
        Assert.Equal(0, Prepared(connection));
        for (var i = 0; i < 250; i++)
            Assert.Equal((long)i, await Scalar(connection, $"SELECT {i}"));
        Assert.InRange(Prepared(connection), 1, 100);
    }

    [Fact]
    public async Task Values_are_not_kept_with_a_statement()
    {
        await using var connection = await Open();
        Assert.Equal("secret", await Scalar(connection, "SELECT @a", ("a", "secret")));
        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => Scalar(connection, "SELECT @a"));
        Assert.Equal(1L, await Scalar(connection, "SELECT @a", ("a", 1)));
    }

    [Fact]
    public async Task A_table_altered_between_two_runs_of_a_statement_is_read_as_it_is()
    {
        await using var reader = await Open();
        await using var other = await Open();
        await Scalar(other, "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)");
        Assert.Equal(["a"], await Columns());
        await Scalar(other, "ALTER TABLE t ADD COLUMN b TEXT DEFAULT 'x'");
        Assert.Equal(["a", "b"], await Columns());
        await Scalar(other, "DROP TABLE t");
        await Assert.ThrowsAsync<SqliteException>(Columns);
        await Scalar(other, "CREATE TABLE t (c INTEGER); INSERT INTO t VALUES (3)");
        Assert.Equal(["c"], await Columns());

        async Task<List<string>> Columns()
        {
            await using var command = reader.CreateCommand();
            command.CommandText = "SELECT * FROM t";
            await using var rows = await command.ExecuteReaderAsync();
            Assert.True(await rows.ReadAsync());
            return [.. Enumerable.Range(0, rows.FieldCount).Select(rows.GetName)];
        }
    }

    [Fact]
    public async Task The_same_statement_twice_at_once_is_fine()
    {
        await using var connection = await Open();
        await Scalar(connection, "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2), (3)");
        await using var outer = connection.CreateCommand();
        outer.CommandText = "SELECT a FROM t ORDER BY a";
        var sum = 0L;
        await using (var rows = await outer.ExecuteReaderAsync())
        {
            while (await rows.ReadAsync())
                sum += (long)(await Scalar(connection, "SELECT a FROM t ORDER BY a"))! * rows.GetInt64(0);
        }
        Assert.Equal(6, sum);
    }

    [Fact]
    public async Task A_command_that_is_left_in_the_middle_of_its_rows_holds_nothing()
    {
        await using var connection = await Open();
        await Scalar(connection, "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2), (3)");
        var command = connection.CreateCommand();
        command.CommandText = "SELECT a FROM t";
        Assert.True(await (await command.ExecuteReaderAsync()).ReadAsync());
        await command.DisposeAsync();
        // A statement in the middle of its rows would keep the table from being dropped.
        await Scalar(connection, "DROP TABLE t");
    }

    [Fact]
    public async Task A_refused_statement_can_be_run_again()
    {
        await using var connection = await Open();
        await Scalar(connection, "CREATE TABLE t (id INTEGER PRIMARY KEY)");
        const string Insert = "INSERT INTO t VALUES (@id)";
        await Scalar(connection, Insert, ("id", 1));
        var error = await Assert.ThrowsAsync<SqliteException>(() => Scalar(connection, Insert, ("id", 1)));
        Assert.True(_file.IsDuplicateKey(error));
        await Scalar(connection, Insert, ("id", 2));
        Assert.Equal(2L, await Scalar(connection, "SELECT COUNT(*) FROM t"));
    }

    [Fact]
    public async Task A_transaction_left_open_is_not_met_by_the_next()
    {
        await using (var first = await Open())
            await Scalar(first, "CREATE TABLE t (id INTEGER)");
        await using (var careless = await Open())
        {
            await Scalar(careless, "BEGIN IMMEDIATE");
            await Scalar(careless, "INSERT INTO t VALUES (1)");
        }
        await using (var abandoned = await Open())
        {
            _ = await _file.BeginWrite(abandoned, default);
            await Scalar(abandoned, "INSERT INTO t VALUES (2)");
        }
        await using var next = await Open();
        Assert.Equal(0L, await Scalar(next, "SELECT COUNT(*) FROM t"));
        await using var write = await _file.BeginWrite(next, default);
        await Scalar(next, "INSERT INTO t VALUES (3)");
        await write.CommitAsync();
        Assert.Equal(3L, await Scalar(next, "SELECT id FROM t"));
    }

    [Fact]
    public async Task Foreign_keys_and_the_write_ahead_log_are_on_for_every_borrower()
    {
        for (var i = 0; i < 3; i++)
        {
            await using var one = await Open();
            await using var two = await Open();
            Assert.Equal(1L, await Scalar(one, "PRAGMA foreign_keys"));
            Assert.Equal(1L, await Scalar(two, "PRAGMA foreign_keys"));
            Assert.Equal("wal", await Scalar(two, "PRAGMA journal_mode"));
        }
    }

    [Fact]
    public async Task Few_are_kept_and_clearing_closes_all()
    {
        var all = new List<LentConnection>();
        for (var i = 0; i < 20; i++)
            all.Add(await Open());
        var handles = all.ConvertAll(connection => connection.File.Connection);
        foreach (var connection in all.Skip(1))
            await connection.DisposeAsync();
        Assert.Equal(8, handles.Count(handle => handle.State == System.Data.ConnectionState.Open) - 1);
        _file.ClearPool();
        Assert.Single(handles, handle => handle.State == System.Data.ConnectionState.Open);
        await all[0].DisposeAsync();
        Assert.DoesNotContain(handles, handle => handle.State == System.Data.ConnectionState.Open);
        await all[0].DisposeAsync();
        await using var again = await Open();
        Assert.Equal(1L, await Scalar(again, "SELECT 1"));
    }

    [Fact]
    public async Task Commands_of_a_connection_that_went_back_are_refused()
    {
        var connection = await Open();
        var command = connection.CreateCommand();
        command.CommandText = "SELECT 1";
        await connection.DisposeAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => command.ExecuteScalarAsync());
        await command.DisposeAsync();
        Assert.Throws<InvalidOperationException>(() => connection.CreateCommand().CommandText = "SELECT 1");
    }
}
