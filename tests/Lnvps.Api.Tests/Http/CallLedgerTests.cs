using Lnvps.Api.Http.Repetition;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Calls;
using Lnvps.Database.Sessions;
using Lnvps.Database.Users;
using Lnvps.Testing.Databases;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Api.Tests.Http;

/// <summary>The lease of a repeatable call that takes long.</summary>
public sealed class CallLedgerTests
{
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_lease_is_kept_alive_over_an_outage_of_the_database(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 2, 19, 12, 0, 0, TimeSpan.Zero));
        var user = await database.Db.Write(session => session.FindOrCreateUser(new PublicKey(new Bytes32(new byte[32])), new Instant(1_771_495_200), default), default);
        // Two statements take the lease; the one that would extend it fails, and so does all that follows until the count begins anew.
        var dialect = new CountingDialect(database.Db.Dialect) { DieAt = 3 };
        var ledger = new CallLedger(new Db(dialect, database.Db.Cipher, TimeProvider.System), time);
        var call = new CallId(user, new Bytes32(new byte[32]));
        var lease = Assert.IsType<CallTurn.Act>(await ledger.Take(call, new Bytes32(new byte[32]), default)).Lease;
        var first = await LeaseUntil();

        await using (ledger.KeepAlive(lease))
        {
            await Until(() => Task.FromResult(dialect.Statements >= 3));
            Assert.Equal(first, await LeaseUntil());
            dialect.Reset();
            await Until(async () =>
            {
                // Only the attempts are counted, so that the database stays there for the next one.
                dialect.Reset();
                return await LeaseUntil() > first;
            });
        }

        async Task<long> LeaseUntil() => (await database.Db.Read(session => session.LockFirstAnswer(call, default), default))!.LeaseUntil.UnixMilliseconds;

        async Task Until(Func<Task<bool>> holds)
        {
            var began = TimeProvider.System.GetTimestamp();
            while (!await holds())
            {
                Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(60), "it did not happen");
                time.Advance(TimeSpan.FromMilliseconds(500));
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }
    }
}
