using Lnvps.Core.Time;

namespace Lnvps.Core.Catalogue;

/// <summary>Whether something may be ordered today. Renewals of what was sold never ask (billing.md section 5.2).</summary>
public static class Sale
{
    /// <summary>Enabled, and its <paramref name="expires"/> absent or in the future.</summary>
    public static bool IsOpen(bool enabled, Instant? expires, Instant now) => enabled && (expires is null || expires.Value > now);
}
