using System.Data.Common;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Sessions;

namespace Lnvps.Platform.Workflows.Engine;

/// <summary>Thrown by a step whose work cannot be done; repeating would not help.</summary>
/// <param name="code">Short name of the cause, at most 50 characters.</param>
/// <param name="text">The cause as customers may read it.</param>
/// <param name="detail">More for operators.</param>
public sealed class WorkflowFailure(string code, string text, string? detail = null) : Exception(detail ?? text)
{
    public string Code { get; } = code;

    public string Text { get; } = text;

    /// <summary>
    /// The subject is in no state for this work, by a rule of the shop: in a first step nothing was done, nothing is left to do, and no operator is told.
    /// </summary>
    public bool IsRefusal { get; init; }
}

/// <summary>Why a step or a workflow failed.</summary>
/// <param name="Code">Short name of the cause.</param>
/// <param name="Text">Clean: no names, addresses or words of other systems.</param>
/// <param name="Detail">For operators.</param>
/// <param name="IsRefusal">As <see cref="WorkflowFailure.IsRefusal"/>.</param>
public sealed record Failure(bool IsTransient, string Code, string Text, string Detail, bool IsRefusal = false)
{
    /// <summary>Code of a workflow that gave way to a later request, such as the deletion of its machine.</summary>
    public const string Interrupted = "interrupted";

    internal static readonly Failure GaveWay = new(false, Interrupted, "A later request took precedence", "A later request took precedence");

    internal static Failure TimedOut(string detail) => new(true, "time-out", "The work took too long", detail);

    internal static Failure Of(Exception error, Dialect dialect) => error switch
    {
        OutsideFault fault => new Failure(fault.IsTransient, "outside", "The machine's host did not do what it was asked", fault.Message),
        WorkflowFailure failure => new Failure(false, failure.Code, failure.Text, failure.Message, failure.IsRefusal),
        DbException trouble => new Failure(dialect.IsTransient(trouble), "database", Neutral, $"{trouble.GetType().Name}: {trouble.Message}"),
        TimeoutException late => TimedOut(late.Message),
        _ => new Failure(false, "internal", Neutral, $"{error.GetType().Name}: {error.Message}"),
    };

    const string Neutral = "An internal error occurred";
}
