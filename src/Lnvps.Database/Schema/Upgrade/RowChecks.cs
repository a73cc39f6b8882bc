using Lnvps.Database.Sessions;

namespace Lnvps.Database.Schema.Upgrade;

/// <summary>Questions about the rows of a database that planning asks; they change nothing.</summary>
sealed class RowChecks(Session session, Snapshot snapshot, CancellationToken stop)
{
    public Session Session => session;

    public Snapshot Snapshot => snapshot;

    public CancellationToken Stop => stop;

    public Task<bool> HasRows(string table) => Exists($"SELECT 1 FROM `{table}`");

    public async Task<bool> Exists(string select) => await session.Scalar<long>($"SELECT EXISTS ({select})", null, stop) != 0;

    public Task<long> Count(string table, string condition) => session.Scalar<long>($"SELECT COUNT(*) FROM `{table}` t WHERE {condition}", null, stop);

    public async Task<bool> Holds(string condition) => await session.Scalar<long>($"SELECT {condition}", null, stop) != 0;
}
