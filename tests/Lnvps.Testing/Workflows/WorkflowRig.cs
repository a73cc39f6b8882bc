using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Core.Workflows;
using Lnvps.Database.Sessions;
using Lnvps.Database.Workflows;
using Lnvps.Platform.Workflows.Engine;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Testing.Workflows;

/// <summary>Engines over one database under a clock that only moves when told; each engine stands for a process.</summary>
public sealed class WorkflowRig(Db db, FakeTimeProvider time)
{
    static readonly TimeSpan LeaseLength = TimeSpan.FromSeconds(15);
    int _engines;

    public Db Db { get; } = db;

    public FakeTimeProvider Time { get; } = time;

    public WorkflowSignal Signal { get; } = new();

    public WorkflowStore Store => new(Signal, Time);

    public WorkflowEngine Engine(IEnumerable<WorkflowDefinition> definitions, Db? through = null) => new(
        through ?? Db, definitions, Signal, new RealClock(Time), Time, new EngineOptions($"engine-{Interlocked.Increment(ref _engines)}", () => 0) { Lease = LeaseLength },
        NullLogger<WorkflowEngine>.Instance);

    /// <summary>Runs rounds, moving the clock to whatever is due next, until nothing is open.</summary>
    /// <param name="enough">Asked after each round; true = stop here.</param>
    public async Task RunToEnd(WorkflowEngine engine, Func<bool>? enough = null, int mostRounds = 1000)
    {
        for (var round = 0; round < mostRounds; round++)
        {
            await engine.RunRound(CancellationToken.None);
            if (enough?.Invoke() ?? false)
                return;
            var now = Time.Moment();
            if (await Db.Read(session => session.NextDueWorkflow(now, CancellationToken.None), CancellationToken.None) is not { } due)
                return;
            Time.Advance(due.Since(now));
        }
        throw new InvalidOperationException("The workflows do not come to an end");
    }

    /// <summary>Lets the leases of dead engines run out.</summary>
    public void OutliveLeases() => Time.Advance(LeaseLength + TimeSpan.FromSeconds(1));

    public async Task<WorkflowRow> Find(WorkflowId id) =>
        await Db.Read(session => session.FindWorkflow(id, CancellationToken.None), CancellationToken.None) ?? throw new InvalidOperationException($"No workflow {id}");

    public Task<List<WorkflowStepRow>> Steps(WorkflowId id) => Db.Read(session => session.ListWorkflowSteps([id], CancellationToken.None), CancellationToken.None);

    public Task<bool> Restart(WorkflowId id) => Db.Write(session => Store.Restart(session, id, CancellationToken.None), CancellationToken.None);

    public Task<WorkflowId> Ask<TInput>(Workflow<TInput> workflow, Subject subject, TInput input) where TInput : notnull =>
        Db.Write(session => Store.Enqueue(session, workflow, subject, input, null, CancellationToken.None), CancellationToken.None);
}
