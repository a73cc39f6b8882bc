using Lnvps.Database.Sessions;

namespace Lnvps.Platform.Workflows.Engine;

/// <summary>
/// What a step function answers when nothing failed: what is to be recorded, and what the database changes with the record, in one transaction. A change
/// may run again after a deadlock, so it must not reach outside the database.
/// </summary>
public sealed class Done
{
    Func<Session, CancellationToken, Task<Done>>? _change;
    object? _result;

    Done()
    {
    }

    /// <summary>Done; nothing to remember.</summary>
    public static readonly Done Nothing = new();

    /// <summary>There is nothing (more) to do: the workflow ends as succeeded and the steps that follow are left out.</summary>
    public static readonly Done Enough = new() { EndsWorkflow = true };

    /// <summary>Set: the step is not done; look again after this time.</summary>
    internal TimeSpan? Again { get; private init; }

    internal bool EndsWorkflow { get; private init; }

    /// <summary>Done, with a result that later steps and taking back can read (kept as JSON).</summary>
    public static Done With<T>(T result) where T : notnull => new() { _result = result };

    /// <summary>Done once this change is committed with the record.</summary>
    public static Done By(Func<Session, CancellationToken, Task> change) => Decide(async (session, stop) =>
    {
        await change(session, stop);
        return Nothing;
    });

    /// <summary>Done once this change is committed with the record; what it returns is the step's result.</summary>
    public static Done By<T>(Func<Session, CancellationToken, Task<T>> change) where T : notnull =>
        Decide(async (session, stop) => With(await change(session, stop)));

    /// <summary>As <see cref="By"/>, but the change itself says what comes out, such as <see cref="Enough"/>; it must not answer "not yet".</summary>
    public static Done Decide(Func<Session, CancellationToken, Task<Done>> change) => new() { _change = change };

    /// <summary>Not done yet, and no error: look again after <paramref name="delay"/>. After the step's patience it counts as failed.</summary>
    public static Done NotYet(TimeSpan delay) => new() { Again = delay };

    /// <summary>Makes the changes and tells what came out: the result to keep, and whether the workflow ends here.</summary>
    internal async Task<(object? Result, bool Ends)> Apply(Session session, CancellationToken stop) =>
        _change is null ? (_result, EndsWorkflow) : await (await _change(session, stop)).Apply(session, stop);
}
