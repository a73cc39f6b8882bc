using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;

namespace Lnvps.Database.Worker;

/// <summary>What the database knows of a VM for its periodic check, in one row.</summary>
public sealed record VmFactsRow
{
    public VmId Id { get; init; }
    public UserId UserId { get; init; }
    public HostId HostId { get; init; }
    public DiskId DiskId { get; init; }
    public Instant Created { get; init; }
    public Instant Expires { get; init; }
    public MacAddress MacAddress { get; init; }
    public bool Deleted { get; init; }

    /// <summary>Of its plan; null for a custom VM.</summary>
    public uint? IntervalAmount { get; init; }
    public IntervalKind? IntervalType { get; init; }

    /// <summary>When it was completely made; null also for a VM older than the markers.</summary>
    public Moment? ProvisionedAt { get; init; }
    /// <summary>Null, as 0, = none.</summary>
    public UnfinishedWork? Unfinished { get; init; }
    public Moment? NextAttempt { get; init; }
    public bool? StoppedByExpiry { get; init; }
    /// <summary>Has a live IPv4 assignment; only asked where it was not completely made.</summary>
    public bool HasIpv4 { get; init; }

    /// <summary>A workflow on it is open.</summary>
    public bool WorkUnderWay { get; init; }
    /// <summary>Its deletion is open.</summary>
    public bool DeletionUnderWay { get; init; }

    /// <summary>Mark of "expiring soon" for the present expiry.</summary>
    public Instant? SoonMarkedAt { get; init; }
    /// <summary>Mark of "expired" for the present expiry.</summary>
    public Instant? ExpiredMarkedAt { get; init; }
    /// <summary>Automatic renewal is on and its owner has a wallet connected.</summary>
    public bool RenewsItself { get; init; }
    public bool HasPendingPayment { get; init; }
}
