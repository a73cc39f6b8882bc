using Lnvps.Core.Time;
using Lnvps.Database.Worker;
using Lnvps.Platform.Worker;
using Lnvps.Testing.Databases;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lnvps.Platform.Tests.Worker;

public sealed class RepairsTests
{
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Old_plaintext_is_encrypted_at_start(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        await rig.Execute("UPDATE vm_host SET api_token = 'secret' WHERE id = 1");
        Assert.True(await new Repairs(rig.Shop, "one", NullLogger<Repairs>.Instance).Run(CancellationToken.None));
        var stored = await rig.Db.Read(session => session.Find<string>("SELECT api_token FROM vm_host WHERE id = 1"), CancellationToken.None);
        Assert.StartsWith("ENC:", stored, StringComparison.Ordinal);
        Assert.True(await new Repairs(rig.Shop, "two", NullLogger<Repairs>.Instance).Run(CancellationToken.None));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task One_process_at_a_time_repairs_and_a_dead_one_hinders_nobody_for_long(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var now = rig.Time.Moment();
        Task<bool> Take(string owner, Moment at, TimeSpan length) =>
            rig.Db.Read(session => session.TakeLease("worker-repairs", owner, at, at.Plus(length), CancellationToken.None), CancellationToken.None);

        Assert.True(await Take("dead", now, TimeSpan.FromMinutes(10)));
        Assert.False(await new Repairs(rig.Shop, "other", NullLogger<Repairs>.Instance).Run(CancellationToken.None));
        Assert.True(await Take("dead", now.Plus(TimeSpan.FromSeconds(1)), TimeSpan.FromMinutes(10)));
        rig.Time.Advance(TimeSpan.FromMinutes(11));
        Assert.True(await new Repairs(rig.Shop, "other", NullLogger<Repairs>.Instance).Run(CancellationToken.None));
        // Given back at the end.
        Assert.True(await Take("third", rig.Time.Moment(), TimeSpan.FromMinutes(1)));
    }
}
