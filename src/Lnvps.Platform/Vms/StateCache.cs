using System.Collections.Concurrent;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Platform.Vms;

/// <summary>A state as it was seen, with the time of observation on the business clock.</summary>
public sealed record ObservedState(Instant At, MachineState State);

/// <summary>
/// Last known running states (provisioning.md section 20.2), kept for <see cref="Lifetime"/> of real time: longer than twice the check interval,
/// so that a missed check does not blank a running machine. And the usage of the last hour, one sample a minute, because not every host keeps a history.
/// </summary>
public sealed class StateCache(TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(300);

    /// <summary>How far the usage goes back.</summary>
    public static readonly TimeSpan UsageKept = TimeSpan.FromHours(1);

    // Checks come every 30 s, a little early or late.
    const long SecondsBetweenSamples = 55;

    readonly ConcurrentDictionary<VmId, Entry> _states = [];

    public void Put(VmId vm, ObservedState state)
    {
        var entry = _states.GetOrAdd(vm, _ => new Entry());
        lock (entry)
        {
            (entry.State, entry.Stamp) = (state, time.GetTimestamp());
            entry.Sample(state.State, time.GetUtcNow().ToUnixTimeSeconds());
        }
    }

    public ObservedState? Find(VmId vm)
    {
        if (!_states.TryGetValue(vm, out var entry))
            return null;
        lock (entry)
            return time.GetElapsedTime(entry.Stamp) < Lifetime ? entry.State : null;
    }

    /// <summary>The usage of the last hour, oldest first; empty when it was not seen.</summary>
    public IReadOnlyList<UsagePoint> Usage(VmId vm)
    {
        if (!_states.TryGetValue(vm, out var entry))
            return [];
        lock (entry)
        {
            entry.Forget(time.GetUtcNow().ToUnixTimeSeconds());
            return UsagePoint.Of([.. entry.Samples]);
        }
    }

    public void Remove(VmId vm) => _states.TryRemove(vm, out _);

    /// <summary>What a state tells of a machine's usage.</summary>
    public static UsageSample SampleOf(MachineState state, long at) =>
        new(at, state.CpuUsage, state.MemoryUsage, state.NetIn, state.NetOut, state.DiskWrite, state.DiskRead);

    sealed class Entry
    {
        long _last = long.MinValue;

        public ObservedState? State { get; set; }

        public long Stamp { get; set; }

        public Queue<UsageSample> Samples { get; } = [];

        public void Sample(MachineState state, long now)
        {
            if (_last != long.MinValue && now - _last < SecondsBetweenSamples)
                return;
            _last = now;
            Samples.Enqueue(SampleOf(state, now));
            Forget(now);
        }

        public void Forget(long now)
        {
            while (Samples.TryPeek(out var oldest) && now - oldest.At > UsageKept.TotalSeconds)
                Samples.Dequeue();
        }
    }
}
