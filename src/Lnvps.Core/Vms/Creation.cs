using Lnvps.Core.Network;

namespace Lnvps.Core.Vms;

/// <summary>Facts about creating a VM on its host (provisioning.md section 8).</summary>
public static class Creation
{
    static readonly int[] DelayMinutes = [1, 2, 5, 15, 60];

    /// <summary>Pause after the n-th failed attempt (n ≥ 1): 1, 2, 5, 15, then 60 minutes.</summary>
    public static TimeSpan DelayAfter(int failedAttempts)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(failedAttempts);
        return TimeSpan.FromMinutes(DelayMinutes[Math.Min(failedAttempts, DelayMinutes.Length) - 1]);
    }

    /// <summary>
    /// For databases without markers: a VM counts as created when its MAC is a real one, it has a live IPv4 assignment, and the host reports it with its
    /// primary disk.
    /// </summary>
    public static bool LooksComplete(MacAddress mac, bool hasLiveIpv4, HostObservation seen) =>
        !mac.IsUnassigned && hasLiveIpv4 && seen is (HostObservation.Stopped or HostObservation.Running);
}
