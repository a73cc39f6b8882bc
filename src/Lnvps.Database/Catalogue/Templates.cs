using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Sizes;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Catalogue;

/// <summary>A standard offer with its cost plan and region. <see cref="PlanCurrency"/> is text: a broken code must not fail a list.</summary>
public sealed record TemplateRow
{
    public TemplateId Id { get; init; }
    public string Name { get; init; } = "";
    public bool Enabled { get; init; }
    public Instant Created { get; init; }
    public Instant? Expires { get; init; }
    public ushort Cpu { get; init; }
    public Bytes Memory { get; init; }
    public Bytes DiskSize { get; init; }
    public DiskKind DiskType { get; init; }
    public DiskInterface DiskInterface { get; init; }
    public CostPlanId CostPlanId { get; init; }
    public string PlanName { get; init; } = "";
    public ulong PlanAmount { get; init; }
    public string PlanCurrency { get; init; } = "";
    public uint PlanIntervalAmount { get; init; }
    public IntervalKind PlanIntervalType { get; init; }
    public RegionId RegionId { get; init; }
    public string RegionName { get; init; } = "";
    public bool RegionEnabled { get; init; }
}

/// <summary>Queries of standard offers (data-model.md section 7.3).</summary>
public static class Templates
{
    const string Select = """
        SELECT t.id, t.name, t.enabled, t.created, t.expires, t.cpu, t.memory, t.disk_size, t.disk_type, t.disk_interface, t.cost_plan_id,
               p.name AS plan_name, p.amount AS plan_amount, p.currency AS plan_currency, p.interval_amount AS plan_interval_amount,
               p.interval_type AS plan_interval_type, t.region_id, r.name AS region_name, r.enabled AS region_enabled
        FROM vm_template t JOIN vm_cost_plan p ON p.id = t.cost_plan_id JOIN vm_host_region r ON r.id = t.region_id
        """;

    /// <summary>Offers for sale: enabled, not past their end, in an enabled region.</summary>
    public static Task<List<TemplateRow>> ListTemplatesForSale(this Session session, Instant now, CancellationToken stop) =>
        session.List<TemplateRow>($"{Select} WHERE t.enabled = 1 AND r.enabled = 1 AND (t.expires IS NULL OR t.expires > @now) ORDER BY t.id", new { now }, stop);

    public static Task<TemplateRow?> FindTemplate(this Session session, TemplateId id, CancellationToken stop) =>
        session.Find<TemplateRow>($"{Select} WHERE t.id = @id", new { id }, stop);
}
