using System.Text;
using Lnvps.Core.Money;
using Lnvps.Database.Encryption;
using Lnvps.Database.Schema.Declarations;
using Lnvps.Database.Schema.Tables;
using Lnvps.Database.Sessions;

namespace Lnvps.Testing.Invariants;

/// <summary>18 to 21: what the columns of one kind may hold, wherever they are.</summary>
static class ColumnInvariants
{
    static readonly (string Table, string Column)[] CurrencyColumns =
    [
        ("company", "base_currency"), ("payment_method_config", "processing_fee_currency"), ("vm_cost_plan", "currency"), ("vm_custom_pricing", "currency"),
        ("vm_payment", "currency"), ("subscription", "currency"), ("subscription_payment", "currency"), ("ip_space_pricing", "currency"),
        ("vm_refund", "list_currency"),
    ];

    /// <summary>With the ordinals of data-model.md section 3; 65535 is the simulated host of development.</summary>
    static readonly (string Table, string Column, string Ordinals)[] EnumColumns =
    [
        ("vm_host", "kind", "0, 1, 65535"),
        .. DiskColumns("vm_host_disk", "kind", "interface"),
        .. DiskColumns("vm_template", "disk_type", "disk_interface"),
        .. DiskColumns("vm_custom_template", "disk_type", "disk_interface"),
        .. DiskColumns("vm_custom_pricing_disk", "kind", "interface"),
        ("vm_os_image", "distribution", UpTo(7)),
        ("router", "kind", "0, 1"),
        ("ip_range", "allocation_mode", UpTo(2)),
        ("access_policy", "kind", "0"),
        ("vm_cost_plan", "interval_type", UpTo(2)),
        ("vm_payment", "payment_method", UpTo(3)),
        ("subscription_payment", "payment_method", UpTo(3)),
        ("payment_method_config", "payment_method", UpTo(3)),
        ("vm_payment", "payment_type", "0, 1"),
        ("vm_history", "action_type", UpTo(10)),
        ("subscription_payment", "payment_type", "0, 1"),
        ("subscription_line_item", "subscription_type", UpTo(2)),
        ("available_ip_space", "registry", UpTo(4)),
        ("admin_role_permissions", "resource", UpTo(21)),
        ("admin_role_permissions", "action", UpTo(3)),
    ];

    /// <summary>data-model.md section 5.1.</summary>
    static readonly (string Table, string Column)[] SealedColumns =
    [
        ("users", "email"), ("users", "nwc_connection_string"), ("user_ssh_key", "key_data"), ("vm_host", "api_token"), ("router", "token"),
        ("vm_payment", "external_data"), ("subscription_payment", "external_data"),
    ];

    // In hexadecimal, because text compares without case.
    static readonly string KnownCurrencies = string.Join(", ", Currencies.All.Select(currency => $"'{Convert.ToHexString(Encoding.ASCII.GetBytes(currency.Code()))}'"));

    static readonly string UnknownCurrencies = Union(CurrencyColumns.Select(place => Breaks("18 known currency", place.Table, place.Column, $"{place.Column} IS NOT NULL AND HEX({place.Column}) NOT IN ({KnownCurrencies})")));

    static readonly string UnknownOrdinals = Union(EnumColumns.Select(place => Breaks("19 known ordinal", place.Table, place.Column, $"`{place.Column}` NOT IN ({place.Ordinals})")));

    static readonly string EmptyTexts = Union(
        Breaks("21 absent, not empty", "users", "email", "email = ''"),
        Breaks("21 absent, not empty", "users", "nwc_connection_string", "nwc_connection_string = ''"));

    static readonly string SealedTexts = Union(SealedColumns.Select(place => $"SELECT '{place.Table}.{place.Column}' AS place, {place.Column} AS text FROM {place.Table} WHERE {place.Column} <> ''"));

    static readonly string LooseNulls = Union(
        from table in LnvpsTables.All
        from column in table.Columns
        where column.IsLoose
        select Breaks("20 no NULL", table.Name, column.Name, $"`{column.Name}` IS NULL"));

    static readonly string ZeroDates = Union(
        from table in LnvpsTables.All
        from column in table.Columns
        where column.Shape == Shape.Timestamp
        select Breaks("20 no zero date", table.Name, column.Name, $"CAST(`{column.Name}` AS CHAR) LIKE '0000%'"));

    public static async Task<IReadOnlyList<string>> Check(Session session, CancellationToken stop)
    {
        var broken = new List<string>();
        foreach (var sql in new[] { UnknownCurrencies, UnknownOrdinals, EmptyTexts })
            broken.AddRange(await session.List<string>(sql, null, stop));
        // SQLite's columns refuse all of 20 themselves, and both databases the times beyond their range.
        if (session.Dialect.Name != "sqlite")
        {
            broken.AddRange(await session.List<string>(LooseNulls, null, stop));
            broken.AddRange(await session.List<string>(ZeroDates, null, stop));
        }
        if (session.Db.Cipher.IsOn)
        {
            foreach (var row in await session.List<SealedRow>(SealedTexts, null, stop))
            {
                if (!FieldCipher.HasPrefix(row.Text) || !session.Db.Cipher.TryOpen(SealedText.FromStored(row.Text), out _))
                    broken.Add($"21 encrypted and readable: {row.Place}");
            }
        }
        return broken;
    }

    static string Breaks(string rule, string table, string column, string condition) => $"SELECT '{rule}: {table}.{column}' AS place FROM `{table}` WHERE {condition}";

    static string Union(params IEnumerable<string> queries) => string.Join(" UNION ALL ", queries);

    static string UpTo(int last) => string.Join(", ", Enumerable.Range(0, last + 1));

    static IEnumerable<(string Table, string Column, string Ordinals)> DiskColumns(string table, string kind, string connection) =>
        [(table, kind, "0, 1"), (table, connection, UpTo(2))];

    sealed record SealedRow
    {
        public string Place { get; init; } = "";
        public string Text { get; init; } = "";
    }
}
