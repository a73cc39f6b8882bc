namespace Lnvps.Core.Time;

/// <summary>
/// The business clock: expiry, renewal, grace, lapse of invoices. In development it can be moved ahead of the real one
/// (<see cref="TimeProvider"/>), which signatures, TLS, leases and rate limits keep.
/// </summary>
public interface IClock
{
    /// <summary>Now, in whole seconds of UTC.</summary>
    Instant Now { get; }
}

/// <summary>The business clock of a production system: the real time.</summary>
public sealed class RealClock(TimeProvider time) : IClock
{
    public Instant Now => Instant.From(time.GetUtcNow());
}
