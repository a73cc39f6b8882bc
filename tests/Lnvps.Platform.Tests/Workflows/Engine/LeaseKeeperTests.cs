using Lnvps.Core.Identity;
using Lnvps.Database.Sessions;
using Lnvps.Database.Workflows;
using Lnvps.Platform.Workflows.Engine;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Workflows;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Platform.Tests.Workflows.Engine;

public class LeaseKeeperTests
{
    [Fact]
    public async Task A_renewal_that_hangs_keeps_no_lease_beyond_its_end()
    {
        await using var database = await TestDatabases.Create(DatabaseKind.Sqlite);
        var time = new FakeTimeProvider();
        var dialect = new MortalDialect(database.Db.Dialect);
        var never = new TaskCompletionSource();
        dialect.Suspend(never.Task);
        await using var keeper = new LeaseKeeper(
            new Db(dialect, TestCiphers.Fixed(), time), new Lease(new WorkflowId(1), 1, "me"), TimeSpan.FromSeconds(15), time);

        time.Advance(TimeSpan.FromSeconds(5));
        time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(keeper.Lost.IsCancellationRequested);
        time.Advance(TimeSpan.FromSeconds(0.1));

        // By now another may have taken over.
        Assert.True(keeper.Lost.IsCancellationRequested);
    }
}
