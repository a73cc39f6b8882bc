using Lnvps.Core.Time;
using Lnvps.Core.Vms;

namespace Lnvps.Platform.Development;

/// <summary>When the periodic check of a VM will next decide something that it does not decide now.</summary>
public static class NextMoment
{
    /// <summary>The first such moment after now, if nobody pays meanwhile; null when there is none.</summary>
    public static Instant? After(VmCheckFacts facts)
    {
        var moments = facts.Times.IsNew ? OfOrder(facts) : OfPaid(facts);
        return moments.Where(moment => moment > facts.Now).Select(moment => (Instant?)moment).Min(moment => moment);
    }

    static IEnumerable<Instant> OfOrder(VmCheckFacts facts) => [facts.Times.Created.Plus(VmCheck.UnpaidLifetime).PlusSeconds(1)];

    static IEnumerable<Instant> OfPaid(VmCheckFacts facts)
    {
        // The window is open on both sides: it has begun one second after its first bound.
        if (!facts.ExpiringSoonHandled)
            yield return facts.Times.Expires.Plus(-facts.Interval.LeadTime).PlusSeconds(1);
        yield return facts.Times.Expires;
        yield return facts.Times.DueAt(facts.DeleteAfterDays);
        if (facts.ExpiredRecordedAt is { } noticed)
            yield return noticed.Plus(VmCheck.LateNoticeWait);
    }
}
