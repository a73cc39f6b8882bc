using Lnvps.Core.Time;

namespace Lnvps.Core.Vms;

/// <summary>Running state on the wire, lower case (customer-api.md section 1.7).</summary>
public enum VmPower
{
    Stopped,
    Running,
    Starting,
    Deleting,

    /// <summary>Paid for, but never yet created on its host.</summary>
    Creating,
    Unknown,
}

/// <summary>A sample of a VM's running state (provisioning.md section 20.1). Counters are bytes since the machine started.</summary>
/// <param name="Timestamp">Time of observation; 1970 = never sampled.</param>
/// <param name="CpuUsage">Share of the VM's cores, 0…1.</param>
/// <param name="MemoryUsage">Used of total, 0…1.</param>
/// <param name="UptimeSeconds">0 when stopped.</param>
public sealed record VmRunningState(
    Instant Timestamp,
    VmPower Power,
    double CpuUsage,
    double MemoryUsage,
    ulong UptimeSeconds,
    ulong NetIn,
    ulong NetOut,
    ulong DiskWrite,
    ulong DiskRead)
{
    /// <summary>Nothing cached: zeros, stopped.</summary>
    public static readonly VmRunningState None = new(new Instant(0), VmPower.Stopped, 0, 0, 0, 0, 0, 0, 0);

    /// <summary>What is shown: the cached sample, else zeros with "creating" for a paid VM that was never created (customer-api.md section 4.9).</summary>
    public static VmRunningState Shown(VmRunningState? cached, bool isActive, bool provisioned) =>
        cached ?? (isActive && !provisioned ? None with { Power = VmPower.Creating } : None);
}
