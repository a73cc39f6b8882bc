using System.Collections.Frozen;
using Lnvps.Database.Encryption;
using Lnvps.Database.Schema.Additions;
using Lnvps.Database.Schema.Ledger;
using Lnvps.Database.Schema.Writers;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Schema;

/// <summary>Opens a database and brings its schema to what this program needs (data-model.md section 1.5).</summary>
public static class DatabaseOpener
{
    /// <summary>Creates, extends or only checks the schema, whatever the database needs, and returns it ready for use.</summary>
    /// <exception cref="DatabaseRefused">The database is broken, newer or foreign; nothing was changed.</exception>
    public static Task<Db> Open(Dialect dialect, FieldCipher cipher, TimeProvider time, CancellationToken stop) =>
        Open(dialect, cipher, time, AllAdditions.List, stop);

    internal static async Task<Db> Open(Dialect dialect, FieldCipher cipher, TimeProvider time, IReadOnlyList<Addition> additions, CancellationToken stop)
    {
        var db = new Db(dialect, cipher, time);
        var writer = SchemaWriter.For(dialect);
        await db.Write(session => Prepare(session, writer, additions, stop), stop);
        return db;
    }

    static async Task Prepare(Session session, SchemaWriter writer, IReadOnlyList<Addition> additions, CancellationToken stop)
    {
        var tables = await TableNames(session, writer, stop);
        var ledger = await LedgerState.Read(session, tables, stop);
        var missing = await OwnLedger.Missing(session, tables, additions, stop);
        await OwnLedger.Check(session, tables, missing, stop);
        switch (ledger.Kind)
        {
            case LedgerKind.Empty:
                await SchemaCreation.Create(session, writer, stop);
                break;
            case LedgerKind.Older:
                throw new DatabaseRefused($"The ledger lacks the step {ledger.MissingSteps[0].Version} {ledger.MissingSteps[0].Name}. Nothing was changed.");
        }
        await OwnLedger.Apply(session, writer, tables, missing, stop);
    }

    static async Task<FrozenSet<string>> TableNames(Session session, SchemaWriter writer, CancellationToken stop) =>
        (await session.List<string>(writer.ListTables, null, stop)).ToFrozenSet();
}
