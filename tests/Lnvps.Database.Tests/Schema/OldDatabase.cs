using Lnvps.Database.Sessions;
using Lnvps.Testing.Databases;

namespace Lnvps.Database.Tests.Schema;

/// <summary>
/// A MariaDB database as an existing program left it after an earlier step: made from a full one with rows in it, by taking back what the
/// later steps did.
/// </summary>
static class OldDatabase
{
    const string Key = "x'0101010101010101010101010101010101010101010101010101010101010101'";
    const string PaymentInEuro = "x'00000000000000000000000000000000000000000000000000000000000000e0'";
    const string PaymentInBitcoin = "x'00000000000000000000000000000000000000000000000000000000000000b0'";

    /// <summary>One shop with two VMs. Every value is one that all versions could hold.</summary>
    static readonly string[] Rows =
    [
        $"INSERT INTO users (id, pubkey, created, email, contact_nip17, contact_email, country_code) VALUES (3, {Key}, '2025-01-02 03:04:05', 'a@b.example', 1, 0, 'IRL')",
        "INSERT INTO user_ssh_key (id, name, user_id, created, key_data) VALUES (4, 'laptop', 3, '2025-01-02 03:04:06', 'ssh-ed25519 AAAA')",
        "INSERT INTO vm_host_region (id, name, enabled, company_id) VALUES (5, 'Dublin', 1, 1), (6, 'Cork', 0, 1)",
        "INSERT INTO vm_host (id, kind, region_id, name, ip, cpu, memory, enabled, api_token, load_cpu) VALUES (7, 0, 5, 'pve', 'https://h:8006', 16, 68719476736, 1, 'root@pam!x=y', 1.5)",
        "INSERT INTO vm_host_disk (id, host_id, name, size, kind, interface, enabled) VALUES (8, 7, 'local', 1099511627776, 1, 2, 1)",
        "INSERT INTO vm_os_image (id, distribution, flavour, version, enabled, release_date, url) VALUES (9, 1, 'Server', '12', 1, '2023-06-10 00:00:00', 'https://d/12.qcow2')",
        "INSERT INTO router (id, name, enabled, kind, url, token) VALUES (10, 'gw', 1, 0, 'https://r', 'admin:pass:word')",
        "INSERT INTO access_policy (id, name, kind, router_id, interface) VALUES (11, 'arp', 0, 10, 'bridge')",
        "INSERT INTO ip_range (id, cidr, enabled, region_id, gateway, access_policy_id, use_full_range) VALUES (12, '10.0.0.0/24', 1, 5, '10.0.0.1/24', 11, 0)",
        """
        INSERT INTO vm_cost_plan (id, name, created, amount, currency, interval_amount, interval_type) VALUES
            (13, 'small', '2025-01-01 00:00:00', 290, 'EUR', 1, 1), (14, 'in bitcoin', '2025-01-01 00:00:00', 50000000, 'BTC', 1, 1),
            (15, 'yen', '2025-01-01 00:00:00', 1234500, 'JPY', 1, 2)
        """,
        """
        INSERT INTO vm_template (id, name, enabled, created, cpu, memory, disk_size, disk_type, disk_interface, cost_plan_id, region_id)
            VALUES (16, 'S', 1, '2025-01-01 00:00:00', 2, 2147483648, 21474836480, 1, 2, 13, 5)
        """,
        """
        INSERT INTO vm_custom_pricing (id, name, enabled, created, region_id, currency, cpu_cost, memory_cost, ip4_cost, ip6_cost)
            VALUES (17, 'any', 1, '2025-01-01 00:00:00', 5, 'USD', 150, 29, 100, 0)
        """,
        "INSERT INTO vm_custom_pricing_disk (id, pricing_id, kind, interface, cost) VALUES (18, 17, 1, 2, 7)",
        "INSERT INTO vm_custom_template (id, cpu, memory, disk_size, disk_type, disk_interface, pricing_id) VALUES (19, 4, 4294967296, 42949672960, 1, 2, 17)",
        """
        INSERT INTO vm (id, host_id, user_id, image_id, template_id, ssh_key_id, created, expires, disk_id, mac_address, ref_code, custom_template_id, auto_renewal_enabled)
            VALUES (20, 7, 3, 9, 16, 4, '2025-02-01 00:00:00', '2026-02-01 00:00:00', 8, 'bc:24:11:00:00:01', 'FRIEND', NULL, 0),
                   (21, 7, 3, 9, NULL, 4, '2025-02-02 00:00:00', '2025-02-02 00:00:00', 8, 'ff:ff:ff:ff:ff:ff', NULL, 19, 0)
        """,
        "INSERT INTO vm_ip_assignment (id, vm_id, ip_range_id, ip, deleted, arp_ref) VALUES (22, 20, 12, '10.0.0.2', 1, '*1'), (23, 20, 12, '10.0.0.2', 0, '*2')",
        $"""
        INSERT INTO vm_payment (id, vm_id, created, expires, amount, external_data, time_value, is_paid, rate, currency, payment_method, tax)
            VALUES ({PaymentInEuro}, 20, '2025-02-01 00:00:01', '2025-02-01 01:00:01', 290, 'token', 2592000, 1, 1, 'EUR', 1, 0),
                   ({PaymentInBitcoin}, 20, '2025-03-01 00:00:01', '2025-03-01 00:10:01', 3102000, 'lnbc', 2592000, 1, 92345.671875, 'BTC', 0, 0)
        """,
        """
        INSERT INTO vm_history (id, vm_id, action_type, timestamp, initiated_by_user, new_state) VALUES
            (24, 20, 0, '2025-02-01 00:00:00', 3, '{"host_id":7}'), (25, 20, 9, '2025-02-01 00:00:02', NULL, NULL), (26, 20, 10, '2025-02-01 00:00:03', NULL, NULL)
        """,
        "INSERT INTO nostr_domain (id, owner_id, name, enabled, created, last_status_change) VALUES (27, 3, 'a.example', 1, '2025-04-01 00:00:00', '2025-04-01 00:00:00')",
        $"INSERT INTO nostr_domain_handle (id, domain_id, handle, created, pubkey) VALUES (28, 27, '_', '2025-04-01 00:00:00', {Key})",
    ];

    /// <summary>What each step is taken back with, newest first. Steps that only gave rows to new tables have nothing here.</summary>
    static readonly (long Step, string[] Undo)[] Undoing =
    [
        (20260217100000,
        [
            "ALTER TABLE vm_cost_plan MODIFY amount double NOT NULL",
            "UPDATE vm_cost_plan SET amount = amount / IF(currency = 'BTC', 100000000000, 100)",
            "ALTER TABLE vm_cost_plan MODIFY amount float NOT NULL",
            "ALTER TABLE vm_custom_pricing MODIFY cpu_cost decimal(10,4) NOT NULL, MODIFY memory_cost double NOT NULL, MODIFY ip4_cost float NOT NULL, MODIFY ip6_cost float NOT NULL",
            "UPDATE vm_custom_pricing SET cpu_cost = cpu_cost / 100, memory_cost = memory_cost / 100, ip4_cost = ip4_cost / 100",
            "ALTER TABLE vm_custom_pricing_disk MODIFY cost float NOT NULL",
            "UPDATE vm_custom_pricing_disk SET cost = cost / 100",
        ]),
        (20260217000000,
        [
            "ALTER TABLE vm_host_region DROP FOREIGN KEY fk_host_region_company",
            "ALTER TABLE vm_host_region MODIFY company_id int unsigned NULL",
            "ALTER TABLE vm_host_region ADD CONSTRAINT fk_host_region_company FOREIGN KEY (company_id) REFERENCES company (id) ON DELETE SET NULL",
            "UPDATE vm_host_region SET company_id = NULL WHERE id = 6",
        ]),
        (20260216000000, ["DROP TABLE payment_method_config", "DELETE FROM admin_role_permissions WHERE resource = 21"]),
        (20260215000000, ["ALTER TABLE vm_payment DROP COLUMN processing_fee", "ALTER TABLE subscription_payment DROP COLUMN processing_fee"]),
        (20260130000003, ["ALTER TABLE subscription ADD COLUMN interval_amount int unsigned NOT NULL DEFAULT 1, ADD COLUMN interval_type smallint unsigned NOT NULL"]),
        (20260130000002, ["DELETE FROM admin_role_permissions WHERE resource = 20"]),
        (20260130000001, ["ALTER TABLE subscription_line_item DROP COLUMN subscription_type"]),
        (20260130000000, ["DROP TABLE ip_range_subscription", "DROP TABLE ip_space_pricing", "DROP TABLE available_ip_space"]),
        (20260127000001, ["DELETE FROM admin_role_permissions WHERE resource IN (17, 18, 19)"]),
        (20260127000000, ["DROP TABLE subscription_payment", "DROP TABLE subscription_line_item", "DROP TABLE subscription"]),
        (20250814000000,
        [
            "ALTER TABLE vm_custom_pricing DROP COLUMN min_cpu, DROP COLUMN max_cpu, DROP COLUMN min_memory, DROP COLUMN max_memory",
            "ALTER TABLE vm_custom_pricing_disk DROP COLUMN min_disk_size, DROP COLUMN max_disk_size",
        ]),
        (20250813142400,
        [
            "ALTER TABLE vm_host MODIFY api_token varchar(255) NOT NULL",
            "ALTER TABLE router MODIFY token varchar(255) NOT NULL",
            "ALTER TABLE user_ssh_key MODIFY key_data varchar(2048) NOT NULL",
            "ALTER TABLE users MODIFY email varchar(200) DEFAULT NULL",
        ]),
        (20250813000000, ["ALTER TABLE users DROP COLUMN nwc_connection_string", "ALTER TABLE vm DROP COLUMN auto_renewal_enabled"]),
        (20250811000000, ["ALTER TABLE vm_payment DROP COLUMN upgrade_params, DROP COLUMN payment_type"]),
        (20250809000000,
        [
            "ALTER TABLE admin_role_assignments ADD COLUMN is_active tinyint(1) DEFAULT 1, ADD INDEX idx_active (is_active)",
            "INSERT INTO admin_role_assignments (user_id, role_id, is_active) VALUES (3, 1, 0), (3, 2, 1)",
        ]),
        (20250808144512, ["ALTER TABLE nostr_domain DROP COLUMN last_status_change"]),
        (20250808000000, ["UPDATE vm_payment SET rate = 92000 WHERE currency = 'EUR'"]),
        (20250807000000,
        [
            "ALTER TABLE company DROP COLUMN base_currency",
            // Names and keys as another server or an earlier step may have left them.
            "ALTER TABLE vm RENAME INDEX fk_vm_user TO user_id",
            "ALTER TABLE nostr_domain DROP INDEX ix_domain_unique, ADD INDEX ix_domain_unique (name)",
            "ALTER TABLE vm_os_image DROP INDEX ix_vm_os_image",
            "ALTER TABLE ip_range DROP FOREIGN KEY fk_ip_range_access_policy, DROP INDEX fk_ip_range_access_policy",
        ]),
        (20250801000000, ["DROP TABLE admin_role_assignments", "DROP TABLE admin_role_permissions", "DROP TABLE admin_roles"]),
        (20250731000001,
        [
            "ALTER TABLE vm_history MODIFY action_type varchar(50) NOT NULL",
            "UPDATE vm_history SET action_type = CASE action_type WHEN 0 THEN 'created' WHEN 9 THEN 'payment_received' ELSE 'ConfigurationChanged' END",
        ]),
        (20250729000000, ["DROP TABLE vm_history"]),
    ];

    /// <summary>The present schema with rows, as the existing program of this version has it.</summary>
    public static async Task<TestDatabase> Full()
    {
        var database = await Databases.WithoutAdditions();
        await Run(database, Rows);
        return database;
    }

    /// <summary>The database after <paramref name="lastStep"/>.</summary>
    public static async Task<TestDatabase> After(long lastStep)
    {
        var database = await Full();
        foreach (var (step, undo) in Undoing)
        {
            if (step > lastStep)
                await Run(database, undo);
        }
        await Run(database, [$"DELETE FROM _sqlx_migrations WHERE version > {lastStep}"]);
        return database;
    }

    public static async Task Run(TestDatabase database, params string[] statements)
    {
        await using var session = await database.Db.Open(default);
        foreach (var statement in statements)
            await session.Execute(statement);
    }
}
