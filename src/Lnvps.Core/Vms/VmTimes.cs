using Lnvps.Core.Outcomes;
using Lnvps.Core.Pricing;
using Lnvps.Core.Time;

namespace Lnvps.Core.Vms;

/// <summary>What the row of a VM says about its life (provisioning.md section 1, customer-api.md section 1.8).</summary>
public readonly record struct VmTimes(Instant Created, Instant Expires, bool Deleted)
{
    /// <summary>Ordered and never paid: both times are the order's.</summary>
    public bool IsNew => !Deleted && Created == Expires;

    /// <summary>Paid for now.</summary>
    public bool IsActive(Instant now) => !Deleted && Expires > now;

    /// <summary>Was paid, and the time is over.</summary>
    public bool IsExpired(Instant now) => !Deleted && !IsNew && Expires <= now;

    /// <summary>Expired, and its data is still kept.</summary>
    public bool IsInGrace(Instant now, ushort deleteAfterDays) => IsExpired(now) && now < DueAt(deleteAfterDays);

    /// <summary>Expired beyond the grace period.</summary>
    public bool IsDue(Instant now, ushort deleteAfterDays) => IsExpired(now) && DueAt(deleteAfterDays) <= now;

    /// <summary>End of the grace period: expiry + <c>delete-after</c> days.</summary>
    public Instant DueAt(ushort deleteAfterDays) => Expires.PlusSeconds(deleteAfterDays * 86_400L);

    /// <summary>Days until deletion as notices name them: begun days count, none when it is due.</summary>
    public int DaysUntilDeletion(Instant now, ushort deleteAfterDays) => (int)((Math.Max(0, DueAt(deleteAfterDays).SecondsSince(now)) + 86_399) / 86_400);

    /// <summary>now &lt; expires &lt; now + lead time of the interval (provisioning.md section 17.2). False for what has expired already.</summary>
    public bool IsExpiringSoon(Instant now, BillingInterval interval) => IsActive(now) && Expires < now.Plus(interval.LeadTime);

    /// <summary>Whether it takes room on its host: paid once and not deleted, or held by an open first payment (provisioning.md sections 4.1, 4.7).</summary>
    public bool HoldsRoom(bool hasOpenFirstPayment) => !Deleted && (!IsNew || hasOpenFirstPayment);

    /// <summary>Whether start, restart and re-install may go on: null, 404 for a deleted VM, 402 for an expired or never paid one.</summary>
    public Refusal? MayRun(Instant now)
    {
        if (Deleted)
            return Refusal.NotFound("VM not found");
        return IsActive(now) ? null : Refusal.PaymentRequired(IsNew ? "VM is not paid" : "VM is expired");
    }

    public VmStage StageAt(Instant now, ushort deleteAfterDays, bool provisioned)
    {
        if (Deleted)
            return VmStage.Deleted;
        if (IsNew)
            return VmStage.Ordered;
        if (IsActive(now))
            return provisioned ? VmStage.Active : VmStage.Provisioning;
        return IsDue(now, deleteAfterDays) ? VmStage.Due : VmStage.Grace;
    }
}

/// <summary>State of the business with a VM; its running state on the host is separate (provisioning.md section 17.1).</summary>
public enum VmStage
{
    Ordered,
    Provisioning,
    Active,
    Grace,
    Due,
    Deleted,
}
