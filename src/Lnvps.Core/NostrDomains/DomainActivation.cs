using Lnvps.Core.Time;

namespace Lnvps.Core.NostrDomains;

/// <summary>Where the DNS of a customer's domain points.</summary>
public enum DomainSight
{
    /// <summary>It could not be told: a time-out, or a resolver that failed.</summary>
    Unknown,
    /// <summary>To at least one address of the platform's name server of Nostr addresses.</summary>
    Here,
    /// <summary>Elsewhere or nowhere, says an authority.</summary>
    Elsewhere,
}

/// <summary>What becomes of a customer's domain.</summary>
public enum DomainChange { None, Enable, Disable, Delete }

/// <summary>The life of a customer's domain for Nostr names: enabled while its DNS points here, removed when it has not for a week (nostr.md section 7.2).</summary>
public static class DomainActivation
{
    /// <summary>How long a domain that is not enabled is kept.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    /// <param name="missedBefore">The check before this one saw it point elsewhere too; one miss alone takes no domain out of service.</param>
    /// <param name="lastChange">When it was registered, enabled or disabled.</param>
    public static DomainChange Judge(bool enabled, DomainSight sight, bool missedBefore, Instant lastChange, Instant now) => (enabled, sight) switch
    {
        (false, DomainSight.Here) => DomainChange.Enable,
        (true, DomainSight.Elsewhere) when missedBefore => DomainChange.Disable,
        (false, DomainSight.Elsewhere) when lastChange < now.Plus(-Kept) => DomainChange.Delete,
        _ => DomainChange.None,
    };
}
