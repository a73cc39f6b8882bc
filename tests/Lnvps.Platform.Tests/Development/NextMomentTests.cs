using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Pricing;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Platform.Development;

namespace Lnvps.Platform.Tests.Development;

public sealed class NextMomentTests
{
    const int Day = 86_400;
    static readonly Instant Zero = Instant.Utc(2026, 3, 1);

    static VmCheckFacts Facts(int created, int expires, int now, ushort grace, bool daily, int? noticed, bool told) => new()
    {
        Times = new VmTimes(Zero.PlusSeconds(created), Zero.PlusSeconds(expires), Deleted: false),
        Now = Zero.PlusSeconds(now),
        Interval = daily ? new BillingInterval(1, IntervalKind.Day) : BillingInterval.Month,
        DeleteAfterDays = grace,
        ExpiringSoonHandled = told,
        ExpiredRecordedAt = noticed is { } at ? Zero.PlusSeconds(at) : null,
    };

    [Fact]
    public void A_paid_vm_has_notice_expiry_and_deletion_before_it()
    {
        var facts = Facts(0, 10 * Day, 0, 3, daily: false, noticed: null, told: false);
        Assert.Equal(Zero.PlusSeconds(9 * Day + 1), NextMoment.After(facts));
        facts = facts with { Now = Zero.PlusSeconds(9 * Day + 1), ExpiringSoonHandled = true };
        Assert.Equal(Zero.PlusSeconds(10 * Day), NextMoment.After(facts));
        facts = facts with { Now = Zero.PlusSeconds(10 * Day), ExpiredRecordedAt = Zero.PlusSeconds(10 * Day) };
        Assert.Equal(Zero.PlusSeconds(11 * Day), NextMoment.After(facts));
        facts = facts with { Now = Zero.PlusSeconds(11 * Day) };
        Assert.Equal(Zero.PlusSeconds(13 * Day), NextMoment.After(facts));
        Assert.Null(NextMoment.After(facts with { Now = Zero.PlusSeconds(13 * Day) }));
    }

    [Fact]
    public void An_order_has_its_removal_before_it() =>
        Assert.Equal(Zero.PlusSeconds(Day + 1), NextMoment.After(Facts(0, 0, 5, 3, daily: false, noticed: null, told: false)));

    /// <summary>Nothing is skipped: between now and the next moment the check decides the same at every second.</summary>
    [Fact]
    public void No_decision_falls_between_two_moments()
    {
        var any =
            from created in Gen.Choose(-3 * Day, 0)
            from paid in Gen.Choose(0, 3 * Day)
            from never in Gen.Choose(0, 4)
            from now in Gen.Choose(0, 6 * Day)
            from grace in Gen.Choose(0, 3)
            from daily in Gen.Elements(true, false)
            from late in Gen.Choose(0, 3 * Day)
            from marked in Gen.Choose(0, 2)
            from told in Gen.Elements(true, false)
            from probe in Gen.Choose(1, 6 * Day)
            let expires = never == 0 ? created : created + paid
            select (Facts: Facts(created, expires, now, (ushort)grace, daily, marked == 0 ? null : Math.Min(now, expires + late), told), Probe: probe);
        Prop.ForAll(any.ToArbitrary(), pair =>
        {
            var next = NextMoment.After(pair.Facts);
            var probe = pair.Facts.Now.PlusSeconds(pair.Probe);
            if (next <= probe)
                probe = next.Value.PlusSeconds(-1);
            var before = VmCheck.WithoutHost(pair.Facts);
            return VmCheck.WithoutHost(pair.Facts with { Now = probe }).All(action => before.Contains(action));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
    }
}
