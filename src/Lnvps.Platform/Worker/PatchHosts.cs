using Lnvps.Core.Outcomes;
using Lnvps.Database.Hosts;
using Lnvps.Database.Worker;
using Lnvps.Hosting.Hosts;
using Lnvps.Platform.Hosts;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Worker;

/// <summary>
/// Stores what hosts report of themselves, enabled or not: cores, memory, sizes of known pools. Unknown pools are only logged, since operators say what is
/// sold. Then sets the packet filters of the host's active VMs (provisioning.md section 16.5). Each host is asked on its own; one that fails is asked
/// again the next time.
/// </summary>
public sealed partial class PatchHosts(Shop shop, HostCalls calls, ILogger<PatchHosts> log)
{
    /// <summary>How often it runs; the first time at start.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromHours(1);

    readonly HostFirewalls _firewalls = new(shop, calls, log);

    /// <summary>Asks every host once; returns how many rows changed.</summary>
    public async Task<int> Round(CancellationToken stop)
    {
        var (hosts, disks) = await shop.Db.Read(async session => (await session.ListHosts(stop), (await session.ListDisks(stop)).ToLookup(disk => disk.HostId)), stop);
        var changes = await Task.WhenAll(hosts.Select(host => Patch(host, [.. disks[host.Id]], stop)));
        return changes.Sum();
    }

    async Task<int> Patch(HostRow host, IReadOnlyList<DiskRow> disks, CancellationToken stop)
    {
        try
        {
            var info = await calls.Ask(host, (machine, limit) => machine.GetInfo(limit), stop);
            foreach (var pool in info.Pools.Where(pool => disks.All(disk => disk.Name != pool.Name)))
                LogUnknownPool(log, host.Name, pool.Name, pool.Size.Value);
            var changed = await Store(host, disks, info, stop);
            await _firewalls.Patch(host, stop);
            return changed;
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            LogFailed(log, error is OutsideFault ? null : error, host.Name, error.Message);
            return 0;
        }
    }

    Task<int> Store(HostRow host, IReadOnlyList<DiskRow> disks, HostInfo info, CancellationToken stop)
    {
        var resized = disks.Select(disk => (disk.Id, disk.Size, Pool: info.Pools.FirstOrDefault(pool => pool.Name == disk.Name)))
            .Where(pair => pair.Pool is not null && pair.Pool.Size != pair.Size).ToList();
        // A host that could not read its own size says 0; nobody sells from that.
        var hasTotals = info.Cpu > 0 && info.Memory.Value > 0 && (host.Cpu != info.Cpu || host.Memory != info.Memory);
        if (resized.Count == 0 && !hasTotals)
            return Task.FromResult(0);
        return shop.Db.Write(async session =>
        {
            var changed = hasTotals && await session.SetHostTotals(host.Id, info.Cpu, info.Memory, stop) ? 1 : 0;
            foreach (var (disk, _, pool) in resized)
                changed += await session.SetDiskSize(disk, pool!.Size, stop) ? 1 : 0;
            return changed;
        }, stop);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Host {Host} has a pool {Pool} of {Bytes} bytes that no disk of the database names")]
    static partial void LogUnknownPool(ILogger logger, string host, string pool, ulong bytes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The resources of host {Host} could not be read: {Reason}")]
    static partial void LogFailed(ILogger logger, Exception? error, string host, string reason);
}
