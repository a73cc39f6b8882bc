using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Database.Addresses;
using Lnvps.Database.Notifications;
using Lnvps.Database.Payments;
using Lnvps.Database.Vms;
using Lnvps.Hosting.Hosts;
using Lnvps.Platform.Development;
using Lnvps.Platform.Tests.Worker;
using Lnvps.Platform.Workflows;
using Lnvps.Platform.Workflows.Engine;
using Lnvps.Testing.Databases;

namespace Lnvps.Platform.Tests.Development;

/// <summary>The life of a VM from its order to its end, with a running engine, in a few seconds.</summary>
public sealed class ClockTravelTests
{
    static readonly TimeSpan Day = TimeSpan.FromDays(1);

    sealed class Traveller(WorkerRig rig, Shop shop, WorkflowEngine engine, ClockTravel travel) : IAsyncDisposable
    {
        public WorkerRig Rig => rig;

        public Shop Shop => shop;

        public ClockTravel Travel => travel;

        public Instant Now => travel.Now;

        public static async Task<Traveller> Set(DatabaseKind kind)
        {
            var rig = await WorkerRig.Create(kind, time: TimeProvider.System);
            var clock = await MovableClock.Open(rig.Db, TimeProvider.System, CancellationToken.None);
            var shop = rig.Shop with { Clock = clock };
            var engine = await rig.RunningEngine(shop);
            return new Traveller(rig, shop, engine, new ClockTravel(shop, clock, rig.Vms(shop), rig.Hosts(shop), rig.Wallets(shop), rig.Workflows));
        }

        public async Task<VmId> Order() => await rig.Db.Write(session => session.InsertVm(new VmRow
        {
            HostId = WorkerRig.Alpha,
            UserId = WorkerRig.Customer,
            ImageId = new ImageId(1),
            TemplateId = WorkerRig.Monthly,
            SshKeyId = new SshKeyId(1),
            Created = Now,
            Expires = Now,
            DiskId = new DiskId(1),
            MacAddress = Lnvps.Core.Network.MacAddress.Unassigned,
        }, CancellationToken.None), CancellationToken.None);

        public async Task<Instant> Pay(VmId vm, TimeSpan time)
        {
            var expires = Instant.Later(Now, (await rig.Row(vm)).Expires).Plus(time);
            await rig.Db.Write(session => session.SetVmExpires(vm, expires, CancellationToken.None), CancellationToken.None);
            return expires;
        }

        public async Task<Instant> Advance(TimeSpan span) => (await travel.Advance(span, CancellationToken.None)).Value;

        public async Task<List<(VmHistoryAction Action, Instant At)>> History(VmId vm) =>
            [.. (await rig.Db.Read(session => session.ListHistory(vm, null, 0, CancellationToken.None), CancellationToken.None)).Select(row => (row.ActionType, row.Timestamp)).Reverse()];

        public async Task<List<(string Title, Instant At)>> Messages() =>
            [.. (await rig.Db.Read(session => session.ListNotifications(WorkerRig.Customer, CancellationToken.None), CancellationToken.None)).Select(row => (row.Title, row.Created))];

        public async Task<MachinePower?> Power(VmId vm) => (await rig.World.Host("alpha").GetState(vm, CancellationToken.None))?.Power;

        public Task<List<AssignmentRow>> Addresses(VmId vm) => rig.Db.Read(session => session.ListAssignments(vm, CancellationToken.None), CancellationToken.None);

        public async ValueTask DisposeAsync()
        {
            travel.Dispose();
            await engine.DisposeAsync();
            await rig.DisposeAsync();
        }
    }

    /// <summary>Within the seconds that pass by themselves while a moment is lived through.</summary>
    static void AssertAt(Instant expected, Instant actual) => Assert.InRange(actual.SecondsSince(expected), 0, 20);

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_month_and_its_aftermath_are_lived_through_in_order(DatabaseKind kind)
    {
        await using var t = await Traveller.Set(kind);
        var vm = await t.Order();
        var expires = await t.Pay(vm, 30 * Day);
        await t.Advance(TimeSpan.Zero);
        Assert.Equal(MachinePower.Running, await t.Power(vm));
        Assert.Single(await t.Addresses(vm));

        var began = TimeProvider.System.GetTimestamp();
        var start = t.Now;
        var arrival = await t.Advance(31 * Day);
        AssertAt(start.Plus(31 * Day), arrival);
        Assert.Equal(MachinePower.Stopped, await t.Power(vm));
        Assert.False((await t.Rig.Row(vm)).Deleted);

        await t.Advance(3 * Day);
        // About a second on an idle machine; the tests of other projects may run beside this one.
        Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(30));
        Assert.True((await t.Rig.Row(vm)).Deleted);
        Assert.Null(await t.Power(vm));
        Assert.Empty(t.Rig.World.Inventory());
        Assert.Empty(await t.Addresses(vm));

        Assert.Equal(["create-vm", "stop-vm", "delete-vm"], await t.Rig.Asked(vm));
        var history = await t.History(vm);
        Assert.Equal([VmHistoryAction.Started, VmHistoryAction.Expired, VmHistoryAction.Deleted], history.Select(row => row.Action));
        AssertAt(expires, history[1].At);
        AssertAt(expires.Plus(3 * Day), history[2].At);
        var messages = await t.Messages();
        Assert.Equal([$"[VM{vm}] Created", $"[VM{vm}] Expiring Soon", $"[VM{vm}] Expired", $"[VM{vm}] Deleted"], messages.Select(message => message.Title));
        AssertAt(expires.Plus(-Day), messages[1].At);
        AssertAt(expires, messages[2].At);
        AssertAt(expires.Plus(3 * Day), messages[3].At);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task The_addresses_of_a_deleted_vm_serve_the_next(DatabaseKind kind)
    {
        await using var t = await Traveller.Set(kind);
        var first = await t.Order();
        await t.Pay(first, 30 * Day);
        await t.Advance(TimeSpan.Zero);
        var address = Assert.Single(await t.Addresses(first)).Ip;
        await t.Advance(34 * Day);

        var second = await t.Order();
        await t.Pay(second, 30 * Day);
        await t.Advance(TimeSpan.Zero);
        Assert.Equal(address, Assert.Single(await t.Addresses(second)).Ip);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task An_order_that_is_not_paid_goes_when_its_invoice_has_lapsed(DatabaseKind kind)
    {
        await using var t = await Traveller.Set(kind);
        var vm = await t.Order();
        await t.Rig.OpenPayment(vm, t.Now.SecondsSince(WorkerRig.Noon) + 86_400 + 600);
        await t.Advance(Day + TimeSpan.FromMinutes(5));
        Assert.False((await t.Rig.Row(vm)).Deleted);
        await t.Advance(TimeSpan.FromMinutes(6));
        Assert.True((await t.Rig.Row(vm)).Deleted);
        Assert.Empty(await t.History(vm));
        Assert.Empty(await t.Messages());
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Renewed_in_grace_it_is_started_again_and_lives_on(DatabaseKind kind)
    {
        await using var t = await Traveller.Set(kind);
        var vm = await t.Order();
        await t.Pay(vm, 30 * Day);
        await t.Advance(TimeSpan.Zero);
        await t.Advance(31 * Day);
        Assert.Equal(MachinePower.Stopped, await t.Power(vm));

        await t.Pay(vm, 30 * Day);
        await t.Rig.Hosts(t.Shop).Round(CancellationToken.None);
        await t.Advance(Day);
        Assert.Equal(MachinePower.Running, await t.Power(vm));
        await t.Advance(20 * Day);
        Assert.Equal(MachinePower.Running, await t.Power(vm));
        Assert.Equal([VmHistoryAction.Started, VmHistoryAction.Expired, VmHistoryAction.Started], (await t.History(vm)).Select(row => row.Action));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task The_clock_keeps_its_place_over_a_restart_and_never_goes_back(DatabaseKind kind)
    {
        await using var t = await Traveller.Set(kind);
        var before = t.Now;
        await t.Advance(40 * Day);
        var again = await MovableClock.Open(t.Rig.Db, TimeProvider.System, CancellationToken.None);
        AssertAt(before.Plus(40 * Day), again.Now);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => t.Advance(-Day));
        var tooFar = await t.Travel.Advance(365 * 100 * Day, CancellationToken.None);
        Assert.Equal(RefusalKind.Invalid, tooFar.Refusal?.Kind);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Removing_asks_for_the_deletion_of_what_is_there(DatabaseKind kind)
    {
        await using var t = await Traveller.Set(kind);
        var remove = new RemoveVm(t.Shop, t.Rig.Workflows, new VmWorkflows(t.Rig.Bench(t.Shop)));
        Assert.Equal(RefusalKind.NotFound, (await remove.Ask(new VmId(99), CancellationToken.None))?.Kind);

        var vm = await t.Order();
        await t.Pay(vm, 30 * Day);
        await t.Advance(TimeSpan.Zero);
        Assert.Null(await remove.Ask(vm, CancellationToken.None));
        await t.Advance(TimeSpan.Zero);
        for (var i = 0; i < 500 && !(await t.Rig.Row(vm)).Deleted; i++)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        Assert.Empty(t.Rig.World.Inventory());
        Assert.Equal(RefusalKind.NotFound, (await remove.Ask(vm, CancellationToken.None))?.Kind);
    }
}
