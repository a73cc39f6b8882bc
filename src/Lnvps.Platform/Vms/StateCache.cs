using System.Collections.Concurrent;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Hosting.Hosts;
using Lnvps.Platform.Sharing;

namespace Lnvps.Platform.Vms;

/// <summary>A state as it was seen, with the time of observation on the business clock.</summary>
public sealed record ObservedState(Instant At, MachineState State);

/// <summary>
/// Last known running states (provisioning.md section 20.2), kept for <see cref="Lifetime"/> of real time: longer than twice the check interval,
/// so that a missed check does not blank a running machine. And the usage of the last hour, one sample a minute, because not every host keeps a history.
/// </summary>
/// <param name="shared">Where all processes of the shop have them; while it is away, each has those that it saw itself. Null = this process is alone.</param>
public sealed class StateCache(TimeProvider time, SharedStates? shared = null)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(300);

    /// <summary>How far the usage goes back.</summary>
    public static readonly TimeSpan UsageKept = TimeSpan.FromHours(1);

    // Checks come every 30 s, a little early or late.
    internal const long SecondsBetweenSamples = 55;

    readonly ConcurrentDictionary<VmId, Entry> _states = [];

    public void Put(VmId vm, ObservedState state)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var entry = _states.GetOrAdd(vm, _ => new Entry());
        bool isSample;
        lock (entry)
        {
            (entry.State, entry.Stamp) = (state, time.GetTimestamp());
            isSample = entry.Sample(state.State, now);
        }
        // Nobody waits: what is lost here is seen again by the next check.
        _ = shared?.Put(vm, state, isSample ? SampleOf(state.State, now) : null);
    }

    /// <summary>What this process saw itself or was told last.</summary>
    public ObservedState? Find(VmId vm)
    {
        if (!_states.TryGetValue(vm, out var entry))
            return null;
        lock (entry)
            return time.GetElapsedTime(entry.Stamp) < Lifetime ? entry.State : null;
    }

    /// <summary>
    /// The states of some VMs as far as anybody knows them: at most one call outside, however many there are. What all processes share may have been lost: of a VM that
    /// nothing is known of there, what this process saw or was told still holds, unless the VM was removed.
    /// </summary>
    public async ValueTask<IReadOnlyDictionary<VmId, ObservedState>> FindAll(IReadOnlyCollection<VmId> vms)
    {
        var told = shared is null ? null : await shared.Find(vms);
        var found = new Dictionary<VmId, ObservedState>(vms.Count);
        foreach (var vm in vms)
        {
            if (told is not null && told.Removed.Contains(vm))
                _states.TryRemove(vm, out _);
            // One that comes back after a pause tells what it knew before.
            if (told?.States.GetValueOrDefault(vm) is { } state && !(Find(vm) is { } own && own.At > state.At))
                Remember(vm, state);
            if (Find(vm) is { } known)
                found[vm] = known;
        }
        return found;
    }

    /// <summary>The usage of the last hour, oldest first; empty when it was not seen.</summary>
    public async ValueTask<IReadOnlyList<UsagePoint>> Usage(VmId vm)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        if (shared is not null && await shared.Usage(vm, now) is { Count: > 0 } told)
            return UsagePoint.Of(told);
        if (!_states.TryGetValue(vm, out var entry))
            return [];
        lock (entry)
        {
            entry.Forget(now);
            return UsagePoint.Of([.. entry.Samples]);
        }
    }

    public void Remove(VmId vm)
    {
        _states.TryRemove(vm, out _);
        _ = shared?.Remove(vm);
    }

    /// <summary>What a state tells of a machine's usage.</summary>
    public static UsageSample SampleOf(MachineState state, long at) =>
        new(at, state.CpuUsage, state.MemoryUsage, state.NetIn, state.NetOut, state.DiskWrite, state.DiskRead);

    void Remember(VmId vm, ObservedState state)
    {
        var entry = _states.GetOrAdd(vm, _ => new Entry());
        lock (entry)
        {
            // To be told the same again makes it no younger.
            if (entry.State != state)
                (entry.State, entry.Stamp) = (state, time.GetTimestamp());
        }
    }

    sealed class Entry
    {
        long _last = long.MinValue;

        public ObservedState? State { get; set; }

        public long Stamp { get; set; }

        public Queue<UsageSample> Samples { get; } = [];

        /// <summary>False when the last one is too young.</summary>
        public bool Sample(MachineState state, long now)
        {
            if (_last != long.MinValue && now - _last < SecondsBetweenSamples)
                return false;
            _last = now;
            Samples.Enqueue(SampleOf(state, now));
            Forget(now);
            return true;
        }

        public void Forget(long now)
        {
            while (Samples.TryPeek(out var oldest) && now - oldest.At > UsageKept.TotalSeconds)
                Samples.Dequeue();
        }
    }
}
