namespace Lnvps.Database.MariaDb;

/// <summary>What a command brought: the rows of each statement that returns rows, and the rows that the others touched.</summary>
sealed class ExecutionResult
{
    internal List<ResultSet> Results { get; } = [];

    /// <summary>Rows matched, inserted and deleted; -1 when no statement touches rows, as ADO.NET wants it.</summary>
    internal int Affected { get; private set; } = -1;

    internal void AddAffected(long rows)
    {
        if (rows >= 0)
            Affected = checked(Math.Max(Affected, 0) + (int)rows);
    }
}
