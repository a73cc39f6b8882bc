using Lnvps.Database.Sessions;

namespace Lnvps.Platform.Workflows.Engine;

/// <summary>
/// What a step function answers when nothing failed: what is to be recorded, and what the database changes with the record, in one transaction. A change
/// may run again after a deadlock, so it must not reach outside the database.
/// </summary>
public sealed class Done
{
    Done()
    {
    }

    /// <summary>Done; nothing to remember.</summary>
    public static readonly Done Nothing = new();

    internal Func<Session, CancellationToken, Task<object?>>? Change { get; private init; }

    /// <summary>Set: the step is not done; look again after this time.</summary>
    internal TimeSpan? Again { get; private init; }

    /// <summary>The workflow has reached its goal; the steps that follow are left out.</summary>
    internal bool EndsWorkflow { get; private init; }

    /// <summary>Done, with a result that later steps and taking back can read (kept as JSON).</summary>
    public static Done With<T>(T result) where T : notnull => new() { Change = (_, _) => Task.FromResult<object?>(result) };

    /// <summary>Done once this change is committed with the record.</summary>
    public static Done By(Func<Session, CancellationToken, Task> change) => new()
    {
        Change = async (session, stop) =>
        {
            await change(session, stop);
            return null;
        },
    };

    /// <summary>Done once this change is committed with the record; what it returns is the step's result.</summary>
    public static Done By<T>(Func<Session, CancellationToken, Task<T>> change) where T : notnull =>
        new() { Change = async (session, stop) => await change(session, stop) };

    /// <summary>Not done yet, and no error: look again after <paramref name="delay"/>. After the step's patience it counts as failed.</summary>
    public static Done NotYet(TimeSpan delay) => new() { Again = delay };

    /// <summary>There is nothing (more) to do: the workflow ends as succeeded, with this change.</summary>
    public static Done Enough(Func<Session, CancellationToken, Task>? change = null) => new()
    {
        EndsWorkflow = true,
        Change = change is null ? null : By(change).Change,
    };
}
