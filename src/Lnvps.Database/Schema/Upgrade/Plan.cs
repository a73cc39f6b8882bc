using Lnvps.Database.Sessions;

namespace Lnvps.Database.Schema.Upgrade;

/// <summary>When a change is made; within a stage the order is that of planning.</summary>
enum Stage
{
    /// <summary>Tables that refer to no other, so that their rows can be referred to.</summary>
    IndependentTables,
    /// <summary>Rows that back-filled columns point at.</summary>
    Rows,
    DropReferences,
    Columns,
    Tables,
    Keys,
    References,
}

/// <summary>One change of the schema. <paramref name="Description"/> is for the log.</summary>
sealed record Change(Stage Stage, string Description, Func<Session, CancellationToken, Task> Run)
{
    public static Change Sql(Stage stage, string description, string sql) => new(stage, description, (session, stop) => session.Execute(sql, null, stop));
}

/// <summary>What lies between a database and the schema: the changes, or why there is no safe way.</summary>
sealed class Plan
{
    public List<string> Refusals { get; } = [];

    public List<Change> Changes { get; } = [];

    public IEnumerable<Change> InOrder => Changes.OrderBy(change => change.Stage);

    public void Refuse(string reason) => Refusals.Add(reason);

    public void Do(Stage stage, string description, string sql) => Changes.Add(Change.Sql(stage, description, sql));
}
