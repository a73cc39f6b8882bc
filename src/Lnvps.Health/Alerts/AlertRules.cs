namespace Lnvps.Health.Alerts;

/// <summary>What is remembered of a check between its runs (health.md section 4).</summary>
/// <param name="LastAlert">When somebody was last told that it fails, on a monotonic clock; null = not since it last passed.</param>
/// <param name="OwesRecovery">Somebody was told that it fails, and nobody that it passes again.</param>
readonly record struct AlertState(TimeSpan? LastAlert, bool OwesRecovery);

/// <summary>What is to be told after a run.</summary>
enum AlertDeed
{
    Nothing,

    /// <summary>That the check fails.</summary>
    Alert,

    /// <summary>It fails, but that was told a short while ago.</summary>
    CoolingDown,

    /// <summary>That the check passes again.</summary>
    Recovery,
}

/// <summary>When operators are told. Times are of a monotonic clock.</summary>
static class AlertRules
{
    public static AlertDeed Decide(AlertState state, bool isGood, TimeSpan now, TimeSpan cooldown)
    {
        if (isGood)
            return state.OwesRecovery ? AlertDeed.Recovery : AlertDeed.Nothing;
        return state.LastAlert is { } last && now - last < cooldown ? AlertDeed.CoolingDown : AlertDeed.Alert;
    }

    /// <summary>What is remembered after the deed.</summary>
    /// <param name="told">Somebody was reached, or there is nobody to be reached. Nobody reached: the next run tries again.</param>
    public static AlertState After(AlertState state, AlertDeed deed, TimeSpan now, bool told) => deed switch
    {
        AlertDeed.Alert when told => new AlertState(now, OwesRecovery: true),
        AlertDeed.Recovery => new AlertState(null, OwesRecovery: !told),
        AlertDeed.Nothing => default,
        _ => state,
    };
}
