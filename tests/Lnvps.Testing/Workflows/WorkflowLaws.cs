using Lnvps.Core.Outcomes;
using Lnvps.Core.Workflows;
using Lnvps.Database.Sessions;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Testing.Workflows;

/// <summary>
/// What holds for every workflow, whatever it does. Each law takes a function that makes a fresh case and tries every step; it gives
/// the places where it was broken, none when it holds.
/// </summary>
public static class WorkflowLaws
{
    /// <summary>All laws, one after the other.</summary>
    public static async Task<IReadOnlyList<string>> All(Func<Task<WorkflowCase>> fresh) =>
    [
        .. await FailingAnywhereLeavesNothing(fresh),
        .. await TakingBackTwiceIsTakingBackOnce(fresh),
        .. await DoingTwiceIsDoingOnce(fresh),
        .. await DyingBetweenEffectAndRecordIsHarmless(fresh),
        .. await TwoWorkersAreAsGoodAsOne(fresh),
    ];

    /// <summary>
    /// A failure at any step, before or after its effect, for good or until the attempts are used up: everything is as it was. Behind the point of no return: the
    /// workflow is parked, and a restart completes it.
    /// </summary>
    public static async Task<IReadOnlyList<string>> FailingAnywhereLeavesNothing(Func<Task<WorkflowCase>> fresh)
    {
        var broken = new List<string>();
        var (steps, wanted) = await Undisturbed(fresh, broken);
        for (var step = 0; step < steps; step++)
        {
            foreach (var transient in new[] { false, true })
            {
                foreach (var afterEffect in new[] { false, true })
                    await FailAt(broken, await fresh(), step, transient, afterEffect, wanted, twice: false);
            }
        }
        return broken;
    }

    /// <summary>As above, with everything that is taken back taken back twice.</summary>
    public static async Task<IReadOnlyList<string>> TakingBackTwiceIsTakingBackOnce(Func<Task<WorkflowCase>> fresh)
    {
        var broken = new List<string>();
        var (steps, wanted) = await Undisturbed(fresh, broken);
        for (var step = 0; step < steps; step++)
            await FailAt(broken, await fresh(), step, transient: false, afterEffect: true, wanted, twice: true);
        return broken;
    }

    /// <summary>Each step is done twice before it is recorded; nothing comes out different.</summary>
    public static async Task<IReadOnlyList<string>> DoingTwiceIsDoingOnce(Func<Task<WorkflowCase>> fresh)
    {
        var broken = new List<string>();
        var (_, wanted) = await Undisturbed(fresh, broken);
        var shop = await fresh();
        var definitions = Change(shop, shop.Rig.Db, (_, step) => step with { Do = Twice(step.Do) });
        await RunToSuccess(broken, shop, definitions, wanted, "each step done twice");
        return broken;
    }

    /// <summary>The worker is killed after the effect of a step, or of taking one back, and before that is recorded; another completes the work.</summary>
    public static async Task<IReadOnlyList<string>> DyingBetweenEffectAndRecordIsHarmless(Func<Task<WorkflowCase>> fresh)
    {
        var broken = new List<string>();
        var (steps, wanted) = await Undisturbed(fresh, broken);
        for (var step = 0; step < steps; step++)
        {
            var shop = await fresh();
            var at = step;
            var id = await shop.Ask();
            await RunAndDie(shop, (life, index, definition) => index == at ? definition with { Do = Then(definition.Do, life.Kill) } : definition);
            await using var survivor = shop.Rig.Engine(shop.Define(shop.Rig.Db));
            shop.Rig.OutliveLeases();
            await shop.Rig.RunToEnd(survivor);
            await Expect(broken, shop, id, [WorkflowState.Succeeded], wanted, $"killed after step {step}");
        }
        for (var step = 0; step < steps; step++)
        {
            var shop = await fresh();
            var at = step;
            var before = await shop.Observe();
            var id = await shop.Ask();
            StepDefinition FailAtTheEnd(int index, StepDefinition definition) => index == steps - 1 ? definition with { Do = Fail(transient: false) } : definition;
            await RunAndDie(shop, (life, index, definition) =>
                FailAtTheEnd(index, index == at && definition.Undo is { } undo ? definition with { Undo = Then(undo, life.Kill) } : definition));
            await using var survivor = shop.Rig.Engine(Change(shop, shop.Rig.Db, FailAtTheEnd));
            shop.Rig.OutliveLeases();
            await shop.Rig.RunToEnd(survivor);
            if ((await shop.Rig.Find(id)).State == WorkflowState.Undone)
                await Expect(broken, shop, id, [WorkflowState.Undone], before, $"killed after taking back step {step}");
        }
        return broken;
    }

    /// <summary>
    /// Two workers compete for the requests on one subject: steps never overlap, and the outcome is that of one. And a worker that was suspended until its lease
    /// had run out finds that another went on, and does no harm when it wakes.
    /// </summary>
    public static async Task<IReadOnlyList<string>> TwoWorkersAreAsGoodAsOne(Func<Task<WorkflowCase>> fresh)
    {
        var broken = new List<string>();
        var (steps, wanted) = await Undisturbed(fresh, broken);
        var shop = await fresh();
        var inside = 0;
        IReadOnlyList<WorkflowDefinition> Watched() => Change(shop, shop.Rig.Db, (_, step) => step with
        {
            Do = async (run, stop) =>
            {
                if (Interlocked.Increment(ref inside) != 1)
                    throw new InvalidOperationException($"Two workers are in '{step.Name}' at once");
                await Task.Yield();
                var done = await step.Do(run, stop);
                Interlocked.Decrement(ref inside);
                return done;
            },
        });
        var first = await shop.Ask();
        var second = shop.IsRepeatable ? await shop.Ask() : first;
        await using (var one = shop.Rig.Engine(Watched()))
        await using (var other = shop.Rig.Engine(Watched()))
        {
            for (var round = 0; round < 100 && ((await shop.Rig.Find(first)).IsOpen || (await shop.Rig.Find(second)).IsOpen); round++)
            {
                await Task.WhenAll(one.RunRound(CancellationToken.None), other.RunRound(CancellationToken.None));
                shop.Rig.Time.Advance(TimeSpan.FromSeconds(1));
            }
        }
        await Expect(broken, shop, first, [WorkflowState.Succeeded], wanted, "two workers, first request");
        await Expect(broken, shop, second, [WorkflowState.Succeeded], wanted, "two workers, second request");

        for (var step = 0; step < steps; step++)
            await SleepAfter(broken, await fresh(), step, wanted);
        return broken;
    }

    static async Task SleepAfter(List<string> broken, WorkflowCase shop, int step, IReadOnlyList<string> wanted)
    {
        var (life, db) = Mortal(shop);
        var awake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asleep = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var id = await shop.Ask();
        await using var sleeper = shop.Rig.Engine(Change(shop, db, (index, definition) => index == step
            ? definition with
            {
                Do = Then(definition.Do, () =>
                {
                    life.Suspend(awake.Task);
                    asleep.TrySetResult();
                }),
            }
            : definition), db);
        var round = RunUntil(shop, sleeper, asleep.Task);
        await Task.WhenAny(asleep.Task, round);
        shop.Rig.OutliveLeases();
        await using var other = shop.Rig.Engine(shop.Define(shop.Rig.Db));
        await shop.Rig.RunToEnd(other);
        await Expect(broken, shop, id, [WorkflowState.Succeeded], wanted, $"a worker asleep after step {step}");
        awake.SetResult();
        await round;
        await Expect(broken, shop, id, [WorkflowState.Succeeded], wanted, $"a worker awake again after step {step}");
    }

    /// <summary>Rounds until the worker falls asleep in one; that one ends when it wakes.</summary>
    static async Task RunUntil(WorkflowCase shop, WorkflowEngine engine, Task asleep)
    {
        for (var round = 0; round < 100 && !asleep.IsCompleted; round++)
        {
            await engine.RunRound(CancellationToken.None);
            if (!asleep.IsCompleted)
                shop.Rig.Time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    static async Task FailAt(List<string> broken, WorkflowCase shop, int step, bool transient, bool afterEffect, IReadOnlyList<string> wanted, bool twice)
    {
        var place = $"step {step} failing {(afterEffect ? "after" : "before")} its effect, {(transient ? "until the attempts are used up" : "for good")}{(twice ? ", taken back twice" : "")}";
        var before = await shop.Observe();
        var id = await shop.Ask();
        await using (var engine = shop.Rig.Engine(Change(shop, shop.Rig.Db, (index, definition) =>
        {
            if (twice && definition.Undo is { } undo)
                definition = definition with { Undo = Twice(undo) };
            return index == step ? definition with { Do = afterEffect ? Both(definition.Do, Fail(transient)) : Fail(transient) } : definition;
        })))
        {
            await shop.Rig.RunToEnd(engine);
        }
        var definition = shop.Define(shop.Rig.Db).First(candidate => candidate.Kind == shop.Kind);
        if (step < definition.NoReturnFrom)
        {
            await Expect(broken, shop, id, [WorkflowState.Undone], before, place);
            return;
        }
        await Expect(broken, shop, id, [WorkflowState.Failed], null, place);
        if (!await shop.Rig.Restart(id))
        {
            broken.Add($"{shop.Kind}: {place}: cannot be restarted");
            return;
        }
        await using var healthy = shop.Rig.Engine(shop.Define(shop.Rig.Db));
        await shop.Rig.RunToEnd(healthy);
        await Expect(broken, shop, id, [WorkflowState.Succeeded], wanted, $"{place}, then restarted");
    }

    static async Task<(int Steps, IReadOnlyList<string> Wanted)> Undisturbed(Func<Task<WorkflowCase>> fresh, List<string> broken)
    {
        var shop = await fresh();
        var definitions = shop.Define(shop.Rig.Db);
        var wanted = await RunToSuccess(broken, shop, definitions, null, "undisturbed");
        return (definitions.First(definition => definition.Kind == shop.Kind).Steps.Count, wanted);
    }

    static async Task<IReadOnlyList<string>> RunToSuccess(
        List<string> broken, WorkflowCase shop, IReadOnlyList<WorkflowDefinition> definitions, IReadOnlyList<string>? wanted, string place)
    {
        var id = await shop.Ask();
        await using var engine = shop.Rig.Engine(definitions);
        await shop.Rig.RunToEnd(engine);
        await Expect(broken, shop, id, [WorkflowState.Succeeded], wanted, place);
        return await shop.Observe();
    }

    static async Task RunAndDie(WorkflowCase shop, Func<MortalDialect, int, StepDefinition, StepDefinition> change)
    {
        var (life, db) = Mortal(shop);
        await using var engine = shop.Rig.Engine(Change(shop, db, (index, step) => change(life, index, step)), db);
        try
        {
            await shop.Rig.RunToEnd(engine, () => life.IsDead);
        }
        catch (System.Data.Common.DbException)
        {
            // It is dead.
        }
    }

    static (MortalDialect Life, Db Db) Mortal(WorkflowCase shop)
    {
        var life = new MortalDialect(shop.Rig.Db.Dialect);
        return (life, new Db(life, shop.Rig.Db.Cipher, TimeProvider.System));
    }

    static async Task Expect(List<string> broken, WorkflowCase shop, Core.Identity.WorkflowId id, WorkflowState[] states, IReadOnlyList<string>? wanted, string place)
    {
        var row = await shop.Rig.Find(id);
        if (!states.Contains(row.State))
            broken.Add($"{shop.Kind}: {place}: ended {row.State} ({row.ErrorCode}: {row.ErrorDetail})");
        var found = await shop.Observe();
        if (wanted is not null && !wanted.SequenceEqual(found))
            broken.Add($"{shop.Kind}: {place}: wanted\n  {string.Join("\n  ", wanted)}\nfound\n  {string.Join("\n  ", found)}");
    }

    static IReadOnlyList<WorkflowDefinition> Change(WorkflowCase shop, Db db, Func<int, StepDefinition, StepDefinition> change) =>
        [.. shop.Define(db).Select(definition => definition.Kind == shop.Kind
            ? definition with { Steps = [.. definition.Steps.Select((step, index) => change(index, step))] }
            : definition)];

    static StepFunction Twice(StepFunction work) => async (run, stop) =>
    {
        await work(run, stop);
        return await work(run, stop);
    };

    static StepFunction Both(StepFunction first, StepFunction second) => async (run, stop) =>
    {
        await first(run, stop);
        return await second(run, stop);
    };

    static StepFunction Then(StepFunction work, Action action) => async (run, stop) =>
    {
        var done = await work(run, stop);
        action();
        return done;
    };

    static StepFunction Fail(bool transient) => (_, _) => throw new OutsideFault(transient, "A law makes this step fail");
}
