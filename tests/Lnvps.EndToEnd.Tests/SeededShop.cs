using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Lnvps.EndToEnd.Tests;

/// <summary>What the first start of a development shop puts into its database, read behind the program's back.</summary>
static class SeededShop
{
    /// <summary>Every table that gets rows.</summary>
    public static readonly string[] Tables =
    [
        "company", "vm_host_region", "vm_host", "vm_host_disk", "vm_os_image", "vm_cost_plan", "vm_template", "vm_custom_pricing", "vm_custom_pricing_disk", "ip_range",
    ];

    /// <summary>All rows of all these tables as text, to be compared.</summary>
    public static async Task<string> Everything(string folder)
    {
        var tables = new List<object>();
        foreach (var table in Tables)
            tables.Add(new { table, rows = await Rows(folder, table) });
        return JsonSerializer.Serialize(tables);
    }

    /// <summary>The rows of one table by the names of its columns.</summary>
    public static async Task<List<Dictionary<string, object?>>> Rows(string folder, string table)
    {
        var file = new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, "lnvps.db"), Mode = SqliteOpenMode.ReadOnly, Pooling = false };
        await using var db = new SqliteConnection(file.ToString());
        await db.OpenAsync();
        await using var command = db.CreateCommand();
        command.CommandText = string.Create(CultureInfo.InvariantCulture, $"SELECT * FROM {table} ORDER BY id");
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<Dictionary<string, object?>>();
        while (await reader.ReadAsync())
            rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, column => reader.IsDBNull(column) ? null : reader.GetValue(column)));
        return rows;
    }
}
