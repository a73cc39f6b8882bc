using System.Text.Json;
using Lnvps.Core.Payments;
using Lnvps.Database.Schema.Ledger;
using Lnvps.Database.Schema.Seeds;
using Lnvps.Database.Schema.Tables;
using Lnvps.Database.Sessions;

namespace Lnvps.Testing.Invariants;

/// <summary>25, 31, 32 and 33: providers of payments, roles of operators, and the ledger of the schema.</summary>
static class SetupInvariants
{
    static readonly Dictionary<string, PaymentMethod> MethodOfProvider = new(StringComparer.Ordinal)
    {
        ["lnd"] = PaymentMethod.Lightning,
        ["bitvora"] = PaymentMethod.Lightning,
        ["revolut"] = PaymentMethod.Revolut,
        ["stripe"] = PaymentMethod.Stripe,
        ["paypal"] = PaymentMethod.PayPal,
    };

    public static async Task<IReadOnlyList<string>> Check(Session session, CancellationToken stop)
    {
        var broken = new List<string>();
        await Providers(session, broken, stop);
        await Roles(session, broken, stop);
        await Ledger(session, broken, stop);
        return broken;
    }

    static async Task Providers(Session session, List<string> broken, CancellationToken stop)
    {
        foreach (var row in await session.List<ProviderRow>(
            "SELECT name, payment_method, provider_type, config, processing_fee_rate, processing_fee_base, processing_fee_currency FROM payment_method_config", null, stop))
        {
            var type = JsonDocument.Parse(row.Config).RootElement.TryGetProperty("type", out var text) ? text.GetString() : null;
            if (type != row.ProviderType || !MethodOfProvider.TryGetValue(row.ProviderType, out var method) || method != row.PaymentMethod)
                broken.Add($"25 method, provider and configuration agree: {row.Name}");
            if (row is { ProcessingFeeBase: not null, ProcessingFeeCurrency: null } || row.ProcessingFeeRate is < 0 or >= 100)
                broken.Add($"25 fees: {row.Name}");
        }
    }

    static async Task Roles(Session session, List<string> broken, CancellationToken stop)
    {
        var roles = await session.List<string>("SELECT name FROM admin_roles WHERE is_system_role = 1 ORDER BY id", null, stop);
        if (!roles.Order(StringComparer.Ordinal).SequenceEqual(SystemRoles.All.Select(role => role.Name).Order(StringComparer.Ordinal)))
            broken.Add($"31 the system roles: {string.Join(", ", roles)}");
        // That there once was one is seen while its row is there.
        var admins = await session.Find<AdminsRow>("""
            SELECT COUNT(*) AS ever, COALESCE(SUM(CASE WHEN a.expires_at IS NULL OR a.expires_at > CURRENT_TIMESTAMP THEN 1 ELSE 0 END), 0) AS now_active
            FROM admin_role_assignments a JOIN admin_roles r ON r.id = a.role_id WHERE r.name = @name
            """, new { name = SystemRoles.SuperAdmin }, stop);
        if (admins is { Ever: > 0, NowActive: 0 })
            broken.Add("31 somebody is super_admin");
        var granted = (await session.List<GrantRow>("""
            SELECT p.resource, p.action FROM admin_role_permissions p JOIN admin_roles r ON r.id = p.role_id WHERE r.name = @name
            """, new { name = SystemRoles.SuperAdmin }, stop)).ToHashSet();
        broken.AddRange(SystemRoles.Permissions.Select(permission => new GrantRow { Resource = permission.Resource, Action = permission.Action }).Distinct()
            .Where(grant => !granted.Contains(grant)).Select(grant => $"32 super_admin may do all: resource {grant.Resource}, action {grant.Action}"));
    }

    static async Task Ledger(Session session, List<string> broken, CancellationToken stop)
    {
        var steps = await session.List<StepRow>($"SELECT version, success, checksum FROM {LnvpsTables.Ledger.Name} ORDER BY version", null, stop);
        if (!steps.Select(step => (step.Version, step.Success, Convert.ToHexStringLower(step.Checksum)))
                .SequenceEqual(KnownSteps.All.OrderBy(step => step.Version).Select(step => (step.Version, true, step.Checksum))))
            broken.Add($"33 the ledger: {steps.Count} steps, {steps.Count(step => step.Success)} of them whole");
    }

    sealed record ProviderRow
    {
        public string Name { get; init; } = "";
        public PaymentMethod PaymentMethod { get; init; }
        public string ProviderType { get; init; } = "";
        public string Config { get; init; } = "";
        public double? ProcessingFeeRate { get; init; }
        public ulong? ProcessingFeeBase { get; init; }
        public string? ProcessingFeeCurrency { get; init; }
    }

    sealed record AdminsRow
    {
        public long Ever { get; init; }
        public decimal NowActive { get; init; }
    }

    sealed record GrantRow
    {
        public ushort Resource { get; init; }
        public ushort Action { get; init; }
    }

    sealed record StepRow
    {
        public long Version { get; init; }
        public bool Success { get; init; }
        public byte[] Checksum { get; init; } = [];
    }
}
