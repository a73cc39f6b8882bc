using System.Globalization;
using System.Text.Json;
using Lnvps.Core.Addresses;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Network;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Database.Sessions;

namespace Lnvps.Testing.Invariants;

/// <summary>
/// The invariants of data-model.md section 8 that orders, payments and the life of VMs touch, checked on the whole database. Each finding names its number.
/// </summary>
public static class ShopInvariants
{
    /// <summary>What is broken; empty when all is well.</summary>
    public static async Task<IReadOnlyList<string>> Check(Session session, CancellationToken stop)
    {
        var broken = new List<string>();
        foreach (var (rule, sql) in EmptyQueries)
        {
            foreach (var row in await session.List<string>(sql, null, stop))
                broken.Add($"{rule}: {row}");
        }
        await Addresses(session, broken, stop);
        await Macs(session, broken, stop);
        await Expiries(session, broken, stop);
        await Payments(session, broken, stop);
        return broken;
    }

    /// <summary>Queries that must give no row; the one column names the culprit.</summary>
    static readonly (string Rule, string Sql)[] EmptyQueries =
    [
        ("3 exactly one size", "SELECT id FROM vm WHERE (template_id IS NULL) = (custom_template_id IS NULL)"),
        ("4 one VM per custom template",
            "SELECT c.id FROM vm_custom_template c LEFT JOIN vm v ON v.custom_template_id = c.id GROUP BY c.id HAVING COUNT(v.id) <> 1"),
        ("5 disk of the host", "SELECT v.id FROM vm v JOIN vm_host_disk d ON d.id = v.disk_id WHERE d.host_id <> v.host_id"),
        ("6 key of the owner", "SELECT v.id FROM vm v JOIN user_ssh_key k ON k.id = v.ssh_key_id WHERE k.user_id <> v.user_id"),
        ("7 one live row per address", "SELECT ip FROM vm_ip_assignment WHERE deleted = 0 GROUP BY ip HAVING COUNT(*) > 1"),
        ("9 deleted VMs hold no address",
            "SELECT a.ip FROM vm_ip_assignment a JOIN vm v ON v.id = a.vm_id WHERE v.deleted = 1 AND a.deleted = 0"),
        ("10 range and host in one region", """
            SELECT a.ip FROM vm_ip_assignment a JOIN vm v ON v.id = a.vm_id JOIN vm_host h ON h.id = v.host_id JOIN ip_range r ON r.id = a.ip_range_id
            WHERE a.deleted = 0 AND r.region_id <> h.region_id
            """),
        ("12 expires >= created", "SELECT id FROM vm WHERE expires < created"),
        ("15 renewals add time", "SELECT vm_id FROM vm_payment WHERE payment_type = 0 AND (time_value = 0 OR upgrade_params IS NOT NULL)"),
        ("15 upgrades add none and say what they raise", "SELECT vm_id FROM vm_payment WHERE payment_type = 1 AND (time_value <> 0 OR upgrade_params IS NULL)"),
        ("17 Lightning is BTC", "SELECT vm_id FROM vm_payment WHERE (payment_method = 0) <> (currency = 'BTC')"),
        ("24 disk price of custom templates", """
            SELECT c.id FROM vm_custom_template c WHERE NOT EXISTS
                (SELECT 1 FROM vm_custom_pricing_disk d WHERE d.pricing_id = c.pricing_id AND d.kind = c.disk_type AND d.interface = c.disk_interface)
            """),
        ("holds do not outlive their VM", "SELECT w.vm_id FROM vm_room_hold w JOIN vm v ON v.id = w.vm_id WHERE v.deleted = 1"),
    ];

    static async Task Addresses(Session session, List<string> broken, CancellationToken stop)
    {
        var rows = await session.List<AddressRow>(
            "SELECT a.ip, r.cidr, r.gateway, r.allocation_mode, r.use_full_range FROM vm_ip_assignment a JOIN ip_range r ON r.id = a.ip_range_id WHERE a.deleted = 0", null, stop);
        foreach (var row in rows)
        {
            var range = AddressRange.Read(row.Cidr, row.Gateway, row.AllocationMode, row.UseFullRange);
            if (!IpAddress.TryParse(row.Ip, out var address) || address.ToString() != row.Ip || !range.IsOk || !range.Value.IsUsable(address))
                broken.Add($"8 canonical, usable, inside its range: {row.Ip} of {row.Cidr}");
        }
    }

    static async Task Macs(Session session, List<string> broken, CancellationToken stop)
    {
        var rows = await session.List<MacRow>("""
            SELECT v.id, v.mac_address, h.region_id, CASE WHEN g.provisioned_at IS NULL THEN 0 ELSE 1 END AS provisioned
            FROM vm v JOIN vm_host h ON h.id = v.host_id LEFT JOIN vm_progress g ON g.vm_id = v.id WHERE v.deleted = 0
            """, null, stop);
        foreach (var row in rows.Where(row => row.Provisioned && row.MacAddress.IsUnassigned))
            broken.Add($"11 a built VM has a MAC: {row.Id}");
        foreach (var shared in rows.Where(row => !row.MacAddress.IsUnassigned).GroupBy(row => (row.RegionId, row.MacAddress)).Where(group => group.Count() > 1))
            broken.Add($"11 one MAC per VM and region: {string.Join(", ", shared.Select(row => row.Id))}");
    }

    /// <summary>12 and 13: along the history, each renewal adds its time to the later of the old expiry and its own moment, exactly once.</summary>
    static async Task Expiries(Session session, List<string> broken, CancellationToken stop)
    {
        var vms = await session.List<ExpiryRow>("SELECT id, created, expires FROM vm", null, stop);
        var renewals = (await session.List<RenewalRow>(
            "SELECT vm_id, timestamp, previous_state, new_state, metadata FROM vm_history WHERE action_type = @kind ORDER BY id",
            new { kind = VmHistoryAction.Renewed }, stop)).ToLookup(row => row.VmId);
        foreach (var vm in vms)
        {
            var expires = vm.Created;
            foreach (var row in renewals[vm.Id])
            {
                var (before, after) = (Expires(row.PreviousState), Expires(row.NewState));
                var added = JsonDocument.Parse(row.Metadata).RootElement.GetProperty("time_added_seconds").GetInt64();
                if (before != expires || after != Instant.Later(before, row.Timestamp).PlusSeconds(added))
                    broken.Add($"13 the chain of renewals: VM {vm.Id} at {row.Timestamp}");
                expires = after;
            }
            if (vm.Expires != expires)
                broken.Add($"13 the last renewal is the expiry: VM {vm.Id} has {vm.Expires}, history {expires}");
        }
    }

    /// <summary>16: every paid payment has one history row of receipt, and one of renewal when it adds time.</summary>
    static async Task Payments(Session session, List<string> broken, CancellationToken stop)
    {
        var paid = await session.List<PaymentRow>("SELECT id, time_value, is_paid, currency FROM vm_payment", null, stop);
        var told = (await session.List<TellingRow>(
            "SELECT action_type, metadata FROM vm_history WHERE action_type IN @kinds",
            new { kinds = new[] { (int)VmHistoryAction.Renewed, (int)VmHistoryAction.PaymentReceived } }, stop))
            .ToLookup(row => (row.ActionType, JsonDocument.Parse(row.Metadata).RootElement.TryGetProperty("payment_id", out var id) ? id.GetString() : null));
        foreach (var payment in paid)
        {
            var received = told[(VmHistoryAction.PaymentReceived, payment.Id.ToString())].Count();
            var renewed = told[(VmHistoryAction.Renewed, payment.Id.ToString())].Count();
            if (received != (payment.IsPaid ? 1 : 0) || renewed != (payment is { IsPaid: true, TimeValue: > 0 } ? 1 : 0))
                broken.Add(string.Create(CultureInfo.InvariantCulture, $"16 told once: payment {payment.Id} is paid {payment.IsPaid}, received {received}, renewed {renewed}"));
            if (!Currencies.TryParse(payment.Currency, out var currency) || currency.Code() != payment.Currency)
                broken.Add($"18 known currency: payment {payment.Id}");
        }
    }

    static Instant Expires(string state) => Instant.From(JsonDocument.Parse(state).RootElement.GetProperty("expires").GetDateTimeOffset());

    sealed record AddressRow
    {
        public string Ip { get; init; } = "";
        public string Cidr { get; init; } = "";
        public string Gateway { get; init; } = "";
        public IpAllocationMode AllocationMode { get; init; }
        public bool UseFullRange { get; init; }
    }

    sealed record MacRow
    {
        public VmId Id { get; init; }
        public MacAddress MacAddress { get; init; }
        public RegionId RegionId { get; init; }
        public bool Provisioned { get; init; }
    }

    sealed record ExpiryRow
    {
        public VmId Id { get; init; }
        public Instant Created { get; init; }
        public Instant Expires { get; init; }
    }

    sealed record RenewalRow
    {
        public VmId VmId { get; init; }
        public Instant Timestamp { get; init; }
        public string PreviousState { get; init; } = "";
        public string NewState { get; init; } = "";
        public string Metadata { get; init; } = "";
    }

    sealed record PaymentRow
    {
        public PaymentId Id { get; init; }
        public ulong TimeValue { get; init; }
        public bool IsPaid { get; init; }
        public string Currency { get; init; } = "";
    }

    sealed record TellingRow
    {
        public VmHistoryAction ActionType { get; init; }
        public string Metadata { get; init; } = "";
    }
}
