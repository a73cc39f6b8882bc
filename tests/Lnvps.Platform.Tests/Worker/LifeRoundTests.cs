using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Database.Vms;
using Lnvps.Platform.Worker;
using Lnvps.Testing.Databases;
using static Lnvps.Platform.Tests.Worker.WorkerRig;

namespace Lnvps.Platform.Tests.Worker;

/// <summary>The rows of table 17.1 that need no host, and W9.</summary>
public sealed class LifeRoundTests
{
    const long Hour = 3600;
    const long Day = 24 * Hour;

    static Task<VmRound> Round(WorkerRig rig) => rig.Vms().Round(CancellationToken.None);

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task An_order_that_stays_unpaid_for_a_day_is_removed_without_a_word(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Vm(created: 0, expires: 0);

        rig.At(Day);
        Assert.False((await Round(rig)).DidSomething);
        rig.At(Day + 1);
        Assert.Equal(1, (await Round(rig)).OrdersRemoved);
        Assert.Equal(["delete-vm"], await rig.Asked(vm));

        Assert.False((await Round(rig)).DidSomething);
        Assert.Equal(["delete-vm"], await rig.Asked(vm));
        Assert.Empty(await rig.History(vm));
        Assert.Empty(await rig.Titles(Customer));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task An_order_is_spared_while_its_invoice_can_be_paid(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Vm(created: 0, expires: 0);
        await rig.OpenPayment(vm, Day + 600);

        rig.At(Day + 599);
        Assert.False((await Round(rig)).DidSomething);
        rig.At(Day + 600);
        Assert.Equal(1, (await Round(rig)).OrdersRemoved);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_paid_order_is_no_order_any_more(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Vm(created: 0, expires: 30 * Day);
        rig.At(2 * Day);
        Assert.Equal(0, (await Round(rig)).OrdersRemoved);
        Assert.DoesNotContain("delete-vm", await rig.Asked(vm));
    }

    public static TheoryData<DatabaseKind, uint, long> Windows
    {
        get
        {
            var data = new TheoryData<DatabaseKind, uint, long>();
            foreach (var kind in Enum.GetValues<DatabaseKind>())
            {
                data.Add(kind, Daily.Value, 12 * Hour);
                data.Add(kind, Monthly.Value, Day);
                data.Add(kind, Yearly.Value, Day);
            }
            return data;
        }
    }

    [Theory, MemberData(nameof(Windows))]
    public async Task The_owner_is_told_half_an_interval_ahead_but_at_most_a_day(DatabaseKind kind, uint template, long window)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Vm(expires: 10 * Day, template: new TemplateId(template));
        await MarkBuilt(rig, vm);

        rig.At(10 * Day - window);
        Assert.False((await Round(rig)).DidSomething);
        rig.At(10 * Day - window + 1);
        Assert.Equal(1, (await Round(rig)).Noticed);
        Assert.Equal([$"[VM{vm}] Expiring Soon"], await rig.Titles(Customer));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Each_expiry_is_announced_once_and_recorded_once(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Vm(expires: 10 * Day);
        await MarkBuilt(rig, vm);

        rig.At(10 * Day - 600);
        Assert.Equal(1, (await Round(rig)).Noticed);
        Assert.False((await Round(rig)).DidSomething);
        rig.At(10 * Day);
        Assert.Equal(1, (await Round(rig)).Expired);
        Assert.False((await Round(rig)).DidSomething);
        Assert.Equal([VmHistoryAction.Expired], await rig.History(vm));

        // Paid again: another expiry, told and recorded on its own.
        await rig.Execute("UPDATE vm SET expires = @expires WHERE id = @vm", new { expires = Noon.PlusSeconds(20 * Day), vm });
        Assert.False((await Round(rig)).DidSomething);
        rig.At(20 * Day - 1);
        await Round(rig);
        rig.At(20 * Day + 1);
        await Round(rig);
        Assert.Equal([VmHistoryAction.Expired, VmHistoryAction.Expired], await rig.History(vm));
        string[] twice = [$"[VM{vm}] Expiring Soon", $"[VM{vm}] Expired"];
        Assert.Equal([.. twice, .. twice], await rig.Titles(Customer));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task What_expired_while_nobody_looked_is_not_announced_as_expiring(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Vm(expires: 10 * Day);
        rig.At(10 * Day + 1);
        await Round(rig);
        Assert.Equal([$"[VM{vm}] Expired"], await rig.Titles(Customer));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task When_grace_is_over_the_vm_is_deleted(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Vm(expires: 0);
        await Round(rig);
        rig.At(3 * Day - 1);
        Assert.Equal(0, (await Round(rig)).DeletionsAsked);
        rig.At(3 * Day);
        Assert.Equal(1, (await Round(rig)).DeletionsAsked);
        Assert.Equal(0, (await Round(rig)).DeletionsAsked);
        Assert.Equal(["delete-vm"], await rig.Asked(vm));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Deletion_waits_for_a_payment_that_can_still_arrive(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Vm(expires: 0);
        await Round(rig);
        await rig.OpenPayment(vm, 3 * Day + 600);
        rig.At(3 * Day);
        Assert.Equal(0, (await Round(rig)).DeletionsAsked);
        rig.At(3 * Day + 600);
        Assert.Equal(1, (await Round(rig)).DeletionsAsked);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Read_only_mode_tells_but_does_not_delete(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind, readOnly: true);
        var vm = await rig.Vm(expires: 0);
        await Round(rig);
        rig.At(30 * Day);
        Assert.False((await Round(rig)).DidSomething);
        Assert.Empty(await rig.Asked(vm));
        Assert.Equal([VmHistoryAction.Expired], await rig.History(vm));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Without_a_grace_period_the_first_check_deletes(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind, deleteAfter: 0);
        var vm = await rig.Vm(expires: 0);
        var round = await Round(rig);
        Assert.Equal((1, 1), (round.Expired, round.DeletionsAsked));
        Assert.Equal(["delete-vm"], await rig.Asked(vm));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task W9_after_a_long_absence_the_owner_is_told_a_day_before_the_deletion(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Vm(expires: 0);
        rig.At(40 * Day);
        var round = await Round(rig);
        Assert.Equal((1, 0), (round.Expired, round.DeletionsAsked));
        rig.At(41 * Day - 1);
        Assert.Equal(0, (await Round(rig)).DeletionsAsked);
        rig.At(41 * Day);
        Assert.Equal(1, (await Round(rig)).DeletionsAsked);
        Assert.Equal([$"[VM{vm}] Expired"], await rig.Titles(Customer));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_deletion_that_was_given_up_is_asked_for_again_after_an_hour(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Vm(expires: 0);
        await Round(rig);
        rig.At(3 * Day);
        await Round(rig);
        await rig.EndWork(state: 4);

        rig.Time.Advance(TimeSpan.FromMinutes(59));
        Assert.False((await Round(rig)).DidSomething);
        rig.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(1, (await Round(rig)).DeletionsAsked);
        Assert.Equal(["delete-vm", "delete-vm"], await rig.Asked(vm));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_deleted_vm_is_left_in_peace(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        foreach (var expires in new[] { -30 * Day, 0, 600 })
            await rig.Vm(expires: expires);
        await rig.Execute("UPDATE vm SET deleted = 1");
        rig.At(300);
        var round = await Round(rig);
        Assert.Equal((0, 0), (round.Found, round.Failed));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_creation_that_failed_is_tried_again_when_its_time_has_come(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Vm();
        var next = rig.Time.Moment().Plus(TimeSpan.FromMinutes(2));
        await rig.Db.Write(session => session.SetVmFailure(vm, "no room", next, CancellationToken.None), CancellationToken.None);

        Assert.False((await Round(rig)).DidSomething);
        rig.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(1, (await Round(rig)).CreationsAsked);
        Assert.False((await Round(rig)).DidSomething);
        Assert.Equal(["create-vm"], await rig.Asked(vm));
        Assert.Null((await rig.Progress(vm)).NextAttempt);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Nothing_is_created_for_the_expired_the_deleted_and_the_never_paid(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var expired = await rig.Vm(expires: -600);
        var deleted = await rig.Vm();
        await rig.Vm(created: -600, expires: -600);
        var finished = await rig.Vm();
        var now = rig.Time.Moment();
        await rig.Db.Write(async session =>
        {
            foreach (var vm in new[] { expired, deleted, finished })
                await session.SetVmFailure(vm, "x", now, CancellationToken.None);
            await session.Execute("UPDATE vm_progress SET provisioned_at = 1 WHERE vm_id = @finished", new { finished });
            await session.MarkVmDeleted(deleted, CancellationToken.None);
        }, CancellationToken.None);
        Assert.Equal(0, (await Round(rig)).CreationsAsked);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_vm_paid_through_another_program_is_found_within_ten_minutes(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var worker = rig.Vms();
        var first = await rig.Vm();
        Assert.Equal(1, (await worker.Round(CancellationToken.None)).CreationsAsked);
        var second = await rig.Vm();
        Assert.Equal(0, (await worker.Round(CancellationToken.None)).CreationsAsked);
        rig.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(1, (await worker.Round(CancellationToken.None)).CreationsAsked);
        Assert.Equal(["create-vm"], await rig.Asked(first));
        Assert.Equal(["create-vm"], await rig.Asked(second));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Read_only_mode_creates_nothing_and_loses_no_turn(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind, readOnly: true);
        var vm = await rig.Vm();
        var now = rig.Time.Moment();
        await rig.Db.Write(session => session.SetVmFailure(vm, "x", now, CancellationToken.None), CancellationToken.None);
        Assert.False((await Round(rig)).DidSomething);
        Assert.NotNull((await rig.Progress(vm)).NextAttempt);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Lapsed_room_holds_are_cleared(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var lapsed = await rig.Vm(created: 0, expires: 0);
        var held = await rig.Vm(created: 0, expires: 0);
        await rig.Db.Write(async session =>
        {
            await session.HoldRoom(lapsed, upgradeParams: null, Noon.PlusSeconds(60), CancellationToken.None);
            await session.HoldRoom(held, upgradeParams: null, Noon.PlusSeconds(120), CancellationToken.None);
        }, CancellationToken.None);
        rig.At(60);
        await Round(rig);
        Assert.Equal([held], await rig.Db.Read(session => session.List<VmId>("SELECT vm_id FROM offer_hold"), CancellationToken.None));
    }

    static Task MarkBuilt(WorkerRig rig, VmId vm) =>
        rig.Db.Write(session => session.MarkVmProvisioned(vm, new Moment(1), CancellationToken.None), CancellationToken.None);
}
