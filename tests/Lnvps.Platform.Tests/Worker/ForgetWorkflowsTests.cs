using Lnvps.Core.Time;
using Lnvps.Core.Workflows;
using Lnvps.Database.Workflows;
using Lnvps.Platform.Worker;
using Lnvps.Testing.Databases;

namespace Lnvps.Platform.Tests.Worker;

public sealed class ForgetWorkflowsTests
{
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task What_ended_long_ago_goes_with_its_steps_and_what_is_left_to_do_stays(DatabaseKind kind)
    {
        await using var rig = await WorkerRig.Create(kind);
        var now = rig.RealTime.Moment();
        var old = now.Plus(-ForgetWorkflows.After - TimeSpan.FromSeconds(1));
        var recent = now.Plus(-ForgetWorkflows.After + TimeSpan.FromSeconds(1));
        (WorkflowState State, Moment? Finished, bool Stays)[] cases =
        [
            (WorkflowState.Succeeded, old, false), (WorkflowState.Undone, old, false),
            (WorkflowState.Failed, old, true), (WorkflowState.Succeeded, recent, true), (WorkflowState.Running, null, true), (WorkflowState.Waiting, null, true),
        ];
        foreach (var (state, finished, _) in cases)
        {
            await rig.Db.Write(async session =>
            {
                var id = await session.InsertWorkflow(
                    new WorkflowRow { Kind = "toy", SubjectKind = "toy", SubjectId = 1, Input = "{}", Deadline = now, Created = old }, default);
                await session.Execute("UPDATE workflow SET state = @state, finished = @finished, due = CASE WHEN @finished IS NULL THEN due END WHERE id = @id",
                    new { state, finished, id });
                await session.Execute(
                    "INSERT INTO workflow_step (workflow_id, step, name, taken_back, started, finished, outcome) VALUES (@id, 0, 'a', 0, 1, 2, 0)", new { id });
            }, default);
        }

        var forget = new ForgetWorkflows(rig.Shop);
        Assert.Equal(2, await forget.Round(default));
        Assert.Equal(0, await forget.Round(default));

        var expected = Enumerable.Range(1, cases.Length).Where(id => cases[id - 1].Stays).Select(id => (long)id);
        Assert.Equal(expected, await rig.Db.Read(session => session.List<long>("SELECT id FROM workflow ORDER BY id", null, default), default));
        Assert.Equal(expected, await rig.Db.Read(session => session.List<long>("SELECT workflow_id FROM workflow_step ORDER BY workflow_id", null, default), default));
    }

    [Fact]
    public async Task Many_go_in_pages()
    {
        await using var rig = await WorkerRig.Create(DatabaseKind.Sqlite);
        var old = rig.RealTime.Moment().Plus(-ForgetWorkflows.After - TimeSpan.FromDays(1));
        await rig.Db.Write(session => session.Execute("""
            INSERT INTO workflow (kind, subject_kind, subject_id, input, state, step, attempts, lease_no, deadline, undo_failed, created, finished)
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1201) SELECT 'toy', 'toy', i, '{}', 3, 0, 0, 1, 0, 0, 0, @old FROM n
            """, new { old }), default);

        Assert.Equal(1201, await new ForgetWorkflows(rig.Shop).Round(default));
    }
}
