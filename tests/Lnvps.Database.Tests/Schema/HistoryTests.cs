using Lnvps.Database.Schema.Ledger;
using Lnvps.Database.Sessions;
using Lnvps.Testing.Databases;

namespace Lnvps.Database.Tests.Schema;

/// <summary>
/// Databases that existing programs made, at several places of their ledger. They are built forwards, a fragment a step, from what data-model.md says of each step
/// (<c>history.sql</c>, which also says where the document says nothing); so these tests hold for every history that the document allows us to know, not for the true one.
/// </summary>
public class HistoryTests
{
    const int Rows = 17, Everything = 43;

    [Fact]
    public void The_history_has_the_steps_of_the_ledger() =>
        Assert.Equal(KnownSteps.All.Select(step => (step.Version, step.Name)), History.Steps.Select(step => (step.Version, step.Name)));

    [Fact]
    public async Task All_steps_together_make_the_schema_of_the_document()
    {
        await using var document = await Databases.WithoutAdditions();
        await using var history = await History.After(Everything);

        Assert.Equal(await Schema(document), await Schema(history));
        Assert.Equal(await Permissions(document), await Permissions(history));
        await Opens(history);
        Assert.Equal((290ul, 1ul), (await Number(history, "SELECT amount FROM vm_cost_plan WHERE id = 13"), await Number(history, "SELECT company_id FROM vm_host_region WHERE id = 5")));
    }

    [Theory]
    [InlineData(Rows)]
    [InlineData(22)]
    [InlineData(23)]
    [InlineData(25)]
    [InlineData(29)]
    [InlineData(34)]
    [InlineData(38)]
    [InlineData(41)]
    [InlineData(42)]
    public async Task A_shop_from_any_time_is_brought_up_to_date_and_keeps_what_it_sold(int steps)
    {
        await using var old = await History.After(steps);

        await Opens(old);

        var (schema, permissions) = await Fresh.Value;
        Assert.Equal(schema, await Schema(old));
        Assert.Equal(permissions, await Permissions(old));
        Assert.Equal(await SoldAtLast.Value, await SoldBy(old));
        Assert.Equal(43ul, await Number(old, "SELECT COUNT(*) FROM _sqlx_migrations WHERE success = 1"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(14)]
    public async Task A_database_from_the_first_year_without_rows_gets_the_whole_schema(int steps)
    {
        await using var old = await History.After(steps, isSold: false);

        await Opens(old);

        var (schema, permissions) = await Fresh.Value;
        Assert.Equal(schema, await Schema(old));
        Assert.Equal(permissions, await Permissions(old));
    }

    /// <summary>The document does not say whether a plan of that time was counted in whole units or in hundredths.</summary>
    [Fact]
    public async Task A_price_from_before_fractions_is_refused_because_nobody_knows_its_unit()
    {
        await using var old = await History.After(8, isSold: false);
        await OldDatabase.Run(old, "INSERT INTO vm_cost_plan (name, amount, currency, interval_amount, interval_type) VALUES ('x', 3, 'EUR', 1, 1)");

        Assert.Contains("vm_cost_plan.amount holds whole numbers from before", await Databases.IsRefused(old), StringComparison.Ordinal);
    }

    /// <summary>What a shop of the first year sold, in columns that every later schema has. A rate of a payment in euros and a country were not known then.</summary>
    static readonly string[] Sold =
    [
        "SELECT CONCAT_WS('|', id, HEX(pubkey), created, email, contact_nip17 + 0, contact_email + 0, country_code) FROM users",
        "SELECT CONCAT_WS('|', id, name, user_id, created, key_data) FROM user_ssh_key",
        "SELECT CONCAT_WS('|', id, region_id, name, ip, cpu, memory, api_token, load_cpu, load_memory, load_disk, vlan_id) FROM vm_host",
        "SELECT CONCAT_WS('|', id, cidr, gateway, access_policy_id, allocation_mode, use_full_range + 0) FROM ip_range",
        "SELECT CONCAT_WS('|', id, token) FROM router",
        "SELECT CONCAT_WS('|', id, name, amount, currency, interval_amount, interval_type) FROM vm_cost_plan",
        "SELECT CONCAT_WS('|', id, cpu_cost, memory_cost, ip4_cost, ip6_cost, min_cpu, max_cpu, min_memory, max_memory) FROM vm_custom_pricing",
        "SELECT CONCAT_WS('|', id, cost, min_disk_size, max_disk_size) FROM vm_custom_pricing_disk",
        "SELECT CONCAT_WS('|', id, template_id, custom_template_id, expires, mac_address, deleted + 0, ref_code, auto_renewal_enabled + 0) FROM vm ORDER BY id",
        "SELECT CONCAT_WS('|', id, vm_id, ip, deleted + 0, arp_ref) FROM vm_ip_assignment ORDER BY id",
        "SELECT CONCAT_WS('|', HEX(id), amount, CAST(rate AS DOUBLE), currency, payment_method, payment_type, tax, processing_fee, is_paid + 0, time_value, external_data) FROM vm_payment",
        "SELECT CONCAT_WS('|', id, company_id) FROM vm_host_region",
        "SELECT CONCAT_WS('|', id, base_currency) FROM company",
    ];

    /// <summary>Schema and permissions of a new database.</summary>
    static readonly Lazy<Task<(List<string> Schema, List<string> Permissions)>> Fresh = new(async () =>
    {
        await using var fresh = await TestDatabases.Create(DatabaseKind.MariaDb);
        return (await Schema(fresh), await Permissions(fresh));
    });

    /// <summary>What the shop that lived through all steps has sold.</summary>
    static readonly Lazy<Task<List<string>>> SoldAtLast = new(async () =>
    {
        await using var last = await History.After(Everything);
        await Opens(last);
        return await SoldBy(last);
    });

    static async Task<List<string>> SoldBy(TestDatabase database)
    {
        var lines = new List<string>();
        foreach (var query in Sold)
            lines.AddRange(await Lines(database, query));
        Assert.InRange(lines.Count, Sold.Length, int.MaxValue);
        return lines;
    }

    static async Task Opens(TestDatabase database)
    {
        await Databases.Open(database.Url);
        // And at the next start, and beside another process.
        await Databases.Open(database.Url);
        await Databases.Join(database.Url);
    }

    /// <summary>
    /// The order of columns is nobody's business: programs name them. Nor is a key that a foreign key brought with it and that another key begins with: the server
    /// drops it without a word when it made it itself, as it did for programs that only asked for the foreign key.
    /// </summary>
    static async Task<List<string>> Schema(TestDatabase database)
    {
        var lines = (await database.Db.Read(MariaDbFacts.Everything, default)).ConvertAll(line => line.Split('\t'));
        var references = lines.Where(line => line is [_, "fk", ..]).Select(line => (Table: line[0], Name: line[2])).ToHashSet();
        bool IsCovered(string[] key) => lines.Exists(other => other is [_, "key", ..] && other[0] == key[0] && other[3].StartsWith(key[3] + ",", StringComparison.Ordinal));
        return [.. lines.Where(line => !(line is [_, "key", ..] && references.Contains((line[0], line[2])) && IsCovered(line))).Select(line => string.Join('\t', line)).Order(StringComparer.Ordinal)];
    }

    static Task<List<string>> Permissions(TestDatabase database) =>
        Lines(database, "SELECT CONCAT_WS(' ', r.name, r.is_system_role, p.resource, p.action) FROM admin_role_permissions p JOIN admin_roles r ON r.id = p.role_id ORDER BY r.id, p.resource, p.action");

    static Task<List<string>> Lines(TestDatabase database, string query) => database.Db.Read(session => session.List<string>(query), default);

    static Task<ulong> Number(TestDatabase database, string query) => database.Db.Read(session => session.Scalar<ulong>(query), default);
}
