using Lnvps.Core.Sizes;
using Lnvps.Database.Hosts;
using Lnvps.Hosting.Simulated;
using Lnvps.Platform.Worker;
using Lnvps.Testing.Databases;
using Microsoft.Extensions.Logging.Abstractions;
using static Lnvps.Platform.Tests.Worker.WorkerRig;

namespace Lnvps.Platform.Tests.Worker;

public sealed class HostResourcesTests
{
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task What_hosts_report_is_stored_where_it_differs_disabled_ones_too(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        await rig.Execute("UPDATE vm_host SET cpu = 8, memory = 1024, enabled = 0 WHERE id = 1");
        await rig.Execute("UPDATE vm_host_disk SET size = 5, enabled = 0 WHERE id = 1");
        await rig.Execute("INSERT INTO vm_host_disk (id, host_id, name, size, kind, interface, enabled) VALUES (9, 1, 'elsewhere', 7, 1, 2, 1)");
        var patch = new PatchHosts(rig.Shop, rig.Calls, NullLogger<PatchHosts>.Instance);

        Assert.Equal(2, await patch.Round(CancellationToken.None));
        Assert.Equal(0, await patch.Round(CancellationToken.None));

        var (host, disks) = await rig.Db.Read(async session => (await session.FindHost(Alpha, CancellationToken.None), await session.ListDisks(CancellationToken.None)), CancellationToken.None);
        Assert.Equal((64UL, Bytes.FromGib(256), false), (host!.Cpu, host.Memory, host.Enabled));
        Assert.Equal([Bytes.FromGib(4096), Bytes.FromGib(4096), new Bytes(7)], disks.Select(disk => disk.Size));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_host_that_fails_keeps_its_numbers_and_does_not_fail_the_others(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        await rig.Execute("UPDATE vm_host SET cpu = 8");
        rig.World.SetReachable("alpha", false);
        var patch = new PatchHosts(rig.Shop, rig.Calls, NullLogger<PatchHosts>.Instance);
        Assert.Equal(1, await patch.Round(CancellationToken.None));
        var hosts = await rig.Db.Read(session => session.ListHosts(CancellationToken.None), CancellationToken.None);
        Assert.Equal([8UL, 64UL], hosts.Select(host => host.Cpu));
    }
}
