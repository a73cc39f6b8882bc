using Lnvps.Platform.Telemetry;

namespace Lnvps.Platform.Workflows.Engine;

/// <summary>How an engine works.</summary>
/// <param name="Owner">Name of this engine in leases; unique among all engines that ever run on the database. At most 100 characters.</param>
/// <param name="Jitter">Source of numbers from 0 to 1 that spread the attempts (provisioning.md section 3.2).</param>
public sealed record EngineOptions(string Owner, Func<double> Jitter)
{
    /// <summary>Most workflows at a time.</summary>
    public int Parallel { get; init; } = 16;

    /// <summary>Longest time between two looks for work that no signal announced.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>After this time without a renewal another engine takes over. Renewed at a third of it.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Where the engine counts its steps; its own when not given.</summary>
    public ShopMetrics Metrics { get; init; } = new();
}
