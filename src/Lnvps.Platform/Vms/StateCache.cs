using System.Collections.Concurrent;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Platform.Vms;

/// <summary>A state as it was seen, with the time of observation on the business clock.</summary>
public sealed record ObservedState(Instant At, MachineState State);

/// <summary>
/// Last known running states (provisioning.md section 20.2), kept for <see cref="Lifetime"/> of real time: longer than twice the check interval,
/// so that a missed check does not blank a running machine.
/// </summary>
public sealed class StateCache(TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(300);

    readonly ConcurrentDictionary<VmId, (ObservedState State, long Stamp)> _states = [];

    public void Put(VmId vm, ObservedState state) => _states[vm] = (state, time.GetTimestamp());

    public ObservedState? Find(VmId vm) =>
        _states.TryGetValue(vm, out var entry) && time.GetElapsedTime(entry.Stamp) < Lifetime ? entry.State : null;

    public void Remove(VmId vm) => _states.TryRemove(vm, out _);
}
