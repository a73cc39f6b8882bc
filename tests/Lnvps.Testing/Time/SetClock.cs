using Lnvps.Core.Time;

namespace Lnvps.Testing.Time;

/// <summary>A business clock that stands until it is moved.</summary>
public sealed class SetClock(Instant now) : IClock
{
    public Instant Now { get; set; } = now;

    public void Advance(TimeSpan by) => Now = Now.Plus(by);
}
