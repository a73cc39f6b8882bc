using Lnvps.Core.Pricing;
using Lnvps.Core.Time;

namespace Lnvps.Core.Vms;

/// <summary>What the host said about a VM (provisioning.md section 17.6).</summary>
public enum HostObservation
{
    /// <summary>The host did not answer, or not completely: nothing may be concluded.</summary>
    Unknown,

    /// <summary>The host answered completely and says that the VM does not exist.</summary>
    Absent,

    /// <summary>Defined, but without its primary disk.</summary>
    WithoutDisk,
    Stopped,
    Running,
}

/// <summary>Everything that the periodic check of one VM decides from. Marks are those of the present <c>expires</c> value only.</summary>
public sealed record VmCheckFacts
{
    public required VmTimes Times { get; init; }

    public required Instant Now { get; init; }

    /// <summary>Billing interval of its plan.</summary>
    public required BillingInterval Interval { get; init; }

    /// <summary>Configuration key <c>delete-after</c>.</summary>
    public required ushort DeleteAfterDays { get; init; }

    public bool ReadOnly { get; init; }

    /// <summary>Automatic renewal is on and the owner has a wallet connection.</summary>
    public bool RenewsItself { get; init; }

    /// <summary>An unpaid payment is still valid, or has been seen on its network and not yet settled.</summary>
    public bool HasPendingPayment { get; init; }

    /// <summary>Mark: "expiring soon" was handled for this expiry.</summary>
    public bool ExpiringSoonHandled { get; init; }

    /// <summary>Mark: when "expired" was recorded for this expiry.</summary>
    public Instant? ExpiredRecordedAt { get; init; }

    /// <summary>Mark: the VM was running at expiry and was stopped for that reason.</summary>
    public bool StoppedByExpiry { get; init; }

    /// <summary>Marker: creation is complete (provisioning.md section 8).</summary>
    public bool Provisioned { get; init; }

    /// <summary>Creation failed before and is not to be tried again earlier.</summary>
    public Instant? NextCreation { get; init; }

    /// <summary>A workflow on this VM is open.</summary>
    public bool WorkUnderWay { get; init; }

    /// <summary>Its deletion is open.</summary>
    public bool DeletionUnderWay { get; init; }

    /// <summary>Marker: its deletion has begun and is not open any more.</summary>
    public bool DeletionGivenUp { get; init; }
}

/// <summary>What the periodic check does for a VM. Whoever carries it out sets the marks of <see cref="VmCheckFacts"/> before or with the effect.</summary>
public enum VmAction
{
    /// <summary>Re-read the row under lock, then delete; no history, no notice to the owner.</summary>
    RemoveUnpaidOrder,

    /// <summary>Notice "expiring soon"; mark it for this expiry.</summary>
    NotifyExpiringSoon,

    /// <summary>Mark it for this expiry, then renew through the owner's wallet, once.</summary>
    RenewFromWallet,

    /// <summary>History <c>expired</c> and notice, once for this expiry; mark it.</summary>
    RecordExpiry,

    /// <summary>Re-read the row under lock, then delete with history and notices.</summary>
    DeleteAfterGrace,

    /// <summary>Stop it, mark it as stopped by expiry; no history, no notice, repeated until it succeeds.</summary>
    StopForExpiry,

    /// <summary>It was paid again: start what expiry had stopped, and clear that mark.</summary>
    StartAfterRenewal,

    /// <summary>It runs again already: clear the mark "stopped by expiry".</summary>
    ForgetStoppedByExpiry,

    /// <summary>Create it on its host.</summary>
    Create,

    /// <summary>Go on with an interrupted creation.</summary>
    ResumeCreation,

    /// <summary>A finished VM is not on its host: look for it on all hosts of the region (<see cref="MissingVm"/>).</summary>
    SearchOtherHosts,

    /// <summary>A finished VM has no disk: alert operators.</summary>
    ReportMissingDisk,

    /// <summary>A deleted VM is still there: delete it on the host and alert operators.</summary>
    FinishDeletion,

    /// <summary>Its deletion was given up half way, and its host answers: take it up again; it is never made anew (provisioning.md section 21.3, D1).</summary>
    ResumeDeletion,
}
