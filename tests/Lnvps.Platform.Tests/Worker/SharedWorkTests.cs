using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Database.Sessions;
using Lnvps.Platform.Worker;
using Lnvps.Testing.Databases;
using static Lnvps.Platform.Tests.Worker.WorkerRig;

namespace Lnvps.Platform.Tests.Worker;

/// <summary>Several workers, workers that die half way, one VM that cannot be checked, and many VMs.</summary>
public sealed class SharedWorkTests
{
    const long Day = 86_400;

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task W4_two_workers_at_once_tell_and_record_each_thing_once(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var soon = new List<VmId>();
        var over = new List<VmId>();
        var due = new List<VmId>();
        for (var i = 0; i < 10; i++)
        {
            soon.Add(await rig.Vm(expires: 3600));
            over.Add(await rig.Vm(expires: -60));
            due.Add(await rig.Vm(created: -2 * Day, expires: -2 * Day));
        }
        await rig.Execute("UPDATE vm SET mac_address = '52:54:00:00:00:01'");

        var rounds = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => rig.Vms().Round(CancellationToken.None))));
        Assert.All(rounds, round => Assert.Equal(0, round.Failed));
        Assert.Equal(10, rounds.Sum(round => round.Noticed));
        Assert.Equal(10, rounds.Sum(round => round.Expired));
        Assert.Equal(20, (await rig.Titles(Customer)).Count);
        foreach (var vm in over)
            Assert.Equal([VmHistoryAction.Expired], await rig.History(vm));
        foreach (var vm in due)
            Assert.Equal(["delete-vm"], await rig.Asked(vm));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task W1_what_a_killed_worker_left_the_next_round_does_and_nothing_twice(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var vms = new List<VmId>();
        for (var i = 0; i < 6; i++)
            vms.Add(await rig.Vm(expires: i % 2 == 0 ? 3600 : -60));
        await rig.Execute("UPDATE vm SET mac_address = '52:54:00:00:00:01'");

        // Killed at each of its statements in turn.
        for (var at = 1; at < 200; at++)
        {
            var dialect = new CountingDialect(rig.Db.Dialect) { DieAt = at };
            var shop = rig.ShopOver(new Db(dialect, rig.Db.Cipher, TimeProvider.System));
            try
            {
                await rig.Vms(shop).Round(CancellationToken.None);
                if (dialect.Statements < at)
                    break;
            }
            catch (CountingDialect.KilledException)
            {
                // As wanted.
            }
            await MarksAgree(rig, vms);
        }
        await rig.Vms().Round(CancellationToken.None);
        Assert.Equal(6, (await rig.Titles(Customer)).Count);
        foreach (var vm in vms)
            Assert.Equal(1, await Marks(rig, vm));
    }

    /// <summary>Mark, history and message go together, always.</summary>
    static async Task MarksAgree(WorkerRig rig, List<VmId> vms)
    {
        var titles = await rig.Titles(Customer);
        foreach (var vm in vms)
        {
            var marks = await Marks(rig, vm);
            Assert.Equal(marks, titles.Count(title => title.StartsWith($"[VM{vm}] ", StringComparison.Ordinal)));
            Assert.Equal(titles.Count(title => title == $"[VM{vm}] Expired"), (await rig.History(vm)).Count);
        }
    }

    static Task<long> Marks(WorkerRig rig, VmId vm) => rig.Db.Read(session => session.Scalar<long>("SELECT COUNT(*) FROM vm_mark WHERE vm_id = @vm", new { vm }), CancellationToken.None);

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task One_vm_that_cannot_be_checked_holds_up_no_other_and_is_told_once_an_hour(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var bad = await rig.Vm(expires: 100);
        var good = await rig.Vm(expires: 200);
        await rig.Execute("UPDATE vm SET mac_address = '52:54:00:00:00:01'");
        await rig.Execute(kind == DatabaseKind.Sqlite
            ? $"CREATE TRIGGER broken BEFORE INSERT ON vm_mark WHEN NEW.vm_id = {bad} BEGIN SELECT RAISE(ABORT, 'broken'); END"
            : $"CREATE TRIGGER broken BEFORE INSERT ON vm_mark FOR EACH ROW SET NEW.kind = IF(NEW.vm_id = {bad}, NULL, NEW.kind)");

        var round = await rig.Vms().Round(CancellationToken.None);
        Assert.Equal((1, 1), (round.Noticed, round.Failed));
        await rig.Vms().Round(CancellationToken.None);
        Assert.Equal([$"[VM{good}] Expiring Soon"], await rig.Titles(Customer));
        Assert.Equal([$"VM {bad} Check Failed"], await rig.Titles(null));
        rig.Time.Advance(TimeSpan.FromHours(1));
        await rig.Vms().Round(CancellationToken.None);
        Assert.Equal(2, (await rig.Titles(null)).Count);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task The_number_of_statements_does_not_follow_the_number_of_vms(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var counting = new CountingDialect(rig.Db.Dialect);
        var shop = rig.ShopOver(new Db(counting, rig.Db.Cipher, TimeProvider.System));
        var few = await Statements(100);
        var many = await Statements(2000);
        Assert.Equal(few, many);
        Assert.InRange(many, 1, 6);

        async Task<int> Statements(int vms)
        {
            await rig.AddMany(vms);
            counting.Reset();
            Assert.False((await rig.Vms(shop).Round(CancellationToken.None)).DidSomething);
            return counting.Statements;
        }
    }

    [Theory, Trait("Speed", "slow"), MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_round_costs_what_is_due_and_not_what_exists(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        await rig.AddMany(1000);
        var small = await TimeOf100(rig);
        await rig.AddMany(20_000);
        var large = await TimeOf100(rig);
        // Twenty times the VMs; generous, since other tests run beside this one.
        Assert.True(large < 5 * small + TimeSpan.FromSeconds(1), $"{small} with 1,000 VMs, {large} with 21,000");
    }

    static async Task<TimeSpan> TimeOf100(WorkerRig rig)
    {
        var worker = rig.Vms();
        await worker.Round(CancellationToken.None);
        for (var i = 0; i < 100; i++)
            await rig.Vm(expires: i % 2 == 0 ? 3600 : -3600);
        await rig.Execute("UPDATE vm SET mac_address = '52:54:00:00:00:01' WHERE expires < @later", new { later = Noon.PlusSeconds(7200) });
        var began = TimeProvider.System.GetTimestamp();
        var round = await worker.Round(CancellationToken.None);
        var took = TimeProvider.System.GetElapsedTime(began);
        Assert.Equal((50, 50, 0), (round.Noticed, round.Expired, round.Failed));
        return took;
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task More_than_a_page_of_due_vms_is_done_in_one_round(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        await rig.AddMany(45);
        await rig.Execute("UPDATE vm SET expires = @over", new { over = Noon.PlusSeconds(-60) });
        Assert.Equal(45, (await rig.Vms(page: 20).Round(CancellationToken.None)).Expired);
    }
}
