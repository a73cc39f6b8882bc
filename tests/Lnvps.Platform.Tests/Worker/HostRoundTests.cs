using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Database.Addresses;
using Lnvps.Database.Vms;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Simulated;
using Lnvps.Platform.Hosts;
using Lnvps.Platform.Worker;
using Lnvps.Testing.Databases;
using static Lnvps.Platform.Tests.Worker.WorkerRig;

namespace Lnvps.Platform.Tests.Worker;

/// <summary>Tables 17.6 and 17.8: what follows from what the hosts say, and from what they do not say.</summary>
public sealed class HostRoundTests
{
    const long Day = 86_400;

    static Task<HostRound> Round(WorkerRig rig) => rig.Hosts().Round(CancellationToken.None);

    static async Task Nothing(WorkerRig rig, VmId vm)
    {
        Assert.Equal(0, (await Round(rig)).Asked);
        Assert.Empty(await rig.Asked(vm));
        Assert.Empty(await rig.Titles(null));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Active_and_provisioned_only_the_cache_is_written(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var running = await rig.Built();
        var stopped = await rig.Built(running: false);
        await Nothing(rig, running);
        Assert.Empty(await rig.Asked(stopped));
        Assert.Equal(MachinePower.Running, rig.Shop.States.Find(running)?.State.Power);
        Assert.Equal(MachinePower.Stopped, rig.Shop.States.Find(stopped)?.State.Power);
        Assert.Equal(Noon, rig.Shop.States.Find(running)?.At);
        Assert.Equal(2, rig.World.Calls(HostOperation.GetAllStates));
        Assert.Equal(0, rig.World.Calls(HostOperation.GetState));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Active_not_provisioned_and_absent_it_is_made(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Vm();
        Assert.Equal(1, (await Round(rig)).Asked);
        Assert.Equal(["create-vm"], await rig.Asked(vm));
        Assert.Equal(0, (await Round(rig)).Asked);
        Assert.Equal(["create-vm"], await rig.Asked(vm));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_creation_that_waits_for_its_next_attempt_is_not_hurried(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Vm();
        var next = rig.Time.Moment().Plus(TimeSpan.FromMinutes(5));
        await rig.Db.Write(session => session.SetVmFailure(vm, "x", next, CancellationToken.None), CancellationToken.None);
        Assert.Equal(0, (await Round(rig)).Asked);
        rig.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(1, (await Round(rig)).Asked);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Present_without_disk_and_not_finished_its_creation_is_resumed(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Built(running: false, marker: false);
        await rig.World.Host("alpha").DeleteDisk(vm, CancellationToken.None);
        await rig.Db.Write(session => session.BeginVmWork(vm, UnfinishedWork.Creating, Alpha, CancellationToken.None), CancellationToken.None);
        Assert.Equal(1, (await Round(rig)).Asked);
        Assert.Equal(["create-vm"], await rig.Asked(vm));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_finished_machine_without_disk_is_only_told_of(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Built(running: false);
        await rig.World.Host("alpha").DeleteDisk(vm, CancellationToken.None);
        await Round(rig);
        await Round(rig);
        Assert.Empty(await rig.Asked(vm));
        Assert.Equal([$"VM {vm} Check Failed"], await rig.Titles(null));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_machine_from_before_the_markers_is_adopted_not_made_again(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Built(marker: false);
        await Nothing(rig, vm);
        Assert.NotNull((await rig.Progress(vm)).ProvisionedAt);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_machine_from_before_the_markers_that_is_absent_is_searched_not_made_again(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Built(marker: false, really: Beta);
        Assert.Equal(1, (await Round(rig)).Asked);
        Assert.Equal(Beta, (await rig.Row(vm)).HostId);
        Assert.Empty(await rig.Asked(vm));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task In_grace_a_running_machine_is_stopped_silently_until_it_is_off(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var running = await rig.Built(expires: -600);
        var stopped = await rig.Built(expires: -600, running: false);
        Assert.Equal(1, (await Round(rig)).Asked);
        Assert.Equal(["stop-vm"], await rig.Asked(running));
        Assert.Empty(await rig.Asked(stopped));

        // It failed: asked for again, after a rest.
        await rig.EndWork(state: 4);
        Assert.Equal(0, (await Round(rig)).Asked);
        rig.Time.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(1, (await Round(rig)).Asked);
        Assert.Empty(await rig.History(running));
        Assert.Empty(await rig.Titles(Customer));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task An_unfinished_machine_that_runs_in_grace_is_only_told_of(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Built(expires: -600, marker: false);
        await rig.Db.Write(session => session.BeginVmWork(vm, UnfinishedWork.Creating, Alpha, CancellationToken.None), CancellationToken.None);
        Assert.Equal(0, (await Round(rig)).Asked);
        Assert.Empty(await rig.Asked(vm));
        Assert.Equal([$"VM {vm} Check Failed"], await rig.Titles(null));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task In_grace_an_absent_machine_is_not_made(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        await Nothing(rig, await rig.Vm(expires: -600));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Paid_again_what_expiry_had_stopped_is_started_and_what_its_owner_had_stopped_is_not(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var byExpiry = await rig.Built(running: false);
        var byOwner = await rig.Built(running: false);
        var running = await rig.Built();
        await rig.Db.Write(async session =>
        {
            await session.SetStoppedByExpiry(byExpiry, stopped: true, CancellationToken.None);
            await session.SetStoppedByExpiry(running, stopped: true, CancellationToken.None);
        }, CancellationToken.None);
        Assert.Equal(2, (await Round(rig)).Asked);
        Assert.Equal(["start-vm"], await rig.Asked(byExpiry));
        Assert.Empty(await rig.Asked(byOwner));
        Assert.Empty(await rig.Asked(running));
        Assert.False((await rig.Progress(running)).StoppedByExpiry);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_moved_machine_has_its_row_corrected(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Built(really: Beta);
        Assert.Equal(1, (await Round(rig)).Asked);
        var row = await rig.Row(vm);
        Assert.Equal((Beta, new DiskId(2)), (row.HostId, row.DiskId));
        Assert.Equal([VmHistoryAction.ConfigurationChanged], await rig.History(vm));
        Assert.Equal([$"VM {vm} Check Failed"], await rig.Titles(null));
        Assert.Equal(0, (await Round(rig)).Asked);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_machine_that_is_nowhere_is_made_again_and_told_of(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Built();
        await rig.World.Host("alpha").Delete(vm, CancellationToken.None);
        Assert.Equal(1, (await Round(rig)).Asked);
        Assert.Equal(["create-vm"], await rig.Asked(vm));
        Assert.Null((await rig.Progress(vm)).ProvisionedAt);
        Assert.Equal([$"VM {vm} Check Failed"], await rig.Titles(null));
        Assert.NotEqual(MacAddress.Unassigned, (await rig.Row(vm)).MacAddress);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_machine_that_may_be_on_a_silent_host_is_only_told_of(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Built();
        await rig.World.Host("alpha").Delete(vm, CancellationToken.None);
        rig.World.SetReachable("beta", false);
        Assert.Equal(0, (await Round(rig)).Asked);
        await Round(rig);
        Assert.Empty(await rig.Asked(vm));
        Assert.NotNull((await rig.Progress(vm)).ProvisionedAt);
        Assert.Equal([$"VM {vm} Check Failed"], await rig.Titles(null));
        Assert.Contains("beta", (await rig.Messages()).Single(), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task In_read_only_mode_nothing_is_made_and_nothing_removed(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind, readOnly: true);
        var lost = await rig.Built();
        await rig.World.Host("alpha").Delete(lost, CancellationToken.None);
        var fresh = await rig.Vm();
        var leftOver = await rig.Built();
        await rig.Execute("UPDATE vm SET deleted = 1 WHERE id = @leftOver", new { leftOver });
        var expired = await rig.Built(expires: -600);
        await Round(rig);
        foreach (var vm in new[] { lost, fresh, leftOver })
            Assert.Empty(await rig.Asked(vm));
        Assert.Equal(["stop-vm"], await rig.Asked(expired));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_deleted_machine_that_is_still_there_is_removed_and_told_of(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Built();
        await rig.Execute("UPDATE vm SET deleted = 1 WHERE id = @vm", new { vm });
        Assert.Equal(1, (await Round(rig)).Asked);
        Assert.Equal(["delete-vm"], await rig.Asked(vm));
        Assert.Equal([$"VM {vm} Check Failed"], await rig.Titles(null));
        Assert.Equal(0, (await Round(rig)).Asked);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task What_is_left_of_a_deleted_vm_goes_from_whatever_host_has_it(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var here = await rig.Built();
        var there = await rig.Built(really: Beta);
        await rig.Execute("UPDATE vm SET deleted = 1");
        Assert.Equal(2, (await Round(rig)).Asked);
        await using var engine = await rig.RunningEngine(rig.Shop);
        await Until(() => rig.World.Inventory().Count == 0);
        Assert.Empty(await rig.History(here));
        Assert.Empty(await rig.History(there));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_lost_machine_comes_back_with_its_mac_and_address(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Built();
        var mac = (await rig.Row(vm)).MacAddress;
        var addresses = await rig.Db.Read(session => session.ListAssignments(vm, CancellationToken.None), CancellationToken.None);
        await rig.World.Host("alpha").Delete(vm, CancellationToken.None);
        await Round(rig);
        await using var engine = await rig.RunningEngine(rig.Shop);
        await Until(() => rig.World.DiskOf("alpha", vm) is not null && rig.Progress(vm).GetAwaiter().GetResult().ProvisionedAt is not null);
        Assert.Equal(mac, (await rig.Row(vm)).MacAddress);
        Assert.Equal(addresses, await rig.Db.Read(session => session.ListAssignments(vm, CancellationToken.None), CancellationToken.None));
        Assert.Equal(MachinePower.Running, (await rig.World.Host("alpha").GetState(vm, CancellationToken.None))?.Power);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task The_number_of_statements_and_questions_does_not_follow_the_number_of_machines(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var counting = new CountingDialect(rig.Db.Dialect);
        var shop = rig.ShopOver(new Lnvps.Database.Sessions.Db(counting, rig.Db.Cipher, TimeProvider.System));
        var few = await Count(3);
        var many = await Count(20);
        Assert.Equal(few, many);

        async Task<(int, int)> Count(int vms)
        {
            for (var i = 0; i < vms; i++)
                await rig.Built(running: i % 2 == 0);
            counting.Reset();
            var asked = rig.World.Calls(HostOperation.GetAllStates) + rig.World.Calls(HostOperation.GetState);
            Assert.Equal(0, (await rig.Hosts(shop).Round(CancellationToken.None)).Asked);
            return (counting.Statements, rig.World.Calls(HostOperation.GetAllStates) + rig.World.Calls(HostOperation.GetState) - asked);
        }
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_machine_that_the_database_does_not_know_is_told_of_once_and_left_alone(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        await rig.Build(new VmId(77), MacAddress.Parse("52:54:00:00:00:77"), Alpha, running: true);
        Assert.Equal(0, (await Round(rig)).Asked);
        rig.Time.Advance(TimeSpan.FromHours(3));
        await Round(rig);
        Assert.Equal(["Unknown machine VM77"], await rig.Titles(null));
        Assert.Equal(0, rig.World.Calls(HostOperation.Delete));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_machine_on_two_hosts_is_told_of_and_neither_is_touched(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Built();
        await rig.Build(vm, (await rig.Row(vm)).MacAddress, Beta, running: true);
        Assert.Equal(0, (await Round(rig)).Asked);
        Assert.Equal([$"VM {vm} Check Failed"], await rig.Titles(null));
        Assert.Equal(Alpha, (await rig.Row(vm)).HostId);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task D1_a_deletion_that_was_given_up_is_taken_up_again_never_followed_by_a_new_machine(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Built();
        await rig.World.Host("alpha").Delete(vm, CancellationToken.None);
        await rig.Db.Write(session => session.BeginVmWork(vm, UnfinishedWork.Deleting, null, CancellationToken.None), CancellationToken.None);
        Assert.Equal(1, (await Round(rig)).Asked);
        Assert.Equal(["delete-vm"], await rig.Asked(vm));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Machines_that_somebody_works_on_are_left_alone(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vms = new[] { await rig.Built(expires: -600), await rig.Vm(), await rig.Built(really: Beta) };
        await rig.Db.Write(async session =>
        {
            foreach (var vm in vms)
                await session.Execute("INSERT INTO workflow (kind, subject_kind, subject_id, input, state, step, attempts, due, lease_no, deadline, undo_failed, created) VALUES ('restart-vm', 'vm', @vm, '{}', 0, 0, 0, 1, 0, 1, 0, 1)", new { vm });
        }, CancellationToken.None);
        Assert.Equal(0, (await Round(rig)).Asked);
        Assert.Equal(Alpha, (await rig.Row(vms[2])).HostId);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Silence_concludes_nothing_and_is_told_after_three_misses(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vms = new[] { await rig.Built(), await rig.Vm(), await rig.Built(expires: -600), await rig.Built(running: false) };
        var hosts = rig.Hosts();
        await hosts.Round(CancellationToken.None);
        await rig.EndWork();
        await rig.Execute("DELETE FROM workflow");
        rig.World.SetReachable("alpha", false);

        for (var miss = 1; miss <= 4; miss++)
        {
            Assert.Equal(new HostRound(1, 1, 0), await hosts.Round(CancellationToken.None));
            Assert.Equal(miss < 3 ? 0 : 1, (await rig.Titles(null)).Count);
        }
        Assert.Equal(["Host alpha does not answer"], await rig.Titles(null));
        foreach (var vm in vms)
            Assert.Empty(await rig.Asked(vm));
        Assert.NotNull(rig.Shop.States.Find(vms[0]));
        rig.Time.Advance(TimeSpan.FromHours(1));
        await hosts.Round(CancellationToken.None);
        Assert.Equal(2, (await rig.Titles(null)).Count);

        rig.World.SetReachable("alpha", true);
        Assert.Equal(2, (await hosts.Round(CancellationToken.None)).Answered);
    }

    [Fact]
    public async Task A_host_that_hangs_delays_no_other_and_is_not_asked_twice_at_once()
    {
        await using var rig = await WorkerRig.Create(DatabaseKind.Sqlite);
        var here = await rig.Built();
        var there = await rig.Built(host: Beta);
        rig.World.Faults.Add(HostOperation.GetAllStates, new HostFault(FaultMoment.Before, FaultAnswer.Silence), times: 100, host: "alpha");
        var hosts = rig.Hosts();

        var running = await hosts.Start(CancellationToken.None);
        await Until(() => rig.Shop.States.Find(there) is not null);
        Assert.Null(rig.Shop.States.Find(here));
        Assert.Equal(1, running.Count(check => !check.IsCompleted));

        await hosts.Start(CancellationToken.None);
        await Until(() => rig.World.Calls(HostOperation.GetAllStates) == 3);
        rig.Time.Advance(HostCalls.Limit);
        Assert.Equal(1, (await Task.WhenAll(running)).Sum(round => round.Silent));
    }

    [Fact]
    public async Task A_host_whose_adapter_ignores_its_cancellation_is_left_to_itself()
    {
        await using var rig = await WorkerRig.Create(DatabaseKind.Sqlite);
        var calls = rig.Calls;
        var row = (await rig.Db.Read(session => Lnvps.Database.Hosts.Hosts.ListHosts(session, CancellationToken.None), CancellationToken.None))[0];
        var deaf = new TaskCompletionSource<int>();
        var first = calls.Ask(row, (_, _) => deaf.Task, CancellationToken.None);
        await Until(() => Advanced(rig, first));
        await Assert.ThrowsAsync<Lnvps.Core.Outcomes.OutsideFault>(() => first);
        await Assert.ThrowsAsync<Lnvps.Core.Outcomes.OutsideFault>(() => calls.Ask(row, (_, _) => Task.FromResult(1), CancellationToken.None));
        deaf.SetResult(0);
        Assert.Equal(2, await calls.Ask(row, (_, _) => Task.FromResult(2), CancellationToken.None));
    }

    static bool Advanced(WorkerRig rig, Task task)
    {
        rig.Time.Advance(TimeSpan.FromSeconds(5));
        return task.IsCompleted;
    }

    static async Task Until(Func<bool> condition)
    {
        for (var i = 0; i < 500 && !condition(); i++)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        Assert.True(condition());
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_list_that_misses_a_machine_for_a_moment_makes_no_second_one(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Built();
        var hosts = rig.Hosts(registry: rig.HostsThatListNothing(() => Task.CompletedTask));
        Assert.Equal(0, (await hosts.Round(CancellationToken.None)).Asked);
        Assert.Empty(await rig.Asked(vm));
        Assert.Equal(Alpha, (await rig.Row(vm)).HostId);
        Assert.NotNull((await rig.Progress(vm)).ProvisionedAt);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_creation_that_ends_while_the_host_is_asked_is_no_trouble(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vm = await rig.Vm();
        var mac = await rig.Give(vm);
        var made = 0;
        var hosts = rig.Hosts(registry: rig.HostsThatListNothing(async () =>
        {
            if (Interlocked.Exchange(ref made, 1) == 1)
                return;
            await rig.Build(vm, mac, Alpha, running: true);
            await rig.Db.Write(session => session.MarkVmProvisioned(vm, rig.Time.Moment(), CancellationToken.None), CancellationToken.None);
        }));
        Assert.Equal(0, (await hosts.Round(CancellationToken.None)).Asked);
        Assert.Empty(await rig.Asked(vm));
        Assert.Empty(await rig.Titles(null));
    }
}
