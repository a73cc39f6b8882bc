using System.Collections.Frozen;
using Lnvps.Database.Encryption;
using Lnvps.Database.Schema.Additions;
using Lnvps.Database.Schema.Ledger;
using Lnvps.Database.Schema.Tables;
using Lnvps.Database.Schema.Upgrade;
using Lnvps.Database.Schema.Writers;
using Lnvps.Database.Sessions;
using Lnvps.Database.Sqlite;

namespace Lnvps.Database.Schema;

/// <summary>Opens a database and brings its schema to what this program needs (data-model.md section 1.5).</summary>
public static class DatabaseOpener
{
    const long DeleteVm = 20241204142919;

    /// <summary>Loads the keys, then opens the database of a URL as the other overload does. The folder of an SQLite file is made.</summary>
    /// <param name="url">The <c>db</c> setting, see <see cref="DatabaseUrl"/>.</param>
    /// <param name="encryption">The <c>encryption</c> settings; null: none.</param>
    /// <exception cref="FormatException">The URL is malformed.</exception>
    /// <exception cref="EncryptionRefused">A key is missing or malformed.</exception>
    /// <exception cref="DatabaseRefused">See the other overload.</exception>
    public static async Task<Db> Open(string url, EncryptionSettings? encryption, TimeProvider time, CancellationToken stop, Action<string>? report = null)
    {
        var dialect = DatabaseUrl.Parse(url);
        var cipher = await EncryptionKeys.Load(encryption, Environment.GetEnvironmentVariable, time, stop);
        return await Open(dialect, cipher, time, stop, report);
    }

    /// <summary>
    /// Creates, upgrades, extends or only checks the schema, whatever the database needs, and returns it ready for use. Only the main
    /// program may call this; the others <see cref="Join"/>.
    /// </summary>
    /// <param name="report">Gets one line for each change, for the log.</param>
    /// <exception cref="DatabaseRefused">The database is broken, newer or foreign, or cannot be upgraded with certainty; nothing was changed.</exception>
    public static Task<Db> Open(Dialect dialect, FieldCipher cipher, TimeProvider time, CancellationToken stop, Action<string>? report = null) =>
        Open(dialect, cipher, time, AllAdditions.List, report ?? (_ => { }), stop);

    /// <inheritdoc cref="Join(Dialect, FieldCipher, TimeProvider, CancellationToken)"/>
    public static async Task<Db> Join(string url, EncryptionSettings? encryption, TimeProvider time, CancellationToken stop)
    {
        var dialect = DatabaseUrl.Parse(url);
        var cipher = await EncryptionKeys.Load(encryption, Environment.GetEnvironmentVariable, time, stop);
        return await Join(dialect, cipher, time, stop);
    }

    /// <summary>Returns a database whose schema is exactly that of this program; changes nothing.</summary>
    /// <exception cref="DatabaseRefused">The schema is another one.</exception>
    public static async Task<Db> Join(Dialect dialect, FieldCipher cipher, TimeProvider time, CancellationToken stop)
    {
        var db = new Db(dialect, cipher, time);
        var writer = SchemaWriter.For(dialect);
        // Connecting would make the file.
        if (dialect is SqliteDialect file && !File.Exists(file.Path))
            throw new DatabaseRefused($"There is no database {file.Path} yet; start lnvps_api first.");
        if (writer.IsMariaDb)
            await Locked(db, session => Check(session, writer, stop), _ => { }, stop);
        else
            await db.Read(session => Check(session, writer, stop), stop);
        return db;
    }

    internal static async Task<Db> Open(
        Dialect dialect, FieldCipher cipher, TimeProvider time, IReadOnlyList<Addition> additions, Action<string> report, CancellationToken stop)
    {
        var db = new Db(dialect, cipher, time);
        var writer = SchemaWriter.For(dialect);
        if (dialect is SqliteDialect file)
            Directory.CreateDirectory(Path.GetDirectoryName(file.Path)!);
        if (writer.IsMariaDb)
            await Locked(db, session => Prepare(session, writer, additions, report, stop), report, stop);
        else
            await db.Write(session => Prepare(session, writer, additions, report, stop), stop);
        return db;
    }

    // MariaDB commits after each change of the schema, so a transaction protects nothing; the lock keeps others out.
    static async Task Locked(Db db, Func<Session, Task<bool>> work, Action<string> report, CancellationToken stop)
    {
        await using var session = await db.OpenPatient(stop);
        await MariaDbServerCheck.Run(session, stop);
        var name = await AdvisoryLock.Take(session, report, stop);
        try
        {
            await work(session);
        }
        finally
        {
            await AdvisoryLock.Release(session, name);
        }
    }

    static async Task<bool> Check(Session session, SchemaWriter writer, CancellationToken stop)
    {
        var state = await Examine(session, writer, AllAdditions.List, stop);
        if (state.Ledger.Kind != LedgerKind.Complete || state.Missing.Count > 0)
            throw new DatabaseRefused("The database does not have the schema of this version yet; start lnvps_api of the same version first.");
        if (writer.IsMariaDb)
            await SchemaCheck.Run(session, mayRepair: false, _ => { }, stop);
        return true;
    }

    /// <summary>The state of the database, or why it must not be touched.</summary>
    static async Task<State> Examine(Session session, SchemaWriter writer, IReadOnlyList<Addition> additions, CancellationToken stop)
    {
        var tables = (await session.List<string>(writer.ListTables, null, stop)).ToFrozenSet();
        var ledger = await LedgerState.Read(session, tables, stop);
        return new State(tables, ledger, await OwnLedger.Missing(session, tables, additions, stop));
    }

    static async Task<bool> Prepare(Session session, SchemaWriter writer, IReadOnlyList<Addition> additions, Action<string> report, CancellationToken stop)
    {
        var state = await Examine(session, writer, additions, stop);
        switch (state.Ledger.Kind)
        {
            case LedgerKind.Empty:
                await SchemaCreation.Create(session, writer, report, stop);
                report($"Created the schema: {LnvpsTables.All.Count} tables");
                break;
            case LedgerKind.Older when !writer.IsMariaDb:
                throw new DatabaseRefused($"The ledger lacks the step {state.Ledger.MissingSteps[0].Version} {state.Ledger.MissingSteps[0].Name}; " +
                    "only databases on MariaDB can be older than this program. Nothing was changed.");
            case LedgerKind.Older:
                // Before that step assignments were never freed, and the column the check asks for does not exist.
                if (!state.Ledger.Lacks(DeleteVm))
                    await OwnLedger.Check(session, state.Missing, stop);
                await new Upgrader(session, state.Ledger, report).Run(stop);
                break;
            case LedgerKind.Complete when writer.IsMariaDb:
                await SchemaCheck.Run(session, mayRepair: true, report, stop);
                break;
        }
        await OwnLedger.Check(session, state.Missing, stop);
        await OwnLedger.Apply(session, writer, state.Tables, state.Missing, report, stop);
        return true;
    }

    sealed record State(FrozenSet<string> Tables, LedgerState Ledger, IReadOnlyList<Addition> Missing);
}
