using Lnvps.Core.Catalogue;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Pricing;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;

namespace Lnvps.Core.Tests.Vms;

/// <summary>provisioning.md sections 1, 17.1 and 17.2.</summary>
public class VmTimesTests
{
    static readonly Instant Ordered = Instant.Utc(2025, 1, 1);
    static readonly Instant Expires = Instant.Utc(2025, 2, 1);

    static readonly VmTimes New = new(Ordered, Ordered, Deleted: false);
    static readonly VmTimes Paid = new(Ordered, Expires, Deleted: false);

    [Theory]
    [InlineData(-1, VmStage.Active)]
    [InlineData(0, VmStage.Grace)]
    [InlineData(3 * 86_400 - 1, VmStage.Grace)]
    [InlineData(3 * 86_400, VmStage.Due)]
    public void Stages_of_a_paid_machine(int secondsAfterExpiry, VmStage stage)
    {
        var now = Expires.PlusSeconds(secondsAfterExpiry);
        Assert.Equal(stage, Paid.StageAt(now, 3, provisioned: true));
        Assert.Equal(stage == VmStage.Active, Paid.IsActive(now));
        Assert.Equal(stage == VmStage.Grace, Paid.IsInGrace(now, 3));
        Assert.Equal(stage == VmStage.Due, Paid.IsDue(now, 3));
        Assert.Equal(stage != VmStage.Active, Paid.IsExpired(now));
    }

    [Fact]
    public void Other_stages()
    {
        Assert.Equal(VmStage.Provisioning, Paid.StageAt(Ordered, 3, provisioned: false));
        Assert.Equal(VmStage.Ordered, New.StageAt(Expires, 3, provisioned: false));
        Assert.Equal(VmStage.Deleted, (Paid with { Deleted = true }).StageAt(Ordered, 3, provisioned: true));
        Assert.Equal(VmStage.Due, Paid.StageAt(Expires, 0, provisioned: true));
        Assert.False(New.IsExpired(Expires));
        Assert.False((New with { Deleted = true }).IsNew);
    }

    [Theory]
    [InlineData(1, IntervalKind.Month, 86_400, false)]
    [InlineData(1, IntervalKind.Month, 86_399, true)]
    [InlineData(1, IntervalKind.Month, 1, true)]
    [InlineData(1, IntervalKind.Month, 0, false)]
    [InlineData(1, IntervalKind.Month, -100, false)]
    [InlineData(1, IntervalKind.Day, 43_200, false)]
    [InlineData(1, IntervalKind.Day, 43_199, true)]
    public void The_notice_window(uint amount, IntervalKind kind, int secondsLeft, bool inside) =>
        Assert.Equal(inside, Paid.IsExpiringSoon(Expires.PlusSeconds(-secondsLeft), new BillingInterval(amount, kind)));

    [Theory]
    [InlineData(0, 3)]
    [InlineData(1, 3)]
    [InlineData(2 * 86_400, 1)]
    [InlineData(3 * 86_400, 0)]
    [InlineData(30 * 86_400, 0)]
    public void Days_until_deletion(int secondsAfterExpiry, int days) => Assert.Equal(days, Paid.DaysUntilDeletion(Expires.PlusSeconds(secondsAfterExpiry), 3));

    [Fact]
    public void Running_needs_paid_time()
    {
        Assert.Null(Paid.MayRun(Ordered));
        Assert.Equal(RefusalKind.PaymentRequired, Paid.MayRun(Expires)!.Kind);
        Assert.Equal(RefusalKind.PaymentRequired, New.MayRun(Ordered)!.Kind);
        Assert.Equal(Refusal.NotFound("VM not found"), (Paid with { Deleted = true }).MayRun(Ordered));
    }

    [Fact]
    public void Room_is_held_from_the_first_open_payment_until_deletion()
    {
        Assert.False(New.HoldsRoom(hasOpenFirstPayment: false));
        Assert.True(New.HoldsRoom(hasOpenFirstPayment: true));
        Assert.True(Paid.HoldsRoom(hasOpenFirstPayment: false));
        Assert.False((Paid with { Deleted = true }).HoldsRoom(hasOpenFirstPayment: true));
    }

    [Fact]
    public void What_is_shown_without_a_sample()
    {
        Assert.Equal(VmPower.Creating, VmRunningState.Shown(cached: null, isActive: true, provisioned: false).Power);
        Assert.Equal(VmRunningState.None, VmRunningState.Shown(cached: null, isActive: true, provisioned: true));
        Assert.Equal(VmPower.Stopped, VmRunningState.Shown(cached: null, isActive: false, provisioned: false).Power);
        var sample = VmRunningState.None with { Power = VmPower.Running };
        Assert.Same(sample, VmRunningState.Shown(sample, isActive: true, provisioned: false));
    }
}
