using Lnvps.Core.Vms;
using Lnvps.Database.Sessions;

namespace Lnvps.Testing.Invariants;

/// <summary>Invariants that one query decides: it gives no row when all is well.</summary>
static class RowInvariants
{
    /// <summary>The one column names the culprit.</summary>
    static readonly (string Rule, string Sql)[] EmptyQueries =
    [
        ("2 one id, one payment", "SELECT v.vm_id FROM vm_payment v JOIN subscription_payment s ON s.id = v.id"),
        ("3 exactly one size", "SELECT id FROM vm WHERE (template_id IS NULL) = (custom_template_id IS NULL)"),
        ("4 one VM per custom template",
            "SELECT c.id FROM vm_custom_template c LEFT JOIN vm v ON v.custom_template_id = c.id GROUP BY c.id HAVING COUNT(v.id) <> 1"),
        ("5 disk of the host", "SELECT v.id FROM vm v JOIN vm_host_disk d ON d.id = v.disk_id WHERE d.host_id <> v.host_id"),
        ("6 key of the owner", "SELECT v.id FROM vm v JOIN user_ssh_key k ON k.id = v.ssh_key_id WHERE k.user_id <> v.user_id"),
        ("9 deleted VMs hold no address",
            "SELECT a.ip FROM vm_ip_assignment a JOIN vm v ON v.id = a.vm_id WHERE v.deleted = 1 AND a.deleted = 0"),
        ("10 range and host in one region", """
            SELECT a.ip FROM vm_ip_assignment a JOIN vm v ON v.id = a.vm_id JOIN vm_host h ON h.id = v.host_id JOIN ip_range r ON r.id = a.ip_range_id
            WHERE a.deleted = 0 AND r.region_id <> h.region_id
            """),
        ("12 expires >= created", "SELECT id FROM vm WHERE expires < created"),
        ("12 never paid: expires = created", $"""
            SELECT v.id FROM vm v WHERE (v.expires = v.created) =
                (EXISTS (SELECT 1 FROM vm_payment p WHERE p.vm_id = v.id AND p.is_paid = 1 AND p.time_value > 0)
                 OR EXISTS (SELECT 1 FROM vm_history h WHERE h.vm_id = v.id AND h.action_type = {(ushort)VmHistoryAction.Renewed} AND h.metadata LIKE '%"days_extended"%'))
            """),
        ("15 renewals add time", "SELECT vm_id FROM vm_payment WHERE payment_type = 0 AND (time_value = 0 OR upgrade_params IS NOT NULL)"),
        ("15 upgrades add none", "SELECT vm_id FROM vm_payment WHERE payment_type = 1 AND time_value <> 0"),
        ("17 Lightning is BTC", "SELECT vm_id FROM vm_payment WHERE (payment_method = 0) <> (currency = 'BTC')"),
        ("17 Lightning is BTC", "SELECT subscription_id FROM subscription_payment WHERE (payment_method = 0) <> (currency = 'BTC')"),
        ("23 least and most", "SELECT id FROM vm_custom_pricing WHERE min_cpu > max_cpu OR min_memory > max_memory"),
        ("23 least and most", "SELECT id FROM vm_custom_pricing_disk WHERE min_disk_size > max_disk_size"),
        ("23 one price per kind of disk", "SELECT pricing_id FROM vm_custom_pricing_disk GROUP BY pricing_id, kind, interface HAVING COUNT(*) > 1"),
        ("24 disk price of custom templates", """
            SELECT c.id FROM vm_custom_template c WHERE NOT EXISTS
                (SELECT 1 FROM vm_custom_pricing_disk d WHERE d.pricing_id = c.pricing_id AND d.kind = c.disk_type AND d.interface = c.disk_interface)
            """),
        ("26 active, so paid until some day", "SELECT id FROM subscription WHERE is_active = 1 AND expires IS NULL"),
        ("26 paid by its owner", "SELECT s.id FROM subscription s JOIN subscription_payment p ON p.subscription_id = s.id WHERE p.user_id <> s.user_id"),
        ("27 renewals follow a paid purchase", """
            SELECT r.subscription_id FROM subscription_payment r WHERE r.payment_type = 1 AND NOT EXISTS (SELECT 1 FROM subscription_payment p
                WHERE p.subscription_id = r.subscription_id AND p.payment_type = 0 AND p.is_paid = 1 AND p.created <= r.created)
            """),
        // Whoever was offered a renewal had paid: from then on no purchase is offered.
        ("27 no purchase after a renewal", """
            SELECT p.subscription_id FROM subscription_payment p JOIN subscription_payment r ON r.subscription_id = p.subscription_id AND r.payment_type = 1 AND r.created < p.created
            WHERE p.payment_type = 0
            """),
        ("30 status changes after the beginning", "SELECT name FROM nostr_domain WHERE last_status_change < created"),
        // In hexadecimal, because text compares without case.
        ("30 lower case", "SELECT name FROM nostr_domain WHERE HEX(name) <> HEX(LOWER(name))"),
        ("holds do not outlive their VM", "SELECT w.vm_id FROM offer_hold w JOIN vm v ON v.id = w.vm_id WHERE v.deleted = 1"),
    ];

    public static async Task<IReadOnlyList<string>> Check(Session session, CancellationToken stop)
    {
        var broken = new List<string>();
        foreach (var (rule, sql) in EmptyQueries)
        {
            foreach (var culprit in await session.List<string>(sql, null, stop))
                broken.Add($"{rule}: {culprit}");
        }
        return broken;
    }
}
