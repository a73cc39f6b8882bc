using Lnvps.Core.Identity;

namespace Lnvps.Hosting.LibVirt;

/// <summary>Turns the machines' growing CPU time into a share of their cores, from one look to the next.</summary>
sealed class CpuMeter(TimeProvider time)
{
    // Two looks in quick succession (a list and a single one) would measure noise.
    static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    readonly Lock _gate = new();
    readonly Dictionary<VmId, (ulong CpuNanos, long At, double Usage)> _seen = [];

    /// <param name="cpuNanos">CPU time used so far; smaller than before after a restart of the machine.</param>
    /// <returns>0…1; 0 at the first look and after a restart.</returns>
    public double Look(VmId vm, ulong cpuNanos, ulong cores)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            var usage = 0.0;
            if (_seen.TryGetValue(vm, out var last) && cpuNanos >= last.CpuNanos)
            {
                var wall = time.GetElapsedTime(last.At, now);
                if (wall < Shortest)
                    return last.Usage;
                usage = cores == 0 ? 0 : Math.Clamp((cpuNanos - last.CpuNanos) / (wall.TotalNanoseconds * cores), 0, 1);
            }
            _seen[vm] = (cpuNanos, now, usage);
            return usage;
        }
    }

    /// <summary>Forgets all machines but these.</summary>
    public void Keep(IReadOnlyDictionary<VmId, Hosts.MachineState> present)
    {
        lock (_gate)
        {
            foreach (var gone in _seen.Keys.Where(vm => !present.ContainsKey(vm)).ToArray())
                _seen.Remove(gone);
        }
    }
}
