using System.Collections.Frozen;
using Lnvps.Database.Schema.Tables;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Schema.Ledger;

/// <summary>What the ledger of existing programs says about a database.</summary>
enum LedgerKind
{
    /// <summary>Nothing of LNVPS is here.</summary>
    Empty,
    /// <summary>Known steps are missing.</summary>
    Older,
    /// <summary>All 43 steps are there, and no others.</summary>
    Complete,
}

/// <summary>The state of a database by its ledger; reading it refuses what must not be touched (data-model.md section 1.5).</summary>
sealed record LedgerState(LedgerKind Kind, IReadOnlyList<KnownStep> MissingSteps)
{
    public bool Lacks(long version) => MissingSteps.Any(step => step.Version == version);

    /// <param name="tables">Names of all tables of the database.</param>
    /// <exception cref="DatabaseRefused">Broken, newer or foreign.</exception>
    public static async Task<LedgerState> Read(Session session, FrozenSet<string> tables, CancellationToken stop)
    {
        if (!tables.Contains(LnvpsTables.Ledger.Name))
        {
            var known = LnvpsTables.All.Select(table => table.Name).Where(tables.Contains).ToList();
            if (known.Count > 0)
                throw new DatabaseRefused($"The database has tables of LNVPS ({Some(known)}) but no {LnvpsTables.Ledger.Name}, " +
                    "so nobody knows which version it is. Use an empty database, or restore the table from a backup.");
            return new LedgerState(LedgerKind.Empty, KnownSteps.All);
        }

        var rows = await session.List<Row>($"SELECT version, description, success, checksum FROM {LnvpsTables.Ledger.Name} ORDER BY version", null, stop);
        Refuse(rows.Where(row => !KnownSteps.ByVersion.ContainsKey(row.Version)), "holds steps this program does not know",
            "The database was made by a newer or a different program; use that one.");
        Refuse(rows.Where(row => !row.Success), "says that steps broke half-way",
            "Someone must look at the database, finish or take back what they did, and then put the ledger right.");
        Refuse(rows.Where(row => KnownSteps.ByVersion[row.Version].Checksum != Convert.ToHexStringLower(row.Checksum)),
            "holds known steps with other contents", "The database was made by a different program; use that one.");

        var present = rows.Select(row => row.Version).ToHashSet();
        var missing = KnownSteps.All.Where(step => !present.Contains(step.Version)).ToList();
        return new LedgerState(missing.Count == 0 ? LedgerKind.Complete : LedgerKind.Older, missing);
    }

    static void Refuse(IEnumerable<Row> rows, string problem, string advice)
    {
        var names = rows.Select(row => $"{row.Version} {row.Description}").ToList();
        if (names.Count > 0)
            throw new DatabaseRefused($"The ledger {LnvpsTables.Ledger.Name} {problem}: {Some(names)}. {advice} Nothing was changed.");
    }

    static string Some(List<string> names) => string.Join(", ", names.Take(5)) + (names.Count > 5 ? $" and {names.Count - 5} more" : "");

    sealed record Row
    {
        public long Version { get; init; }
        public string Description { get; init; } = "";
        public bool Success { get; init; }
        public byte[] Checksum { get; init; } = [];
    }
}
