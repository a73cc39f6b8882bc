using Lnvps.Database.Sessions;

namespace Lnvps.Database.Encryption;

/// <summary>Encrypts what was stored before encryption was switched on (data-model.md section 5.4). Runs at each start of the main program.</summary>
public static class PlaintextSweep
{
    const int Batch = 500;

    // What a TEXT column holds; a plaintext that would not fit encrypted stays as it is.
    const int LongestText = 65535;

    /// <summary>The encrypted columns (data-model.md section 5.1).</summary>
    public static readonly IReadOnlyList<(string Table, string Column)> Columns =
    [
        ("users", "email"),
        ("users", "nwc_connection_string"),
        ("user_ssh_key", "key_data"),
        ("vm_host", "api_token"),
        ("router", "token"),
        ("vm_payment", "external_data"),
        ("subscription_payment", "external_data"),
    ];

    /// <summary>Encrypts all old plaintext and returns the number of values; does nothing while encryption is off. Can be repeated at any time.</summary>
    public static async Task<int> EncryptOldPlaintext(this Db db, CancellationToken stop)
    {
        if (!db.Cipher.IsOn)
            return 0;
        var count = 0;
        foreach (var (table, column) in Columns)
        {
            count += table.EndsWith("_payment", StringComparison.Ordinal)
                ? await Sweep<byte[]>(db, table, column, stop)
                : await Sweep<long>(db, table, column, stop);
        }
        return count;
    }

    static async Task<int> Sweep<TId>(Db db, string table, string column, CancellationToken stop)
    {
        // HEX compares byte by byte under any collation: 'enc:' is plaintext, and a change of case in between is a change.
        var find = $"""
            SELECT id, {column} AS text FROM {table}
            WHERE {column} IS NOT NULL AND {column} <> ''
              AND HEX(SUBSTR({column}, 1, 4)) <> '{Hex(FieldCipher.Prefix)}' AND HEX(SUBSTR({column}, 1, 5)) <> '{Hex(FieldCipher.VersionedPrefix)}'
            """;
        var update = $"UPDATE {table} SET {column} = @replacement WHERE id = @id AND HEX({column}) = HEX(@old)";
        var count = 0;
        object? last = null;
        await using var session = await db.Open(stop);
        while (true)
        {
            var rows = await session.List<Row<TId>>($"{find} {(last is null ? "" : "AND id > @last")} ORDER BY id LIMIT {Batch}", new { last }, stop);
            foreach (var row in rows)
            {
                var replacement = db.Cipher.Seal(row.Text);
                if (replacement.Stored.Length <= LongestText)
                    count += await session.Execute(update, new { id = row.Id, old = row.Text, replacement }, stop);
            }
            if (rows.Count < Batch)
                return count;
            last = rows[^1].Id;
        }
    }

    static string Hex(string prefix) => Convert.ToHexString(System.Text.Encoding.ASCII.GetBytes(prefix));

    sealed record Row<TId>
    {
        public TId Id { get; init; } = default!;
        public string Text { get; init; } = "";
    }
}
