using Lnvps.Core.Money;
using Lnvps.Core.Vms;
using Lnvps.Platform.NostrDomains;
using Lnvps.Platform.Subscriptions;
using Lnvps.Platform.Worker;
using Lnvps.Testing.Databases;
using Microsoft.Extensions.Logging.Abstractions;
using static Lnvps.Platform.Tests.Worker.WorkerRig;

namespace Lnvps.Platform.Tests.Worker;

/// <summary>The hosted service: what runs at start and by the timer, under a clock that stands until it is moved.</summary>
public sealed class WorkerLoopTests
{
    sealed record Running(WorkerRig Rig, Lnvps.Platform.Worker.Worker Worker) : IAsyncDisposable
    {
        public static async Task<Running> Start(WorkerRig rig)
        {
            var worker = new Lnvps.Platform.Worker.Worker(
                rig.Shop, new Repairs(rig.Shop, "one", NullLogger<Repairs>.Instance), rig.Vms(), rig.Hosts(), new PatchHosts(rig.Shop, rig.Calls, NullLogger<PatchHosts>.Instance),
                rig.Wallets(), new CheckSubscriptions(rig.Shop, NullLogger<CheckSubscriptions>.Instance),
                new CheckNostrDomains(rig.Shop, new NameLookup(), NullLogger<CheckNostrDomains>.Instance),
                new WaitingUpgrades(rig.Bench(rig.Shop), NullLogger<WaitingUpgrades>.Instance), new ForgetWorkflows(rig.Shop), NullLogger<Lnvps.Platform.Worker.Worker>.Instance);
            await worker.StartAsync(CancellationToken.None);
            return new Running(rig, worker);
        }

        public async ValueTask DisposeAsync()
        {
            await Worker.StopAsync(CancellationToken.None);
            Worker.Dispose();
            await Rig.DisposeAsync();
        }
    }

    static async Task Until(Func<Task<bool>> condition, string what)
    {
        for (var i = 0; i < 1000; i++)
        {
            if (await condition())
                return;
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
        Assert.Fail(what);
    }

    static Task UntilExpired(WorkerRig rig, Lnvps.Core.Identity.VmId vm) => Until(async () => (await rig.History(vm)).Contains(VmHistoryAction.Expired), $"VM {vm} was not recorded as expired");

    [Fact]
    public async Task It_begins_at_once_and_goes_on_by_the_timer()
    {
        var rig = await WorkerRig.Create(DatabaseKind.Sqlite);
        await rig.Execute("UPDATE vm_host SET cpu = 3, api_token = 'secret' WHERE id = 1");
        var first = await rig.Built(expires: -60);
        await using var running = await Running.Start(rig);

        await UntilExpired(rig, first);
        await Until(async () => (await rig.Asked(first)).Contains("stop-vm"), "not stopped");
        await Until(async () => await Host(rig, "cpu") == "64", "resources not stored");
        await Until(async () => (await Host(rig, "api_token")).StartsWith("ENC:", StringComparison.Ordinal), "not encrypted");

        var second = await rig.Vm(expires: -60);
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        Assert.Empty(await rig.History(second));
        await Advance(rig, CheckVms.Every);
        await UntilExpired(rig, second);
    }

    [Fact]
    public async Task A_round_that_fails_is_followed_by_the_next()
    {
        var rig = await WorkerRig.Create(DatabaseKind.Sqlite);
        await using var running = await Running.Start(rig);
        var first = await rig.Vm(expires: -60);
        await Advance(rig, CheckVms.Every);
        await UntilExpired(rig, first);

        await rig.Execute("ALTER TABLE vm_mark RENAME TO vm_mark_away");
        var second = await rig.Vm(expires: -60);
        await Advance(rig, CheckVms.Every);
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        await rig.Execute("ALTER TABLE vm_mark_away RENAME TO vm_mark");
        await Advance(rig, CheckVms.Every);
        await UntilExpired(rig, second);
    }

    [Fact]
    public async Task It_stops_while_a_host_hangs()
    {
        var rig = await WorkerRig.Create(DatabaseKind.Sqlite);
        await rig.Built();
        rig.World.Faults.Choose = call => call.Host == "alpha" ? new Hosting.Simulated.HostFault(Hosting.Simulated.FaultMoment.Before, Hosting.Simulated.FaultAnswer.Silence) : null;
        var running = await Running.Start(rig);
        await Until(() => Task.FromResult(rig.World.Calls(Hosting.Simulated.HostOperation.GetAllStates) == 2), "hosts were not asked");
        await running.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
    }

    static async Task Advance(WorkerRig rig, TimeSpan by)
    {
        // The loop may just be about to wait for its timer.
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        rig.Time.Advance(by);
    }

    static Task<string> Host(WorkerRig rig, string column) =>
        rig.Db.Read(async session => (await session.Find<string>($"SELECT CAST({column} AS TEXT) FROM vm_host WHERE id = 1")) ?? "", CancellationToken.None);
}
