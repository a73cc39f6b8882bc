using System.Diagnostics;
using Lnvps.Bench.Measuring;
using Lnvps.Bench.Shops;
using Lnvps.Core.Identity;
using Lnvps.Core.Workflows;
using Lnvps.Platform.Workflows.Engine;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lnvps.Bench.Workflows;

/// <summary>Steps that do nothing: what the engine's own records cost, against the bare transaction that a record cannot do without. On SQLite, synced to disk.</summary>
sealed class EngineBenchmark : IBenchmark
{
    // The goal is ours: a record, its share of lease and end of the workflow, and room for noise.
    const double MostTimesTransaction = 5;
    const int Count = 100, Steps = 5, Rounds = 5;

    public string Name => "engine";

    public string About => "workflow steps per second, against bare transactions, on SQLite";

    sealed record Nothing(int Number);

    public async Task<IReadOnlyList<Finding>> Measure(CancellationToken stop)
    {
        await using var shop = await BenchShop.Open(db: null, stop);
        var trivial = Workflow.For<Nothing>("trivial", TimeSpan.FromHours(1));
        for (var step = 1; step <= Steps; step++)
            trivial = trivial.Step($"step {step}", (_, _) => Task.FromResult(Done.Nothing));
        var signal = new WorkflowSignal();
        var store = new WorkflowStore(signal, TimeProvider.System);
        await using var engine = new WorkflowEngine(
            shop.Db, [trivial], signal, shop.Platform.Shop.Clock, TimeProvider.System, new EngineOptions("bench", () => 0), NullLogger<WorkflowEngine>.Instance);

        double[] ratios = new double[Rounds], perSecond = new double[Rounds];
        for (var round = -1; round < Rounds; round++)
        {
            var bare = await Transactions(shop, stop);
            await shop.Db.Write(async session =>
            {
                for (var i = 0; i < Count; i++)
                    await store.Enqueue(session, trivial, Subject.Of(new VmId((uint)i + 1)), new Nothing(i), null, stop);
            }, stop);
            var began = Stopwatch.GetTimestamp();
            await engine.RunRound(stop);
            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            if (await shop.Db.Read(session => session.Scalar<long>("SELECT COUNT(*) FROM workflow WHERE state <> 3", null, stop), stop) != 0)
                throw new InvalidOperationException("Not every workflow succeeded");
            if (round >= 0)
                (ratios[round], perSecond[round]) = (seconds / (Count * Steps) / bare, Count * Steps / seconds);
        }
        Array.Sort(ratios);
        Array.Sort(perSecond);
        return [new("engine: step / bare transaction", ratios[Rounds / 2], MostTimesTransaction, Note: $"{perSecond[Rounds / 2]:0} steps per second")];
    }

    /// <summary>Seconds of one transaction that changes a row.</summary>
    static async Task<double> Transactions(BenchShop shop, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < Count * Steps; i++)
            await shop.Db.Write(session => session.Execute("UPDATE ip_range SET use_version = @i WHERE id = 1", new { i }, stop), stop);
        return Stopwatch.GetElapsedTime(began).TotalSeconds / (Count * Steps);
    }
}
