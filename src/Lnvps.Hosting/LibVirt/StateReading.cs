using Lnvps.Core.Identity;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.LibVirt.Native;

namespace Lnvps.Hosting.LibVirt;

/// <summary>Makes a state sample from the library's counters (provisioning.md sections 12.5 and 20.1).</summary>
static class StateReading
{
    public static MachineState Read(VmId vm, DomainStats stats, double cpuUsage)
    {
        var state = (DomainState)stats["state.state"];
        var running = IsRunning(state);
        return new MachineState(
            running ? MachinePower.Running : MachinePower.Stopped,
            running ? cpuUsage : 0,
            running ? MemoryUsage(stats) : 0,
            UptimeSeconds: 0,
            NetIn: running ? Sum(stats, "net", "rx.bytes") : 0,
            NetOut: running ? Sum(stats, "net", "tx.bytes") : 0,
            DiskWrite: running ? Sum(stats, "block", "wr.bytes") : 0,
            DiskRead: running ? Sum(stats, "block", "rd.bytes") : 0,
            HasDisk: running || HasDisk(vm, stats));
    }

    public static bool IsRunning(DomainState state) => state is DomainState.Running or DomainState.Blocked or DomainState.Paused or DomainState.Suspended;

    // What the guest says it uses; a guest without the balloon driver is taken to use all it was given.
    static double MemoryUsage(DomainStats stats)
    {
        var (total, free) = (stats["balloon.available"], stats["balloon.usable"]);
        if (total > 0 && stats.Numbers.ContainsKey("balloon.usable"))
            return Math.Clamp(1 - free / (double)total, 0, 1);
        var most = stats["balloon.maximum"];
        return most == 0 ? 0 : Math.Clamp(stats["balloon.current"] / (double)most, 0, 1);
    }

    static ulong Sum(DomainStats stats, string device, string counter)
    {
        var sum = 0UL;
        for (var i = 0UL; i < stats[$"{device}.count"]; i++)
            sum = unchecked(sum + stats[$"{device}.{i}.{counter}"]);
        return sum;
    }

    // The host reports sizes of the disks whose files it can open; a missing file has a path but no size.
    static bool HasDisk(VmId vm, DomainStats stats)
    {
        for (var i = 0UL; i < stats["block.count"]; i++)
        {
            if (stats.Texts.TryGetValue($"block.{i}.path", out var path) && Path.GetFileName(path) == Names.Disk(vm))
                return stats.Numbers.ContainsKey($"block.{i}.capacity");
        }
        return false;
    }
}
