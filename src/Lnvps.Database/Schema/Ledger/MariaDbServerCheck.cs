using System.Data.Common;
using System.Globalization;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Schema.Ledger;

/// <summary>Whether a server can hold the schema (data-model.md section 1.1 and 1.4).</summary>
static class MariaDbServerCheck
{
    static readonly Version Oldest = new(10, 5);

    /// <exception cref="DatabaseRefused">It is no MariaDB, too old, or its timestamps cannot be made to behave.</exception>
    public static async Task Run(Session session, CancellationToken stop)
    {
        var version = await session.Find<string>("SELECT VERSION()", null, stop) ?? "";
        if (!IsSupported(version))
            throw new DatabaseRefused($"The database server is {version}; needed is MariaDB {Oldest} or newer. Nothing was changed.");
        if (await session.Scalar<long>("SELECT @@explicit_defaults_for_timestamp", null, stop) != 0)
            return;
        // With the setting off, a bare TIMESTAMP gets properties of its own. Old servers cannot change it for a session.
        try
        {
            await session.Execute("SET SESSION explicit_defaults_for_timestamp = ON", null, stop);
        }
        catch (DbException error)
        {
            throw new DatabaseRefused("The database server runs with explicit_defaults_for_timestamp off and does not let a session switch it on " +
                $"({error.Message}); set it in the server's configuration. Nothing was changed.");
        }
    }

    /// <summary>Judges the text of <c>VERSION()</c>, such as <c>10.11.6-MariaDB-1</c>.</summary>
    public static bool IsSupported(string version) =>
        version.Contains("MariaDB", StringComparison.OrdinalIgnoreCase)
        && version.Split('.') is [var major, var minor, ..]
        && int.TryParse(major, CultureInfo.InvariantCulture, out var first) && int.TryParse(minor, CultureInfo.InvariantCulture, out var second)
        && new Version(first, second) >= Oldest;
}
