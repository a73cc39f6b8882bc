using Lnvps.Core.Identity;

namespace Lnvps.Platform.Workflows;

/// <summary>Who wants a machine started or stopped.</summary>
public enum PowerCause
{
    /// <summary>Its owner.</summary>
    Owner,
    /// <summary>An operator.</summary>
    Operator,
    /// <summary>Stop: its time is over; no history row, that of the expiry is another's. Start: it was paid for again after expiry had stopped it.</summary>
    Expiry,
    /// <summary>Start: it had been stopped for an upgrade that was given up; no history row.</summary>
    Upgrade,
}

/// <param name="By">The owner or the operator; null where the system wants it or the operator is not known.</param>
public sealed record VmPowerInput(PowerCause Cause, UserId? By);
