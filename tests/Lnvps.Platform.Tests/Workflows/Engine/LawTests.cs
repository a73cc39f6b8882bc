using System.Collections.Concurrent;
using Lnvps.Core.Identity;
using Lnvps.Core.Workflows;
using Lnvps.Database.Sessions;
using Lnvps.Platform.Workflows.Engine;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Workflows;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Platform.Tests.Workflows.Engine;

/// <summary>The laws hold for a well-made workflow and catch each way of making one badly: otherwise they would prove nothing.</summary>
public sealed class LawTests
{
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Hold_for_a_good_workflow(DatabaseKind kind) => Assert.Empty(await WithToys(Flaw.None, WorkflowLaws.All, kind));

    [Fact]
    public async Task Catch_a_step_without_undo() =>
        Assert.NotEmpty(await WithToys(Flaw.NoUndo, WorkflowLaws.FailingAnywhereLeavesNothing));

    [Fact]
    public async Task Catch_an_undo_that_fails_when_repeated() =>
        Assert.NotEmpty(await WithToys(Flaw.UndoFailsTwice, WorkflowLaws.TakingBackTwiceIsTakingBackOnce));

    [Fact]
    public async Task Catch_a_step_that_makes_two_things_when_repeated() =>
        Assert.NotEmpty(await WithToys(Flaw.MakesTwo, WorkflowLaws.DoingTwiceIsDoingOnce));

    [Fact]
    public async Task Catch_a_step_that_cannot_find_its_own_work() =>
        Assert.NotEmpty(await WithToys(Flaw.MakesTwo, WorkflowLaws.DyingBetweenEffectAndRecordIsHarmless));

    [Fact]
    public async Task Catch_a_step_that_cannot_find_its_own_work_when_another_worker_goes_on() =>
        Assert.NotEmpty(await WithToys(Flaw.MakesTwo, WorkflowLaws.TwoWorkersAreAsGoodAsOne));

    static async Task<IReadOnlyList<string>> WithToys(
        Flaw flaw, Func<Func<Task<WorkflowCase>>, Task<IReadOnlyList<string>>> law, DatabaseKind kind = DatabaseKind.Sqlite)
    {
        await using var database = await TestDatabases.Create(kind);
        var rig = new WorkflowRig(database.Db, new FakeTimeProvider());
        var toys = 0u;
        return await law(() => Task.FromResult<WorkflowCase>(new Toy(rig, ++toys, flaw)));
    }

    enum Flaw { None, NoUndo, UndoFailsTwice, MakesTwo }

    sealed record Input(uint Number);

    /// <summary>Makes a wheel, then a car that needs the wheel, then waits, then registers the car.</summary>
    sealed class Toy(WorkflowRig rig, uint number, Flaw flaw) : WorkflowCase(rig)
    {
        readonly ConcurrentDictionary<string, int> _things = new();
        int _looks;

        public override string Kind => "toy";

        public override IReadOnlyList<WorkflowDefinition> Define(Db db) => [Definition];

        public override Task<WorkflowId> Ask() => Rig.Ask(Definition, new Subject("toy", number), new Input(number));

        public override Task<IReadOnlyList<string>> Observe() =>
            Task.FromResult<IReadOnlyList<string>>([.. _things.Where(thing => thing.Value != 0).Select(thing => $"{thing.Value} {thing.Key}").Order()]);

        Workflow<Input> Definition => Workflow.For<Input>("toy", TimeSpan.FromMinutes(5))
            .Step("wheel", Make("wheel"), undo: flaw == Flaw.NoUndo ? null : Remove("wheel"))
            .Step("car", Make("car"), undo: Remove("car"))
            .Step("wait", (_, _) => Task.FromResult(Interlocked.Increment(ref _looks) % 2 == 0 ? Done.Nothing : Done.NotYet(TimeSpan.FromSeconds(1))))
            .NoReturn()
            .Step("register", Make("plate"));

        Func<Run<Input>, CancellationToken, Task<Done>> Make(string thing) => (_, _) =>
        {
            _things.AddOrUpdate(thing, 1, (_, count) => flaw == Flaw.MakesTwo ? count + 1 : 1);
            return Task.FromResult(Done.Nothing);
        };

        Func<Run<Input>, CancellationToken, Task<Done>> Remove(string thing) => (_, _) =>
        {
            var had = _things.TryRemove(thing, out _);
            if (!had && flaw == Flaw.UndoFailsTwice)
                throw new InvalidOperationException($"No {thing}");
            return Task.FromResult(Done.Nothing);
        };
    }
}
