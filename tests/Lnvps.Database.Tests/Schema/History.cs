using System.Globalization;
using Lnvps.Database.Encryption;
using Lnvps.Database.Schema.Ledger;
using Lnvps.Database.Sessions;
using Lnvps.Testing.Databases;

namespace Lnvps.Database.Tests.Schema;

/// <summary>
/// MariaDB databases made step by step, as an existing program made them, by <c>history.sql</c>; nothing of our own schema is in them. Where the facts of
/// data-model.md end is said there at each step.
/// </summary>
static class History
{
    /// <summary>A shop with two VMs, sold before anything else was thought of.</summary>
    static readonly string[] Rows =
    [
        "INSERT INTO users (id, pubkey, created, email, contact_nip17, contact_email) VALUES (3, x'0101010101010101010101010101010101010101010101010101010101010101', '2025-01-02 03:04:05', 'a@b.example', 1, 0)",
        "INSERT INTO user_ssh_key (id, name, user_id, created, key_data) VALUES (4, 'laptop', 3, '2025-01-02 03:04:06', 'ssh-ed25519 AAAA')",
        "INSERT INTO vm_host_region (id, name, enabled) VALUES (5, 'Dublin', 1)",
        "INSERT INTO vm_host (id, kind, region_id, name, ip, cpu, memory, enabled, api_token, load_cpu) VALUES (7, 0, 5, 'pve', 'https://h:8006', 16, 68719476736, 1, 'root@pam!x=y', 1.5)",
        "INSERT INTO vm_host_disk (id, host_id, name, size, kind, interface, enabled) VALUES (8, 7, 'local', 1099511627776, 1, 2, 1)",
        "INSERT INTO vm_os_image (id, distribution, flavour, version, enabled, release_date, url) VALUES (9, 1, 'Server', '12', 1, '2023-06-10 00:00:00', 'https://d/12.qcow2')",
        "INSERT INTO router (id, name, enabled, kind, url, token) VALUES (10, 'gw', 1, 0, 'https://r', 'admin:pass')",
        "INSERT INTO access_policy (id, name, kind, router_id, interface) VALUES (11, 'arp', 0, 10, 'bridge')",
        "INSERT INTO ip_range (id, cidr, enabled, region_id, gateway, access_policy_id, use_full_range) VALUES (12, '10.0.0.0/24', 1, 5, '10.0.0.1/24', 11, 0)",
        "INSERT INTO vm_cost_plan (id, name, created, amount, currency, interval_amount, interval_type) VALUES (13, 'small', '2025-01-01 00:00:00', 2.9, 'EUR', 1, 1)",
        "INSERT INTO vm_template (id, name, enabled, created, cpu, memory, disk_size, disk_type, disk_interface, cost_plan_id, region_id) VALUES (16, 'S', 1, '2025-01-01 00:00:00', 2, 2147483648, 21474836480, 1, 2, 13, 5)",
        "INSERT INTO vm_custom_pricing (id, name, enabled, created, region_id, currency, cpu_cost, memory_cost, ip4_cost, ip6_cost) VALUES (17, 'any', 1, '2025-01-01 00:00:00', 5, 'USD', 1.5, 0.29, 1, 0)",
        "INSERT INTO vm_custom_pricing_disk (id, pricing_id, kind, interface, cost) VALUES (18, 17, 1, 2, 0.07)",
        "INSERT INTO vm_custom_template (id, cpu, memory, disk_size, disk_type, disk_interface, pricing_id) VALUES (19, 4, 4294967296, 42949672960, 1, 2, 17)",
        """
        INSERT INTO vm (id, host_id, user_id, image_id, template_id, ssh_key_id, created, expires, disk_id, mac_address, ref_code, custom_template_id)
            VALUES (20, 7, 3, 9, 16, 4, '2025-02-01 00:00:00', '2026-02-01 00:00:00', 8, 'bc:24:11:00:00:01', 'FRIEND', NULL),
                   (21, 7, 3, 9, NULL, 4, '2025-02-02 00:00:00', '2025-02-02 00:00:00', 8, 'ff:ff:ff:ff:ff:ff', NULL, 19)
        """,
        "INSERT INTO vm_ip_assignment (id, vm_id, ip_range_id, ip, deleted, arp_ref) VALUES (22, 20, 12, '10.0.0.2', 1, '*1'), (23, 20, 12, '10.0.0.2', 0, '*2')",
        """
        INSERT INTO vm_payment (id, vm_id, created, expires, amount, external_data, time_value, is_paid, rate, currency, payment_method, tax)
            VALUES (x'00000000000000000000000000000000000000000000000000000000000000b0', 20, '2025-03-01 00:00:01', '2025-03-01 00:10:01', 3102000, 'lnbc', 2592000, 1, 92345.671875, 'BTC', 0, 0)
        """,
    ];

    /// <summary>The steps in order: version, name, statements.</summary>
    public static IReadOnlyList<(long Version, string Name, IReadOnlyList<string> Statements)> Steps { get; } = Read();

    /// <summary>The database after the first steps, ledger included.</summary>
    /// <param name="steps">How many.</param>
    /// <param name="isSold">Whether it has rows from the time when it can first have them all.</param>
    public static async Task<TestDatabase> After(int steps, bool isSold = true)
    {
        var url = await TestDatabases.CreateEmpty(DatabaseKind.MariaDb);
        var db = new Db(DatabaseUrl.Parse(url), FieldCipher.Off, TimeProvider.System);
        var database = new TestDatabase(DatabaseKind.MariaDb, url, db);
        await using var session = await db.Open(default);
        await session.Execute("""
            CREATE TABLE _sqlx_migrations (version bigint NOT NULL, description text NOT NULL, installed_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, success tinyint(1) NOT NULL,
                checksum blob NOT NULL, execution_time bigint NOT NULL, PRIMARY KEY (version)) ENGINE=InnoDB
            """);
        foreach (var (version, name, statements) in Steps.Take(steps))
        {
            foreach (var statement in statements)
                await Run(session, statement, isSold);
            await session.Execute("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (@version, @name, 1, @checksum, 0)",
                new { version, name, checksum = Convert.FromHexString(KnownSteps.ByVersion[version].Checksum) });
        }
        return database;
    }

    static async Task Run(Session session, string statement, bool isSold)
    {
        var words = statement.Split(' ');
        if (statement == "rows")
        {
            foreach (var row in isSold ? Rows : [])
                await session.Execute(row);
        }
        else if (words[0] == "permissions")
        {
            foreach (var grant in Grants(int.Parse(words[1], CultureInfo.InvariantCulture), int.Parse(words[2], CultureInfo.InvariantCulture)))
                await session.Execute("INSERT INTO admin_role_permissions (role_id, resource, action) VALUES (@Role, @Resource, @Action)", grant);
        }
        else if (isSold || !statement.StartsWith("INSERT INTO vm_history ", StringComparison.Ordinal) && !statement.StartsWith("INSERT INTO subscription ", StringComparison.Ordinal))
        {
            await session.Execute(statement);
        }
    }

    static IEnumerable<Grant> Grants(int first, int last) =>
        from line in File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Schema", "expected-permissions.tsv"))
        let cells = line.Split('\t')
        let resource = int.Parse(cells[0], CultureInfo.InvariantCulture)
        where resource >= first && resource <= last
        from role in Enumerable.Range(1, 6)
        from letter in cells[role].Where(letter => letter != '-')
        select new Grant(role, resource, "CVUD".IndexOf(letter, StringComparison.Ordinal));

    sealed record Grant(int Role, int Resource, int Action);

    static List<(long Version, string Name, IReadOnlyList<string> Statements)> Read()
    {
        var sections = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Schema", "history.sql")).Split("\n## ")[1..];
        return [.. sections.Select(section =>
        {
            var lines = section.Split('\n');
            var statements = string.Join('\n', lines[1..].Where(line => !line.StartsWith("--", StringComparison.Ordinal))).Split(";\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return (long.Parse(lines[0].Split(' ')[0], CultureInfo.InvariantCulture), lines[0][(lines[0].IndexOf(' ', StringComparison.Ordinal) + 1)..], (IReadOnlyList<string>)statements);
        })];
    }
}
