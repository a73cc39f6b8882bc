using System.Collections.Frozen;
using Lnvps.Database.Schema.Tables;
using Lnvps.Database.Schema.Writers;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Schema.Additions;

/// <summary>Reads and fills <c>lnvps_schema</c>, the ledger of our own additions.</summary>
static class OwnLedger
{
    /// <summary>The additions this database lacks.</summary>
    /// <exception cref="DatabaseRefused">It has one this program does not know.</exception>
    public static async Task<IReadOnlyList<Addition>> Missing(Session session, FrozenSet<string> tables, IReadOnlyList<Addition> additions, CancellationToken stop)
    {
        if (!tables.Contains(LnvpsTables.OwnLedger.Name))
            return additions;
        var present = (await session.List<Row>($"SELECT version, name FROM {LnvpsTables.OwnLedger.Name} ORDER BY version", null, stop))
            .ToDictionary(row => row.Version, row => row.Name);
        var unknown = present.Keys.Except(additions.Select(addition => addition.Version)).ToList();
        if (unknown.Count > 0)
            throw new DatabaseRefused($"{LnvpsTables.OwnLedger.Name} holds additions this program does not know: " +
                $"{string.Join(", ", unknown.Take(5).Select(version => $"{version} {present[version]}"))}. " +
                "The database was opened by a newer version of this program; use that one. Nothing was changed.");
        return [.. additions.Where(addition => !present.ContainsKey(addition.Version))];
    }

    /// <summary>Refuses when rows stand in the way of an addition.</summary>
    public static async Task Check(Session session, IReadOnlyList<Addition> additions, CancellationToken stop)
    {
        foreach (var addition in additions.Where(addition => addition.Obstacles is not null))
        {
            var rows = await session.List<string>(addition.Obstacles!, null, stop);
            if (rows.Count > 0)
                throw new DatabaseRefused($"{addition.ObstacleAdvice}: {string.Join(", ", rows.Take(20))}{(rows.Count > 20 ? $" and {rows.Count - 20} more" : "")}.");
        }
    }

    public static async Task Apply(
        Session session, SchemaWriter writer, FrozenSet<string> tables, IReadOnlyList<Addition> additions, Action<string> report, CancellationToken stop)
    {
        if (!tables.Contains(LnvpsTables.OwnLedger.Name))
            await session.ExecuteAll(writer.CreateTable(LnvpsTables.OwnLedger), stop);
        foreach (var addition in additions)
        {
            await session.ExecuteAll(addition.Statements(writer), stop);
            await session.Execute($"INSERT INTO {LnvpsTables.OwnLedger.Name} (version, name) VALUES (@version, @name)",
                new { version = addition.Version, name = addition.Name }, stop);
            report($"Added to the schema: {addition.Name}");
        }
    }

    public static async Task ExecuteAll(this Session session, IEnumerable<string> statements, CancellationToken stop)
    {
        foreach (var statement in statements)
            await session.Execute(statement, null, stop);
    }

    sealed record Row
    {
        public ulong Version { get; init; }
        public string Name { get; init; } = "";
    }
}
