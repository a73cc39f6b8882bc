using System.Collections.Concurrent;

namespace Lnvps.Api.Tests.Simulation;

/// <summary>How often what happened, over all seeds: a simulation in which nothing goes wrong proves nothing.</summary>
sealed class Tally
{
    readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);

    public void Add(string what, int times = 1) => _counts.AddOrUpdate(what, times, (_, before) => before + times);

    public int this[string what] => _counts.GetValueOrDefault(what);

    public override string ToString() => string.Join(", ", _counts.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key} {entry.Value}"));
}
