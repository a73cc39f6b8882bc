namespace Lnvps.Core.Workflows;

/// <summary>
/// When a step that failed for a passing reason is tried again (provisioning.md section 3.2): before repetition k (0, 1, 2 …) the wait is
/// min(cap, first · factor^k); after <paramref name="Retries"/> repetitions the step has failed.
/// </summary>
public sealed record RetryPolicy(TimeSpan First, double Factor, TimeSpan Cap, uint Retries)
{
    /// <summary>1, 2, 4 s: four attempts.</summary>
    public static readonly RetryPolicy Default = new(TimeSpan.FromSeconds(1), 2, TimeSpan.FromSeconds(30), 3);

    /// <summary>3, 6, 12 s: four attempts, for making machines.</summary>
    public static readonly RetryPolicy Creation = new(TimeSpan.FromSeconds(3), 2, TimeSpan.FromSeconds(60), 3);

    /// <summary>Ten attempts over about a day (1, 4, 16 s … 4.6, 18 h), for what must not be given up: deletions and paid upgrades.</summary>
    public static readonly RetryPolicy Stubborn = new(TimeSpan.FromSeconds(1), 4, TimeSpan.FromDays(1), 9);

    /// <summary>Wait before repetition <paramref name="k"/> (0 = the first); null when no repetition is left.</summary>
    /// <param name="jitter">0 … 1: share of the allowed 20 % that is added.</param>
    public TimeSpan? DelayBefore(uint k, double jitter = 0) =>
        k >= Retries ? null : TimeSpan.FromSeconds(Math.Min(Cap.TotalSeconds, First.TotalSeconds * Math.Pow(Factor, k)) * (1 + 0.2 * Math.Clamp(jitter, 0, 1)));
}
