using System.Globalization;
using Lnvps.Core.Money;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Schema.Upgrade;

/// <summary>
/// Step "amount to cents": prices that were decimal numbers of whole units become whole numbers of the smallest unit (hundredths, for BTC
/// millisatoshi). A price that is no whole number of those is refused rather than rounded.
/// </summary>
static class MoneyColumns
{
    // Column → SELECT expression and join that give the currency of a row.
    static readonly Dictionary<(string Table, string Column), (string Currency, string Join)> Currencies = new()
    {
        [("vm_cost_plan", "amount")] = ("t.currency", ""),
        [("vm_custom_pricing", "cpu_cost")] = ("t.currency", ""),
        [("vm_custom_pricing", "memory_cost")] = ("t.currency", ""),
        [("vm_custom_pricing", "ip4_cost")] = ("t.currency", ""),
        [("vm_custom_pricing", "ip6_cost")] = ("t.currency", ""),
        [("vm_custom_pricing_disk", "cost")] = ("o.currency", "JOIN vm_custom_pricing o ON o.id = t.pricing_id"),
        [("subscription", "setup_fee")] = ("t.currency", ""),
        [("subscription_line_item", "amount")] = ("o.currency", "JOIN subscription o ON o.id = t.subscription_id"),
        [("subscription_line_item", "setup_amount")] = ("o.currency", "JOIN subscription o ON o.id = t.subscription_id"),
        [("ip_space_pricing", "price_per_month")] = ("t.currency", ""),
        [("ip_space_pricing", "setup_fee")] = ("t.currency", ""),
    };

    public static bool Contains(string table, string column) => Currencies.ContainsKey((table, column));

    /// <summary>Reads all prices of a column and converts them; what cannot be converted exactly is refused.</summary>
    public static async Task<List<(uint Id, ulong Units)>> Read(Session session, string table, PresentColumn column, Plan plan, CancellationToken stop)
    {
        var (currency, join) = Currencies[(table, column.Name)];
        // FLOAT over DOUBLE keeps all its bits; as text it would lose digits.
        var value = column.Facts.BaseType == "decimal" ? $"CAST(t.{column.Name} AS CHAR) AS text" : $"CAST(t.{column.Name} AS DOUBLE) AS number";
        var rows = await session.List<Row>($"SELECT t.id, {value}, {currency} AS currency FROM {table} t {join}", null, stop);
        var converted = new List<(uint, ulong)>(rows.Count);
        foreach (var row in rows)
        {
            if (!Currency(row.Currency, out var unit))
                plan.Refuse($"{table}.{column.Name}: row {row.Id} has the unknown currency '{row.Currency}'");
            else if (Exact(row, column.Facts.BaseType) is not { } price || price < 0 || !TryUnits(price, unit, out var units))
                plan.Refuse($"{table}.{column.Name}: the price of row {row.Id} is no whole number of the smallest unit of {unit.Code()}; set it to one that is");
            else
                converted.Add((row.Id, units));
        }
        return converted;
    }

    static bool Currency(string code, out Currency currency) => Core.Money.Currencies.TryParse(code, out currency);

    static bool TryUnits(decimal price, Currency currency, out ulong units)
    {
        units = 0;
        if (price > long.MaxValue / currency.UnitsPerWhole())
            return false;
        var exact = price * currency.UnitsPerWhole();
        if (exact != decimal.Truncate(exact))
            return false;
        units = (ulong)exact;
        return true;
    }

    /// <summary>The shortest decimal that the stored number stands for: 2.9, not 2.9000000954.</summary>
    static decimal? Exact(Row row, string type)
    {
        var text = type switch
        {
            "decimal" => row.Text,
            "float" => ((float?)row.Number)?.ToString("R", CultureInfo.InvariantCulture),
            _ => row.Number?.ToString("R", CultureInfo.InvariantCulture),
        };
        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;
    }

    sealed record Row
    {
        public uint Id { get; init; }
        public string? Text { get; init; }
        public double? Number { get; init; }
        public string Currency { get; init; } = "";
    }
}
