using System.Diagnostics;

namespace Lnvps.Database.Sessions;

/// <summary>
/// A span for each statement that goes to the database, below the request or the step of a workflow that asks. Free while nobody listens. It tells the kind of the
/// statement, never its text or values.
/// </summary>
public static class StatementSpans
{
    /// <summary>Name of the source, for those who listen.</summary>
    public const string SourceName = "Lnvps.Database";

    static readonly ActivitySource Source = new(SourceName);

    /// <summary>Null while nobody listens, and for rounds of the worker, which follow from nothing.</summary>
    internal static Activity? Begin(Dialect dialect, string sql)
    {
        if (!Source.HasListeners() || Activity.Current is null)
            return null;
        var verb = sql.AsSpan().TrimStart();
        var end = verb.IndexOfAny(" \r\n(");
        var name = (end < 0 ? verb : verb[..end]).ToString().ToUpperInvariant();
        return Source.StartActivity(ActivityKind.Client, tags: [new("db.system.name", dialect.Name), new("db.operation.name", name)], name: name);
    }
}
