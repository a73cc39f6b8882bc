namespace Lnvps.Core.Vms;

/// <summary>
/// The periodic check of one VM as a decision (provisioning.md sections 16.5, 17.2–17.6, 17.8). The first half needs no host, so that a silent one holds up
/// neither notices nor deletions; the second half acts on what a host definitely said.
/// </summary>
public static class VmCheck
{
    /// <summary>Age at which an order that was never paid is removed.</summary>
    public static readonly TimeSpan UnpaidLifetime = TimeSpan.FromHours(24);

    /// <summary>How long deletion waits after an "expired" notice that came only when the grace period was already over (W9).</summary>
    public static readonly TimeSpan LateNoticeWait = TimeSpan.FromHours(24);

    /// <summary>Rules that hold whether or not the host answers, in order.</summary>
    public static IReadOnlyList<VmAction> WithoutHost(VmCheckFacts facts)
    {
        var times = facts.Times;
        if (times.IsNew)
            return IsOverdueOrder(facts) ? [VmAction.RemoveUnpaidOrder] : [];
        if (times.IsExpiringSoon(facts.Now, facts.Interval) && !facts.ExpiringSoonHandled)
            return [facts.RenewsItself ? VmAction.RenewFromWallet : VmAction.NotifyExpiringSoon];
        if (!times.IsExpired(facts.Now))
            return [];
        var actions = new List<VmAction>(2);
        if (facts.ExpiredRecordedAt is null)
            actions.Add(VmAction.RecordExpiry);
        if (MayDelete(facts))
            actions.Add(VmAction.DeleteAfterGrace);
        return actions;
    }

    /// <summary>Rules that follow from what the host said. An unknown answer changes nothing, and never-paid VMs are not looked at.</summary>
    public static IReadOnlyList<VmAction> WithHost(VmCheckFacts facts, HostObservation seen)
    {
        if (seen == HostObservation.Unknown || facts.WorkUnderWay || facts.DeletionUnderWay)
            return [];
        if (facts.DeletionGivenUp && !facts.Times.Deleted)
            return facts.ReadOnly ? [] : [VmAction.ResumeDeletion];
        if (facts.Times.IsNew)
            return [];
        if (facts.Times.Deleted)
            return seen != HostObservation.Absent && !facts.ReadOnly ? [VmAction.FinishDeletion] : [];
        if (facts.Times.IsExpired(facts.Now))
            return seen == HostObservation.Running ? [VmAction.StopForExpiry] : [];
        return facts.Provisioned ? OfFinished(facts, seen) : OfUnfinished(facts, seen);
    }

    /// <summary>Both halves: what a <c>CheckVm</c> job does.</summary>
    public static IReadOnlyList<VmAction> All(VmCheckFacts facts, HostObservation seen) => [.. WithoutHost(facts), .. WithHost(facts, seen)];

    static IReadOnlyList<VmAction> OfFinished(VmCheckFacts facts, HostObservation seen) => seen switch
    {
        HostObservation.Absent => [VmAction.SearchOtherHosts],
        HostObservation.WithoutDisk => [VmAction.ReportMissingDisk],
        HostObservation.Stopped when facts.StoppedByExpiry => [VmAction.StartAfterRenewal],
        HostObservation.Running when facts.StoppedByExpiry => [VmAction.ForgetStoppedByExpiry],
        _ => [],
    };

    static IReadOnlyList<VmAction> OfUnfinished(VmCheckFacts facts, HostObservation seen)
    {
        if (facts.ReadOnly || facts.NextCreation > facts.Now)
            return [];
        return [seen == HostObservation.Absent ? VmAction.Create : VmAction.ResumeCreation];
    }

    static bool IsOverdueOrder(VmCheckFacts facts) =>
        !facts.HasPendingPayment && !facts.DeletionUnderWay && facts.Times.Created.Plus(UnpaidLifetime) < facts.Now;

    static bool MayDelete(VmCheckFacts facts)
    {
        if (!facts.Times.IsDue(facts.Now, facts.DeleteAfterDays) || facts.HasPendingPayment || facts.ReadOnly || facts.DeletionUnderWay)
            return false;
        if (facts.DeleteAfterDays == 0)
            return true;
        if (facts.ExpiredRecordedAt is not { } noticed)
            return false;
        return noticed < facts.Times.DueAt(facts.DeleteAfterDays) || noticed.Plus(LateNoticeWait) <= facts.Now;
    }
}
