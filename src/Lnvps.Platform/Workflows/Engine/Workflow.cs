using Lnvps.Core.Workflows;
using Lnvps.Database.Sessions;

namespace Lnvps.Platform.Workflows.Engine;

/// <summary>The work of a step, or of taking it back. Called again after a crash or a failure, so it must find and tolerate its own earlier work.</summary>
public delegate Task<Done> StepFunction(Run run, CancellationToken stop);

/// <summary>A step of a workflow.</summary>
public sealed record StepDefinition(string Name, StepFunction Do, StepFunction? Undo)
{
    public RetryPolicy Retry { get; init; } = RetryPolicy.Default;

    /// <summary>Longest time one attempt may take; then it is cancelled and counts as a passing failure.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long the step may answer "not yet".</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);
}

/// <summary>Called in the transaction that ends a failed workflow.</summary>
public delegate Task FailureHook(Run run, Failure failure, Session session, CancellationToken stop);

/// <summary>Called in the transaction that records a step.</summary>
public delegate Task StepHook(Run run, StepDefinition step, Session session, CancellationToken stop);

/// <summary>Declares workflows.</summary>
public static class Workflow
{
    /// <summary>A workflow without steps yet.</summary>
    /// <param name="kind">Its name, stored with each run; at most 50 characters.</param>
    /// <param name="deadline">Time from the request after which an operator is told that it is still not done.</param>
    public static Workflow<TInput> For<TInput>(string kind, TimeSpan deadline) => new(kind, deadline);
}

/// <summary>A declared workflow: its steps in order and what surrounds them. Immutable.</summary>
public abstract record WorkflowDefinition(string Kind, TimeSpan Deadline)
{
    public IReadOnlyList<StepDefinition> Steps { get; init; } = [];

    /// <summary>From this step on nothing is taken back: a failure there parks the workflow, which can be restarted at the failed step.</summary>
    public int NoReturnFrom { get; init; } = int.MaxValue;

    /// <summary>Kinds that give way between two steps when this one waits for their subject.</summary>
    public IReadOnlyList<string> Interrupts { get; init; } = [];

    public FailureHook? Failed { get; init; }

    /// <summary>Title of the alert when it failed; null = one made of kind and subject.</summary>
    public Func<Run, string>? FailureTitle { get; init; }

    public StepHook? StepDone { get; init; }
}

/// <inheritdoc cref="WorkflowDefinition"/>
public sealed record Workflow<TInput> : WorkflowDefinition
{
    internal Workflow(string kind, TimeSpan deadline) : base(kind, deadline)
    {
    }

    RetryPolicy Policy { get; init; } = RetryPolicy.Default;

    /// <summary>Adds a step.</summary>
    /// <param name="undo">Takes back whatever part of the step was done, and only what this run did; null = there is nothing to take back.</param>
    /// <param name="limit">Longest time of one attempt; 10 minutes when not given.</param>
    /// <param name="patience">How long it may answer "not yet"; 2 minutes when not given.</param>
    public Workflow<TInput> Step(
        string name,
        Func<Run<TInput>, CancellationToken, Task<Done>> @do,
        Func<Run<TInput>, CancellationToken, Task<Done>>? undo = null,
        TimeSpan? limit = null,
        TimeSpan? patience = null)
    {
        var step = new StepDefinition(name, Typed(@do), undo is null ? null : Typed(undo)) { Retry = Policy };
        return this with { Steps = [.. Steps, step with { Limit = limit ?? step.Limit, Patience = patience ?? step.Patience }] };
    }

    /// <summary>Sets the retry policy of the steps that follow; <see cref="RetryPolicy.Default"/> before.</summary>
    public Workflow<TInput> Retrying(RetryPolicy policy) => this with { Policy = policy };

    /// <summary>The steps that follow are not taken back (<see cref="WorkflowDefinition.NoReturnFrom"/>).</summary>
    public Workflow<TInput> NoReturn() => this with { NoReturnFrom = Steps.Count };

    /// <inheritdoc cref="WorkflowDefinition.Interrupts"/>
    public Workflow<TInput> Interrupting(params IReadOnlyList<string> kinds) => this with { Interrupts = kinds };

    /// <summary>What the database changes when the workflow ends failed; not called when it gave way to another.</summary>
    public Workflow<TInput> WhenFailed(Func<Run<TInput>, Failure, Session, CancellationToken, Task> hook) =>
        this with { Failed = (run, failure, session, stop) => hook(new Run<TInput>(run), failure, session, stop) };

    /// <inheritdoc cref="WorkflowDefinition.FailureTitle"/>
    public Workflow<TInput> AlertingAs(Func<Run, string> title) => this with { FailureTitle = title };

    /// <summary>What the database changes with the record of each step.</summary>
    public Workflow<TInput> AfterEachStep(StepHook hook) => this with { StepDone = hook };

    static StepFunction Typed(Func<Run<TInput>, CancellationToken, Task<Done>> function) => (run, stop) => function(new Run<TInput>(run), stop);
}
