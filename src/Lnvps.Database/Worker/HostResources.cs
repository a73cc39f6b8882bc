using Lnvps.Core.Identity;
using Lnvps.Core.Sizes;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Worker;

/// <summary>What hosts report of themselves (data-model.md section 7.2); each statement writes only where it differs.</summary>
public static class HostResources
{
    /// <summary>Stores the totals of a host. False when nothing changed.</summary>
    public static async Task<bool> SetHostTotals(this Session session, HostId host, ushort cpu, Bytes memory, CancellationToken stop) =>
        await session.Execute("UPDATE vm_host SET cpu = @cpu, memory = @memory WHERE id = @host AND (cpu <> @cpu OR memory <> @memory)",
            new { host, cpu, memory }, stop) > 0;

    /// <summary>Stores the size of a disk. False when it did not change.</summary>
    public static async Task<bool> SetDiskSize(this Session session, DiskId disk, Bytes size, CancellationToken stop) =>
        await session.Execute("UPDATE vm_host_disk SET size = @size WHERE id = @disk AND size <> @size", new { disk, size }, stop) > 0;
}
