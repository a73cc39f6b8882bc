using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Workflows;
using Lnvps.Database.Notifications;
using Lnvps.Database.Workflows;
using Lnvps.Platform.Workflows.Engine;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Workflows;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Platform.Tests.Workflows.Engine;

public sealed class EngineTests
{
    readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 2, 19, 10, 0, 0, TimeSpan.Zero));
    readonly List<string> _deeds = [];

    sealed record Input(string Word);

    Func<Run<Input>, CancellationToken, Task<Done>> Note(string deed) => (run, _) =>
    {
        _deeds.Add($"{deed} {run.Input.Word}");
        return Task.FromResult(Done.With(deed));
    };

    static Func<Run<Input>, CancellationToken, Task<Done>> Throw(Exception error) => (_, _) => throw error;

    static Workflow<Input> Empty(string kind = "toy") => Workflow.For<Input>(kind, TimeSpan.FromMinutes(10));

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Runs_the_steps_in_order_and_records_them(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        var rig = new WorkflowRig(database.Db, _time);
        var seen = "";
        var toy = Empty().Step("one", Note("one")).Step("two", (run, _) =>
        {
            seen = run.Result<string>("one");
            return Task.FromResult(Done.Nothing);
        });
        await using var engine = rig.Engine([toy]);
        var id = await rig.Ask(toy, new Subject("toy", 1), new Input("x"));
        Assert.Equal(1, await engine.RunRound(default));

        Assert.Equal(["one x"], _deeds);
        Assert.Equal("one", seen);
        var row = await rig.Find(id);
        Assert.Equal(WorkflowState.Succeeded, row.State);
        Assert.False(row.IsOpen);
        Assert.Equal([("one", StepOutcome.Done, "\"one\""), ("two", StepOutcome.Done, null)], (await rig.Steps(id)).Select(s => (s.Name, s.Outcome, s.Result)));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_long_step_tells_how_far_it_is(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        var rig = new WorkflowRig(database.Db, _time);
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var toy = Empty().Step("one", Note("one")).Step("long", async (run, stop) =>
        {
            run.TellProgress(5);
            run.TellProgress(40);
            await enough.Task.WaitAsync(stop);
            return Done.Nothing;
        });
        await using var engine = rig.Engine([toy]);
        var id = await rig.Ask(toy, new Subject("toy", 1), new Input("x"));
        var round = engine.RunRound(default);
        var row = await rig.Find(id);
        // Well within the lease.
        for (var look = 0; look < 400 && row.StepPercent is null; look++)
        {
            if (look % 50 == 0)
                _time.Advance(TimeSpan.FromSeconds(1.1));
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            row = await rig.Find(id);
        }
        Assert.Equal(40u, row.StepPercent);
        Assert.Equal("long", engine.PresentStep(row));
        enough.SetResult();
        await round;

        row = await rig.Find(id);
        Assert.Equal(WorkflowState.Succeeded, row.State);
        Assert.Null(row.StepPercent);
        Assert.Null(engine.PresentStep(row));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Passing_failures_are_repeated_after_1_2_and_4_seconds_and_then_undone(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        var rig = new WorkflowRig(database.Db, _time);
        var attempts = new List<double>();
        var start = _time.GetUtcNow();
        var toy = Empty()
            .Step("one", Note("one"), undo: Note("undo one"))
            .Step("two", (_, _) =>
            {
                attempts.Add((_time.GetUtcNow() - start).TotalSeconds);
                throw OutsideFault.Transient("host busy, password=hunter2");
            }, undo: Note("undo two"))
            .Step("three", Note("three"), undo: Note("undo three"));
        await using var engine = rig.Engine([toy]);
        var id = await rig.Ask(toy, new Subject("toy", 1), new Input("x"));
        await rig.RunToEnd(engine);

        Assert.Equal([0, 1, 3, 7], attempts);
        Assert.Equal(["one x", "undo two x", "undo one x"], _deeds);
        var row = await rig.Find(id);
        Assert.Equal(WorkflowState.Undone, row.State);
        Assert.Equal("outside", row.ErrorCode);
        Assert.DoesNotContain("hunter2", row.ErrorText);
        Assert.Contains("host busy", row.ErrorDetail);
        Assert.Single(await database.Db.Read(s => s.ListNotifications(null, default), default));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Fatal_failures_are_not_repeated_and_failed_undoing_does_not_stop_the_rest(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        var rig = new WorkflowRig(database.Db, _time);
        var toy = Empty()
            .Step("one", Note("one"), undo: Note("undo one"))
            .Step("two", Note("two"), undo: Throw(OutsideFault.Fatal("no")))
            .Step("three", Throw(new WorkflowFailure("full", "There is no room")));
        await using var engine = rig.Engine([toy]);
        var id = await rig.Ask(toy, new Subject("toy", 1), new Input("x"));
        await rig.RunToEnd(engine);

        Assert.Equal(["one x", "two x", "undo one x"], _deeds);
        var row = await rig.Find(id);
        Assert.Equal((WorkflowState.Failed, "full", "There is no room"), (row.State, row.ErrorCode, row.ErrorText));
        Assert.True(row.UndoFailed);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Behind_the_point_of_no_return_it_parks_and_goes_on_where_it_failed(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        var rig = new WorkflowRig(database.Db, _time);
        var broken = true;
        var toy = Empty()
            .Step("one", Note("one"), undo: Note("undo one"))
            .NoReturn()
            .Step("two", (run, stop) => broken ? throw OutsideFault.Fatal("no") : Note("two")(run, stop));
        await using var engine = rig.Engine([toy]);
        var id = await rig.Ask(toy, new Subject("toy", 1), new Input("x"));
        await rig.RunToEnd(engine);
        Assert.Equal(WorkflowState.Failed, (await rig.Find(id)).State);

        broken = false;
        Assert.True(await rig.Restart(id));
        await rig.RunToEnd(engine);
        Assert.Equal(["one x", "two x"], _deeds);
        Assert.Equal(WorkflowState.Succeeded, (await rig.Find(id)).State);
        Assert.False(await rig.Restart(id));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task One_workflow_at_a_time_runs_on_a_subject_in_the_order_asked_for(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        var rig = new WorkflowRig(database.Db, _time);
        var failures = 1;
        var toy = Empty().Step("one", (run, stop) => run.Input.Word == "a" && failures-- > 0 ? throw OutsideFault.Transient("no") : Note("one")(run, stop));
        await using var engine = rig.Engine([toy]);
        foreach (var word in new[] { "a", "b", "c" })
            await rig.Ask(toy, new Subject("toy", 1), new Input(word));
        await rig.Ask(toy, new Subject("toy", 2), new Input("other"));
        await engine.RunRound(default);
        Assert.Equal(["one other"], _deeds);
        await rig.RunToEnd(engine);
        Assert.Equal(["one other", "one a", "one b", "one c"], _deeds);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_waiting_wish_interrupts_between_two_steps(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        var rig = new WorkflowRig(database.Db, _time);
        var delete = Empty("delete").Step("gone", Note("gone")).Interrupting("make");
        var make = Empty("make")
            .Step("one", async (run, stop) =>
            {
                await rig.Ask(delete, run.Subject, new Input("d"));
                return await Note("one")(run, stop);
            }, undo: Note("undo one"))
            .Step("two", Note("two"));
        await using var engine = rig.Engine([make, delete]);
        var id = await rig.Ask(make, new Subject("toy", 1), new Input("m"));
        await rig.RunToEnd(engine);
        Assert.Equal(["one m", "undo one m", "gone d"], _deeds);
        var row = await rig.Find(id);
        Assert.Equal((WorkflowState.Undone, Failure.Interrupted), (row.State, row.ErrorCode));
        Assert.Empty(await database.Db.Read(s => s.ListNotifications(null, default), default));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Behind_the_point_of_no_return_what_gives_way_ends_and_is_not_parked(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        var rig = new WorkflowRig(database.Db, _time);
        var delete = Empty("delete").Step("gone", Note("gone")).Interrupting("make");
        WorkflowId deletion = default;
        var make = Empty("make")
            .Step("one", Note("one"), undo: Note("undo one"))
            .NoReturn()
            .Step("two", async (run, stop) =>
            {
                deletion = await rig.Ask(delete, run.Subject, new Input("d"));
                return await Note("two")(run, stop);
            })
            .Step("three", Note("three"))
            .WhenFailed((run, _, _, _) =>
            {
                _deeds.Add("mend what was deleted");
                return Task.CompletedTask;
            });
        await using var engine = rig.Engine([make, delete]);
        var id = await rig.Ask(make, new Subject("toy", 1), new Input("m"));
        await rig.RunToEnd(engine);
        Assert.Equal(["one m", "two m", "gone d"], _deeds);
        var row = await rig.Find(id);
        Assert.Equal((WorkflowState.Undone, Failure.Interrupted), (row.State, row.ErrorCode));
        Assert.Empty(await database.Db.Read(s => s.ListNotifications(null, default), default));

        // Only what gave way to this one is opened again, and where it was.
        _time.Advance(TimeSpan.FromMinutes(5));
        var later = await rig.Ask(delete, new Subject("toy", 1), new Input("later"));
        await rig.RunToEnd(engine);
        await database.Db.Write(session => rig.Store.RestartInterrupted(session, later, default), default);
        await rig.RunToEnd(engine);
        Assert.Equal(WorkflowState.Undone, (await rig.Find(id)).State);
        await database.Db.Write(session => rig.Store.RestartInterrupted(session, deletion, default), default);
        await rig.RunToEnd(engine);
        Assert.Equal(["one m", "two m", "gone d", "gone later", "three m"], _deeds);
        Assert.Equal((WorkflowState.Succeeded, null), ((await rig.Find(id)).State, (await rig.Find(id)).ErrorCode));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Not_yet_is_asked_again_until_patience_ends(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        var rig = new WorkflowRig(database.Db, _time);
        var looks = 0;
        var toy = Empty().Step("wait", (run, _) =>
        {
            looks++;
            return Task.FromResult(run.Input.Word == "soon" && looks == 3 ? Done.Nothing : Done.NotYet(TimeSpan.FromSeconds(2)));
        }, patience: TimeSpan.FromSeconds(20));
        await using var engine = rig.Engine([toy]);
        var soon = await rig.Ask(toy, new Subject("toy", 1), new Input("soon"));
        await rig.RunToEnd(engine);
        Assert.Equal((WorkflowState.Succeeded, 3), ((await rig.Find(soon)).State, looks));

        looks = 0;
        var never = await rig.Ask(toy, new Subject("toy", 1), new Input("never"));
        await rig.RunToEnd(engine);
        Assert.Equal((WorkflowState.Undone, "time-out", 11), ((await rig.Find(never)).State, (await rig.Find(never)).ErrorCode, looks));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Operators_are_told_once_that_the_deadline_has_passed(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        var rig = new WorkflowRig(database.Db, _time);
        var toy = Empty().Step("wait", (_, _) => Task.FromResult(Done.NotYet(TimeSpan.FromHours(1))), patience: TimeSpan.FromDays(1));
        await using var engine = rig.Engine([toy]);
        await rig.Ask(toy, new Subject("toy", 1), new Input("x"));
        await engine.RunRound(default);
        _time.Advance(TimeSpan.FromMinutes(9));
        await engine.RunRound(default);
        Assert.Empty(await database.Db.Read(s => s.ListNotifications(null, default), default));
        _time.Advance(TimeSpan.FromMinutes(2));
        await engine.RunRound(default);
        await engine.RunRound(default);
        Assert.Equal("toy of toy:1 is late", Assert.Single(await database.Db.Read(s => s.ListNotifications(null, default), default)).Title);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_change_that_fails_takes_the_record_with_it(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        var rig = new WorkflowRig(database.Db, _time);
        var toy = Empty().Step("one", (_, _) => Task.FromResult(Done.By(async (session, stop) =>
        {
            await Lnvps.Platform.Notifications.Notifications.QueueForOperators(session, "half", "half", "half", new(1), stop);
            throw new WorkflowFailure("full", "no room");
        })));
        await using var engine = rig.Engine([toy]);
        var id = await rig.Ask(toy, new Subject("toy", 1), new Input("x"));
        await rig.RunToEnd(engine);
        Assert.Equal((WorkflowState.Undone, "full"), ((await rig.Find(id)).State, (await rig.Find(id)).ErrorCode));
        Assert.DoesNotContain(await database.Db.Read(s => s.ListNotifications(null, default), default), n => n.Title == "half");
    }
}
