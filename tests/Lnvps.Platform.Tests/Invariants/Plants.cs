using Lnvps.Testing.Databases;

namespace Lnvps.Platform.Tests.Invariants;

/// <summary>Statements that break one invariant each in a <see cref="WholeShop"/>, at least one for each way in which it can be broken.</summary>
static class Plants
{
    static readonly string[] Currencies =
    [
        "company.base_currency", "payment_method_config.processing_fee_currency", "vm_cost_plan.currency", "vm_custom_pricing.currency", "vm_payment.currency",
        "subscription.currency", "subscription_payment.currency", "ip_space_pricing.currency", "vm_refund.list_currency",
    ];

    static readonly string[] Ordinals =
    [
        "vm_host.kind", "vm_host_disk.kind", "vm_host_disk.interface", "vm_template.disk_type", "vm_template.disk_interface", "vm_custom_template.disk_type",
        "vm_custom_template.disk_interface", "vm_custom_pricing_disk.kind", "vm_custom_pricing_disk.interface", "vm_os_image.distribution", "router.kind",
        "ip_range.allocation_mode", "access_policy.kind", "vm_cost_plan.interval_type", "vm_payment.payment_method", "subscription_payment.payment_method",
        "payment_method_config.payment_method", "vm_payment.payment_type", "vm_history.action_type", "subscription_payment.payment_type",
        "subscription_line_item.subscription_type", "available_ip_space.registry",
    ];

    static readonly string[] Sealed =
    [
        "users.email", "users.nwc_connection_string", "user_ssh_key.key_data", "vm_host.api_token", "router.token", "vm_payment.external_data", "subscription_payment.external_data",
    ];

    static readonly (int Rule, string Sql)[] OnBoth =
    [
        (2, "UPDATE subscription_payment SET id = (SELECT MIN(id) FROM vm_payment) WHERE payment_type = 1"),
        (3, "UPDATE vm SET template_id = NULL"),
        (3, "UPDATE vm SET template_id = (SELECT MIN(id) FROM vm_template)"),
        (4, "UPDATE vm SET template_id = NULL, custom_template_id = (SELECT MIN(id) FROM vm_custom_template)"),
        (4, "INSERT INTO vm_custom_template (cpu, memory, disk_size, disk_type, disk_interface, pricing_id) SELECT 1, 1, 1, 1, 2, id FROM vm_custom_pricing"),
        (5, "UPDATE vm SET disk_id = (SELECT MAX(id) FROM vm_host_disk)"),
        (6, "UPDATE user_ssh_key SET user_id = (SELECT MAX(id) FROM users)"),
        (7, "UPDATE vm_ip_assignment SET ip = 'fd00:7:0::5', deleted = 0 WHERE deleted = 1"),
        (8, "UPDATE vm_ip_assignment SET ip = 'fd00:7:0::9' WHERE deleted = 1"),
        (8, "UPDATE vm_ip_assignment SET ip = '10.7.0.50/24' WHERE ip = '10.7.0.50'"),
        (8, "UPDATE vm_ip_assignment SET ip = '10.7.1.50' WHERE ip = '10.7.0.50'"),
        (8, "UPDATE vm_ip_assignment SET ip = 'ten' WHERE ip = '10.7.0.50'"),
        (8, "UPDATE vm_ip_assignment SET ip = '10.7.0.1' WHERE ip = '10.7.0.50'"),
        (9, "UPDATE vm SET deleted = 1"),
        (10, "UPDATE vm_host SET region_id = (SELECT MAX(id) FROM vm_host_region)"),
        (11, "UPDATE vm SET mac_address = 'ff:ff:ff:ff:ff:ff'"),
        (11, "UPDATE vm SET mac_address = '52:54:00:00:00:01', deleted = 0"),
        (12, "UPDATE vm SET expires = '2026-01-01 00:00:00'"),
        (12, "UPDATE vm SET expires = created"),
        (12, "UPDATE vm SET expires = '2027-01-01 00:00:00' WHERE deleted = 1"),
        (13, "UPDATE vm SET expires = '2027-01-01 00:00:00' WHERE deleted = 0"),
        (13, """UPDATE vm_history SET metadata = REPLACE(metadata, '"days_extended":5', '"days_extended":6')"""),
        (13, "UPDATE vm_history SET metadata = REPLACE(metadata, '2592000', '2592001')"),
        (13, """UPDATE vm_history SET previous_state = '{"expires":"2026-02-20T00:00:00Z"}' WHERE metadata LIKE '%order-1%'"""),
        (13, """UPDATE vm_history SET new_state = '{"expires":"2027-02-20T00:00:00Z"}' WHERE action_type = 10"""),
        (13, "DELETE FROM vm_history WHERE action_type = 6 AND metadata LIKE '%payment_id%'"),
        (15, "UPDATE vm_payment SET time_value = 0"),
        (15, "UPDATE vm_payment SET time_value = 1 WHERE payment_type = 1"),
        (15, "UPDATE vm_payment SET upgrade_params = NULL"),
        (15, """UPDATE vm_payment SET upgrade_params = '{"new_cpu":"four"}' WHERE payment_type = 1"""),
        (15, """UPDATE vm_payment SET upgrade_params = '{"new_cpu":4}' WHERE payment_type = 0"""),
        (16, "DELETE FROM vm_history WHERE action_type = 9 AND metadata LIKE '%payment_id%'"),
        (16, "DELETE FROM vm_history WHERE action_type = 6 AND metadata LIKE '%external_id%'"),
        (16, "INSERT INTO vm_history (vm_id, action_type, metadata) SELECT vm_id, 9, metadata FROM vm_history WHERE action_type = 9"),
        (16, "UPDATE vm_payment SET is_paid = 1 WHERE payment_type = 1"),
        (16, "UPDATE vm_payment SET is_paid = 0"),
        (16, "UPDATE vm_payment SET time_value = 2592001 WHERE payment_type = 0"),
        (16, """INSERT INTO vm_history (vm_id, action_type, metadata) SELECT id, 9, '{"external_id":"order-2"}' FROM vm"""),
        (17, "UPDATE vm_payment SET currency = 'EUR'"),
        (17, "UPDATE vm_payment SET currency = 'BTC'"),
        (17, "UPDATE subscription_payment SET payment_method = 0"),
        (21, "UPDATE users SET email = '' WHERE email IS NOT NULL"),
        (21, "UPDATE users SET nwc_connection_string = '' WHERE email IS NOT NULL"),
        (22, "UPDATE ip_range SET cidr = '10.7.0.0' WHERE cidr LIKE '10.%'"),
        (22, "UPDATE ip_range SET gateway = 'router' WHERE cidr LIKE '10.%'"),
        (22, "UPDATE ip_range SET allocation_mode = 2 WHERE cidr LIKE '10.%'"),
        (22, "INSERT INTO ip_range (cidr, enabled, region_id, gateway, use_full_range) SELECT '10.7.0.128/25', 0, MIN(id), '10.7.0.129', 0 FROM vm_host_region"),
        (23, "UPDATE vm_custom_pricing SET min_cpu = max_cpu + 1"),
        (23, "UPDATE vm_custom_pricing SET min_memory = max_memory + 1"),
        (23, "UPDATE vm_custom_pricing_disk SET min_disk_size = max_disk_size + 1"),
        (23, "INSERT INTO vm_custom_pricing_disk (pricing_id, kind, interface, cost) SELECT pricing_id, kind, interface, 1 FROM vm_custom_pricing_disk"),
        (24, "DELETE FROM vm_custom_pricing_disk"),
        (25, "UPDATE payment_method_config SET provider_type = 'bitvora'"),
        (25, "UPDATE payment_method_config SET provider_type = 'barter', config = '{\"type\":\"barter\"}'"),
        (25, "UPDATE payment_method_config SET payment_method = 1"),
        (25, "UPDATE payment_method_config SET config = '{}'"),
        (25, "UPDATE payment_method_config SET processing_fee_currency = NULL"),
        (25, "UPDATE payment_method_config SET processing_fee_rate = 100"),
        (25, "UPDATE payment_method_config SET processing_fee_rate = -1"),
        (26, "UPDATE subscription SET expires = NULL"),
        (26, "UPDATE subscription_payment SET user_id = (SELECT MAX(id) FROM users)"),
        (27, "UPDATE subscription_payment SET is_paid = 0"),
        (27, "UPDATE subscription_payment SET payment_type = 1"),
        (27, """
            INSERT INTO subscription_payment (id, subscription_id, user_id, created, expires, amount, currency, payment_method, payment_type, external_data, is_paid, rate, tax)
            SELECT MIN(id), (SELECT MIN(id) FROM subscription), 1, '2027-01-01 00:00:00', '2027-01-01 00:00:00', 1, 'EUR', 1, 0, '', 0, 1, 0 FROM vm_payment
            """),
        (28, "UPDATE ip_range_subscription SET is_active = 0 WHERE ended_at IS NULL"),
        (28, "UPDATE ip_range_subscription SET is_active = 1"),
        (28, "UPDATE ip_range_subscription SET cidr = '203.0.112.1/24' WHERE is_active = 1"),
        (28, "UPDATE ip_range_subscription SET cidr = '198.51.100.0/24' WHERE is_active = 1"),
        (28, "UPDATE ip_range_subscription SET cidr = '203.0.112.0/21' WHERE is_active = 1"),
        (28, "UPDATE ip_range_subscription SET cidr = '203.0.112.128/25', is_active = 1, ended_at = NULL WHERE is_active = 0"),
        (29, "UPDATE available_ip_space SET cidr = 'much'"),
        (29, "UPDATE available_ip_space SET max_prefix_size = 21"),
        (29, "UPDATE available_ip_space SET max_prefix_size = 25"),
        (29, "UPDATE available_ip_space SET min_prefix_size = 21"),
        (29, "UPDATE available_ip_space SET min_prefix_size = 33"),
        (29, "UPDATE ip_space_pricing SET prefix_size = 21"),
        (29, "UPDATE ip_space_pricing SET prefix_size = 26"),
        (30, "UPDATE nostr_domain SET last_status_change = '2020-01-01 00:00:00'"),
        (30, "UPDATE nostr_domain SET name = 'Example.net'"),
        (31, "UPDATE admin_roles SET name = 'reader' WHERE name = 'read_only'"),
        (31, "DELETE FROM admin_roles WHERE name = 'read_only'"),
        (31, "UPDATE admin_role_assignments SET expires_at = '2020-01-01 00:00:00'"),
        (32, "DELETE FROM admin_role_permissions WHERE role_id = 1 AND resource = 21 AND action = 3"),
        (33, "DELETE FROM _sqlx_migrations WHERE version = 20260217100000"),
        (33, "UPDATE _sqlx_migrations SET success = 0 WHERE version = 20260217100000"),
        (33, "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 20260217100000"),
        (33, "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (20300101000000, 'later', 1, x'00', 0)"),
        .. Currencies.Select(Parts).SelectMany(place => new[] { (18, $"UPDATE {place.Table} SET {place.Column} = 'eur'"), (18, $"UPDATE {place.Table} SET {place.Column} = 'XAU'") }),
        .. Ordinals.Select(Parts).Select(place => (19, $"UPDATE {place.Table} SET {place.Column} = 99")),
        (19, "INSERT INTO admin_role_permissions (role_id, resource, action) VALUES (1, 22, 0)"),
        (19, "INSERT INTO admin_role_permissions (role_id, resource, action) VALUES (1, 0, 4)"),
        .. Sealed.Select(Parts).SelectMany(place => new[]
        {
            (21, $"UPDATE {place.Table} SET {place.Column} = 'plain' WHERE {place.Column} IS NOT NULL"),
            (21, $"UPDATE {place.Table} SET {place.Column} = 'ENC:AAAA' WHERE {place.Column} IS NOT NULL"),
        }),
    ];

    /// <summary>SQLite refuses these itself.</summary>
    static readonly (int Rule, string Sql)[] OnMariaDb =
    [
        (20, "UPDATE users SET created = NULL"),
        (20, "UPDATE vm_cost_plan SET created = NULL"),
        (20, "UPDATE admin_roles SET is_system_role = NULL WHERE id = 6"),
        (20, "UPDATE vm_template SET expires = '0000-00-00 00:00:00'"),
        (20, "UPDATE subscription SET created = '0000-00-00 00:00:00'"),
    ];

    public static IEnumerable<(int Rule, string Sql)> On(DatabaseKind kind) => kind == DatabaseKind.MariaDb ? [.. OnBoth, .. OnMariaDb] : OnBoth;

    static (string Table, string Column) Parts(string place) => (place[..place.IndexOf('.', StringComparison.Ordinal)], place[(place.IndexOf('.', StringComparison.Ordinal) + 1)..]);
}
