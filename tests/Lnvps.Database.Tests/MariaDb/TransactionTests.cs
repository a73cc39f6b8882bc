using System.Data;
using System.Data.Common;
using Lnvps.Database.MariaDb;

namespace Lnvps.Database.Tests.MariaDb;

public sealed class TransactionTests(Scratch scratch) : IClassFixture<Scratch>
{
    [Fact]
    public async Task Commit_keeps_and_rollback_and_dispose_undo()
    {
        await using var connection = await scratch.Open();
        await using var other = await scratch.Open();
        await connection.Execute("CREATE TABLE kept (id int PRIMARY KEY)");
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            Assert.Equal(IsolationLevel.RepeatableRead, transaction.IsolationLevel);
            await connection.Execute("INSERT INTO kept VALUES (1)");
            Assert.Equal(0L, await other.Scalar("SELECT COUNT(*) FROM kept"));
            await transaction.CommitAsync();
            await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.CommitAsync());
        }
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await connection.Execute("INSERT INTO kept VALUES (2)");
            await transaction.RollbackAsync();
        }
        await using (await connection.BeginTransactionAsync())
            await connection.Execute("INSERT INTO kept VALUES (3)");
        await using (var transaction = connection.BeginTransaction(IsolationLevel.Serializable))
        {
            await connection.Execute("INSERT INTO kept VALUES (4)");
            transaction.Commit();
        }
        Assert.Equal("1,4", await other.Scalar("SELECT GROUP_CONCAT(id ORDER BY id) FROM kept"));
    }

    [Fact]
    public async Task A_connection_given_back_with_an_open_transaction_is_rolled_back()
    {
        const string ownPool = "?pool-size=1";
        await using (var connection = await scratch.Open(ownPool))
        {
            await connection.Execute("CREATE TABLE left_open (id int)");
            var transaction = await connection.BeginTransactionAsync();
            await connection.Execute("INSERT INTO left_open VALUES (1)");
            GC.KeepAlive(transaction);
        }
        await using (var connection = await scratch.Open(ownPool))
        {
            Assert.Equal(0L, await connection.Scalar("SELECT COUNT(*) FROM left_open"));
            // Begun by hand: the server's word counts, not ours.
            await connection.Execute("BEGIN; INSERT INTO left_open VALUES (2)");
        }
        await using (var connection = await scratch.Open(ownPool))
            Assert.Equal(0L, await connection.Scalar("SELECT COUNT(*) FROM left_open"));
    }

    [Fact]
    public async Task A_second_transaction_on_one_connection_is_refused()
    {
        await using var connection = await scratch.Open();
        await using var transaction = await connection.BeginTransactionAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await connection.BeginTransactionAsync());
    }

    [Fact]
    public async Task Reads_in_a_transaction_repeat()
    {
        await using var connection = await scratch.Open();
        await using var other = await scratch.Open();
        await connection.Execute("CREATE TABLE repeats (v int); INSERT INTO repeats VALUES (1)");
        await using var transaction = await connection.BeginTransactionAsync();
        Assert.Equal(1, await connection.Scalar("SELECT v FROM repeats"));
        await other.Execute("UPDATE repeats SET v = 2");
        Assert.Equal(1, await connection.Scalar("SELECT v FROM repeats"));
        Assert.Equal(2, await connection.Scalar("SELECT v FROM repeats FOR UPDATE"));
    }

    /// <summary>The statement has begun to answer when it meets the lock, so the error comes instead of a row.</summary>
    [Fact]
    public async Task A_lock_that_is_met_between_two_rows_has_its_error_code()
    {
        await using var holder = await scratch.Open();
        await using var waiter = await scratch.Open("?pool-size=1");
        await holder.Execute("CREATE TABLE walked (id int PRIMARY KEY, n int)");
        await holder.Execute("INSERT INTO walked VALUES (1, 0), (2, 0), (3, 0)");
        await using var held = await holder.BeginTransactionAsync();
        await holder.Execute("UPDATE walked SET n = 1 WHERE id = 2");
        await waiter.Execute("SET innodb_lock_wait_timeout = 1");
        await using var waiting = await waiter.BeginTransactionAsync();
        var error = await Assert.ThrowsAsync<MariaDbException>(() => waiter.Scalar("SELECT id FROM walked WHERE id > 0 ORDER BY id FOR UPDATE"));
        Assert.Equal((1205, true), (error.ErrorCode, error.IsTransient));
        Assert.NotEmpty(error.Message);
        await waiting.RollbackAsync();
        await held.RollbackAsync();
        Assert.Equal(1, await waiter.Scalar("SELECT id FROM walked WHERE id > 0 ORDER BY id FOR UPDATE"));
    }

    [Fact]
    public async Task A_deadlock_is_transient_and_ends_the_transaction()
    {
        await using var first = await scratch.Open();
        await using var second = await scratch.Open();
        await first.Execute("CREATE TABLE dead (id int PRIMARY KEY, v int); INSERT INTO dead VALUES (1, 0), (2, 0)");
        await using var one = await first.BeginTransactionAsync();
        await using var two = await second.BeginTransactionAsync();
        await first.Execute("UPDATE dead SET v = 1 WHERE id = 1");
        await second.Execute("UPDATE dead SET v = 1 WHERE id = 2");
        Task<int>[] crossing = [first.Execute("UPDATE dead SET v = 1 WHERE id = 2"), second.Execute("UPDATE dead SET v = 1 WHERE id = 1")];
        var error = await Assert.ThrowsAsync<MariaDbException>(() => Task.WhenAll(crossing));
        Assert.Equal(1213, error.ErrorCode);
        Assert.True(error.IsTransient);

        // The loser has no transaction any more: nothing may run as if it had, least of all by itself.
        var (loser, lost) = crossing[0].IsFaulted ? (first, one) : (second, two);
        var again = await Assert.ThrowsAsync<MariaDbException>(() => loser.Execute("INSERT INTO dead VALUES (9, 9)"));
        Assert.True(again.IsTransient);
        Assert.True((await Assert.ThrowsAsync<MariaDbException>(() => lost.CommitAsync())).IsTransient);
        await lost.RollbackAsync();
        Assert.Equal(0L, await loser.Scalar("SELECT COUNT(*) FROM dead WHERE id = 9"));
        await (crossing[0].IsFaulted ? two : one).CommitAsync();
    }

    [Fact]
    public async Task A_lock_wait_ends_as_transient_and_leaves_the_transaction()
    {
        await using var holder = await scratch.Open();
        await using var waiter = await scratch.Open("?pool-size=2");
        await holder.Execute("CREATE TABLE locked (id int PRIMARY KEY, v int); INSERT INTO locked VALUES (1, 0), (2, 0)");
        await waiter.Execute("SET innodb_lock_wait_timeout = 1");
        await using var held = await holder.BeginTransactionAsync();
        await holder.Scalar("SELECT id FROM locked WHERE id = 1 FOR UPDATE");
        await using var waiting = await waiter.BeginTransactionAsync();
        await waiter.Execute("UPDATE locked SET v = 5 WHERE id = 2");
        var error = await Assert.ThrowsAsync<MariaDbException>(() => waiter.Execute("UPDATE locked SET v = 1 WHERE id = 1"));
        Assert.Equal(1205, error.ErrorCode);
        Assert.True(error.IsTransient);
        await held.RollbackAsync();
        await waiter.Execute("UPDATE locked SET v = 1 WHERE id = 1");
        await waiting.CommitAsync();
        Assert.Equal("1,5", await holder.Scalar("SELECT GROUP_CONCAT(v ORDER BY id) FROM locked"));
    }

    [Fact]
    public async Task A_duplicate_leaves_the_transaction_open()
    {
        await using var connection = await scratch.Open();
        await connection.Execute("CREATE TABLE twice (id int PRIMARY KEY)");
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.Execute("INSERT INTO twice VALUES (1)");
        await Assert.ThrowsAsync<MariaDbException>(() => connection.Execute("INSERT INTO twice VALUES (1)"));
        await connection.Execute("INSERT INTO twice VALUES (2)");
        await transaction.CommitAsync();
        Assert.Equal(2L, await connection.Scalar("SELECT COUNT(*) FROM twice"));
    }

    [Fact]
    public async Task A_connection_lost_while_committing_is_reported_as_unknown_and_not_as_transient()
    {
        await using var connection = await scratch.Open();
        await using var other = await scratch.Open();
        await connection.Execute("CREATE TABLE unknown (id int)");
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.Execute("INSERT INTO unknown VALUES (1)");
        await other.Execute($"KILL {connection.ServerThread}");
        var error = await Assert.ThrowsAsync<MariaDbException>(() => transaction.CommitAsync());
        Assert.True(error.IsOutcomeUnknown);
        Assert.False(error.IsTransient);
    }

    [Fact]
    public async Task A_connection_lost_in_a_transaction_is_transient_and_nothing_runs_outside_of_it()
    {
        await using var connection = await scratch.Open();
        await using var other = await scratch.Open();
        await connection.Execute("CREATE TABLE lost (id int)");
        await using DbTransaction transaction = await connection.BeginTransactionAsync();
        await connection.Execute("INSERT INTO lost VALUES (1)");
        await other.Execute($"KILL {connection.ServerThread}");
        Assert.True((await Assert.ThrowsAsync<MariaDbException>(() => connection.Execute("INSERT INTO lost VALUES (2)"))).IsTransient);
        Assert.True((await Assert.ThrowsAsync<MariaDbException>(() => connection.Execute("INSERT INTO lost VALUES (3)"))).IsTransient);
        await transaction.RollbackAsync();
        Assert.Equal(0L, await other.Scalar("SELECT COUNT(*) FROM lost"));
    }
}
