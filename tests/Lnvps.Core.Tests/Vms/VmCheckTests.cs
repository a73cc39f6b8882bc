using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Capacity;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Pricing;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using static Lnvps.Core.Vms.HostObservation;

namespace Lnvps.Core.Tests.Vms;

/// <summary>provisioning.md sections 17.2–17.8 and W9 of section 21.</summary>
public class VmCheckTests
{
    const int Day = 86_400;

    static readonly Instant Expires = Instant.Utc(2025, 2, 1);

    static VmCheckFacts At(int secondsAfterExpiry) => new()
    {
        Times = new VmTimes(Instant.Utc(2025, 1, 1), Expires, Deleted: false),
        Now = Expires.PlusSeconds(secondsAfterExpiry),
        Interval = BillingInterval.Month,
        DeleteAfterDays = 3,
        Provisioned = true,
    };

    static VmCheckFacts Order(int age) => At(0) with { Times = new VmTimes(Expires, Expires, Deleted: false), Now = Expires.PlusSeconds(age), Provisioned = false };

    static IReadOnlyList<VmAction> Plain(VmCheckFacts facts) => VmCheck.WithoutHost(facts);

    static IReadOnlyList<VmAction> Seen(VmCheckFacts facts, HostObservation seen) => VmCheck.WithHost(facts, seen);

    [Fact]
    public void Unpaid_orders_go_after_a_day_unless_a_payment_is_pending()
    {
        Assert.Empty(Plain(Order(Day)));
        Assert.Equal([VmAction.RemoveUnpaidOrder], Plain(Order(Day + 1)));
        Assert.Empty(Plain(Order(Day + 1) with { HasPendingPayment = true }));
        Assert.Empty(Plain(Order(Day + 1) with { DeletionUnderWay = true }));
        Assert.All(Enum.GetValues<HostObservation>(), seen => Assert.Empty(Seen(Order(Day + 1), seen)));
    }

    [Fact]
    public void The_expiry_notice_comes_once_and_goes_to_the_wallet_if_there_is_one()
    {
        Assert.Empty(Plain(At(-Day)));
        Assert.Equal([VmAction.NotifyExpiringSoon], Plain(At(-Day + 1)));
        Assert.Equal([VmAction.RenewFromWallet], Plain(At(-1) with { RenewsItself = true }));
        Assert.Empty(Plain(At(-1) with { ExpiringSoonHandled = true }));
        Assert.DoesNotContain(VmAction.NotifyExpiringSoon, Plain(At(0)));
    }

    [Fact]
    public void Expiry_is_recorded_once_whatever_the_host_says()
    {
        Assert.Equal([VmAction.RecordExpiry], Plain(At(0)));
        Assert.Empty(Plain(At(30) with { ExpiredRecordedAt = Expires }));
    }

    [Fact]
    public void Grace_ends_with_deletion()
    {
        var noticed = At(3 * Day) with { ExpiredRecordedAt = Expires };
        Assert.Empty(Plain(noticed with { Now = Expires.PlusSeconds(3 * Day - 1) }));
        Assert.Equal([VmAction.DeleteAfterGrace], Plain(noticed));
        Assert.Empty(Plain(noticed with { HasPendingPayment = true }));
        Assert.Empty(Plain(noticed with { DeletionUnderWay = true }));
        Assert.Empty(Plain(noticed with { ReadOnly = true }));
        Assert.Equal([VmAction.DeleteAfterGrace], Plain(noticed with { WorkUnderWay = true }));
    }

    [Fact]
    public void W9_without_an_earlier_notice_deletion_waits_a_day()
    {
        var late = At(10 * Day);
        Assert.Equal([VmAction.RecordExpiry], Plain(late));
        var noticed = late with { ExpiredRecordedAt = late.Now };
        Assert.Empty(Plain(noticed));
        Assert.Empty(Plain(noticed with { Now = late.Now.PlusSeconds(Day - 1) }));
        Assert.Equal([VmAction.DeleteAfterGrace], Plain(noticed with { Now = late.Now.PlusSeconds(Day) }));
    }

    [Fact]
    public void A_notice_within_the_grace_period_delays_nothing() =>
        Assert.Equal([VmAction.DeleteAfterGrace], Plain(At(3 * Day) with { ExpiredRecordedAt = Expires.PlusSeconds(3 * Day - 1) }));

    [Fact]
    public void Without_grace_deletion_comes_with_the_first_check() =>
        Assert.Equal([VmAction.RecordExpiry, VmAction.DeleteAfterGrace], Plain(At(0) with { DeleteAfterDays = 0 }));

    [Fact]
    public void What_is_found_on_the_host()
    {
        var active = At(-10 * Day);
        Assert.Empty(Seen(active, Running));
        Assert.Empty(Seen(active, Stopped));
        Assert.Equal([VmAction.SearchOtherHosts], Seen(active, Absent));
        Assert.Equal([VmAction.ReportMissingDisk], Seen(active, WithoutDisk));

        var unfinished = active with { Provisioned = false };
        Assert.Equal([VmAction.Create], Seen(unfinished, Absent));
        Assert.All(new[] { WithoutDisk, Stopped, Running }, seen => Assert.Equal([VmAction.ResumeCreation], Seen(unfinished, seen)));
        Assert.Empty(Seen(unfinished with { ReadOnly = true }, Absent));
        Assert.Empty(Seen(unfinished with { NextCreation = unfinished.Now.PlusSeconds(1) }, Absent));
        Assert.Equal([VmAction.Create], Seen(unfinished with { NextCreation = unfinished.Now }, Absent));

        var grace = At(Day);
        Assert.Equal([VmAction.StopForExpiry], Seen(grace, Running));
        Assert.All(new[] { Absent, WithoutDisk, Stopped }, seen => Assert.Empty(Seen(grace, seen)));

        var deleted = active with { Times = active.Times with { Deleted = true } };
        Assert.Empty(Seen(deleted, Absent));
        Assert.Empty(Plain(deleted));
        Assert.All(new[] { WithoutDisk, Stopped, Running }, seen => Assert.Equal([VmAction.FinishDeletion], Seen(deleted, seen)));
        Assert.Empty(Seen(deleted with { ReadOnly = true }, Running));
    }

    [Fact]
    public void Only_what_expiry_stopped_is_started_again()
    {
        var renewed = At(-10 * Day) with { StoppedByExpiry = true };
        Assert.Equal([VmAction.StartAfterRenewal], Seen(renewed, Stopped));
        Assert.Equal([VmAction.ForgetStoppedByExpiry], Seen(renewed, Running));
        Assert.Empty(Seen(renewed with { StoppedByExpiry = false }, Stopped));
    }

    [Fact]
    public void D1_a_deletion_that_was_given_up_is_taken_up_again_and_nothing_else_happens()
    {
        foreach (var facts in new[] { At(-10 * Day), At(Day), At(-10 * Day) with { Provisioned = false }, Order(Day) })
        {
            var givenUp = facts with { DeletionGivenUp = true };
            Assert.All(new[] { Absent, WithoutDisk, Stopped, Running }, seen => Assert.Equal([VmAction.ResumeDeletion], Seen(givenUp, seen)));
            Assert.Empty(Seen(givenUp, Unknown));
            Assert.Empty(Seen(givenUp with { ReadOnly = true }, Absent));
            Assert.Empty(Seen(givenUp with { DeletionUnderWay = true }, Absent));
        }
        var deleted = At(Day) with { DeletionGivenUp = true, Times = At(Day).Times with { Deleted = true } };
        Assert.Equal([VmAction.FinishDeletion], Seen(deleted, Running));
        Assert.Empty(Seen(deleted, Absent));
    }

    static Gen<VmCheckFacts> AnyFacts() =>
        from created in Gen.Choose(-3 * Day, 0)
        from flags in Gen.Choose(0, 2_047)
        from after in Gen.Choose(-5 * Day, 10 * Day)
        from days in Gen.Choose(0, 3)
        from kind in Gen.Elements(IntervalKind.Day, IntervalKind.Month)
        let facts = At(after)
        select facts with
        {
            Times = new VmTimes(Expires.PlusSeconds(created), Expires, (flags & 1) != 0),
            Interval = new BillingInterval(1, kind),
            DeleteAfterDays = (ushort)days,
            ReadOnly = (flags & 2) != 0,
            RenewsItself = (flags & 4) != 0,
            HasPendingPayment = (flags & 8) != 0,
            ExpiringSoonHandled = (flags & 16) != 0,
            ExpiredRecordedAt = (flags & 32) != 0 ? Expires : null,
            StoppedByExpiry = (flags & 64) != 0,
            Provisioned = (flags & 128) != 0,
            WorkUnderWay = (flags & 256) != 0,
            DeletionUnderWay = (flags & 512) != 0,
            DeletionGivenUp = (flags & 1024) != 0,
        };

    /// <summary>Property 9: a host that does not answer never causes anything on a host.</summary>
    [Fact]
    public void Silence_concludes_nothing() =>
        Prop.ForAll(AnyFacts().ToArbitrary(), facts => Seen(facts, Unknown).Count == 0).QuickCheckThrowOnFailure();

    [Fact]
    public void Nothing_is_deleted_that_is_paid_or_about_to_be() =>
        Prop.ForAll(AnyFacts().ToArbitrary(), facts =>
        {
            var actions = VmCheck.All(facts, Running);
            var deletes = actions.Contains(VmAction.DeleteAfterGrace) || actions.Contains(VmAction.RemoveUnpaidOrder);
            return !deletes || (!facts.HasPendingPayment && !facts.Times.IsActive(facts.Now) && !facts.Times.Deleted);
        }).QuickCheckThrowOnFailure();

    /// <summary>Property 10: carried out and marked, a check repeats none of its once-only actions.</summary>
    [Fact]
    public void A_marked_notice_is_not_repeated() =>
        Prop.ForAll(AnyFacts().ToArbitrary(), facts =>
        {
            var actions = Plain(facts);
            var marked = facts with
            {
                ExpiringSoonHandled = facts.ExpiringSoonHandled || actions.Contains(VmAction.NotifyExpiringSoon) || actions.Contains(VmAction.RenewFromWallet),
                ExpiredRecordedAt = facts.ExpiredRecordedAt ?? (actions.Contains(VmAction.RecordExpiry) ? facts.Now : null),
                DeletionUnderWay = facts.DeletionUnderWay || actions.Contains(VmAction.DeleteAfterGrace) || actions.Contains(VmAction.RemoveUnpaidOrder),
            };
            return Plain(marked).Count == 0;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_lost_machine_is_rebuilt_only_when_every_host_said_no()
    {
        var here = new Placement(new HostId(1), new DiskId(1));
        Assert.Equal(MissingVmVerdict.Moved, MissingVm.Conclude([here], allAnswered: false));
        Assert.Equal(MissingVmVerdict.Lost, MissingVm.Conclude([], allAnswered: true));
        Assert.Equal(MissingVmVerdict.Unclear, MissingVm.Conclude([], allAnswered: false));
        Assert.Equal(MissingVmVerdict.Unclear, MissingVm.Conclude([here, here], allAnswered: true));
    }

    [Fact]
    public void Failed_creations_are_retried_with_growing_pauses() =>
        Assert.Equal([1, 2, 5, 15, 60, 60], Enumerable.Range(1, 6).Select(n => (int)Creation.DelayAfter(n).TotalMinutes));

    [Theory]
    [InlineData("52:54:00:00:00:01", true, Running, true)]
    [InlineData("52:54:00:00:00:01", true, Stopped, true)]
    [InlineData("52:54:00:00:00:01", true, WithoutDisk, false)]
    [InlineData("52:54:00:00:00:01", true, Unknown, false)]
    [InlineData("52:54:00:00:00:01", false, Running, false)]
    [InlineData("ff:ff:ff:ff:ff:ff", true, Running, false)]
    public void Old_databases_without_markers(string mac, bool hasIpv4, HostObservation seen, bool complete) =>
        Assert.Equal(complete, Creation.LooksComplete(MacAddress.Parse(mac), hasIpv4, seen));
}
