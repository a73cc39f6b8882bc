using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Sizes;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Vms;

/// <summary>
/// A VM with everything a customer sees of it, save its addresses: one query for one VM or for a whole list. The columns of the standard
/// template are null for a custom VM and the reverse.
/// </summary>
public sealed record VmDetailsRow
{
    public VmId Id { get; init; }
    public UserId UserId { get; init; }
    public HostId HostId { get; init; }
    public DiskId DiskId { get; init; }
    public Instant Created { get; init; }
    public Instant Expires { get; init; }
    public MacAddress MacAddress { get; init; }
    public bool Deleted { get; init; }
    public bool AutoRenewalEnabled { get; init; }

    /// <summary>Its creation on the host is complete: our own marker; for VMs older than the marker, a real MAC and a live address.</summary>
    public bool Provisioned { get; init; }

    /// <summary>Money for it is being given back, and it goes then.</summary>
    public bool IsRefunding { get; init; }

    public ImageId ImageId { get; init; }
    public OsDistribution ImageDistribution { get; init; }
    public string ImageFlavour { get; init; } = "";
    public string ImageVersion { get; init; } = "";
    public Instant ImageReleaseDate { get; init; }
    public string? ImageDefaultUsername { get; init; }

    public SshKeyId KeyId { get; init; }
    public string KeyName { get; init; } = "";
    public Instant KeyCreated { get; init; }

    public TemplateId? TemplateId { get; init; }
    public string? TemplateName { get; init; }
    public Instant? TemplateCreated { get; init; }
    public Instant? TemplateExpires { get; init; }
    public CostPlanId? PlanId { get; init; }
    public string? PlanName { get; init; }
    public ulong? PlanAmount { get; init; }
    public string? PlanCurrency { get; init; }
    public uint? PlanIntervalAmount { get; init; }
    public IntervalKind? PlanIntervalType { get; init; }

    public CustomTemplateId? CustomTemplateId { get; init; }
    public CustomPricingId? PricingId { get; init; }
    public string? PricingName { get; init; }
    public Instant? PricingCreated { get; init; }
    public Instant? PricingExpires { get; init; }
    public string? PricingCurrency { get; init; }
    public ulong? PricingCpuCost { get; init; }
    public ulong? PricingMemoryCost { get; init; }
    public ulong? PricingIp4Cost { get; init; }
    public ulong? PricingIp6Cost { get; init; }
    public ulong? PricingDiskCost { get; init; }

    public ushort Cpu { get; init; }
    public Bytes Memory { get; init; }
    public Bytes DiskSize { get; init; }
    public DiskKind DiskType { get; init; }
    public DiskInterface DiskInterface { get; init; }

    public RegionId RegionId { get; init; }
    public string RegionName { get; init; } = "";
    public CompanyId CompanyId { get; init; }
    public string CompanyCurrency { get; init; } = "";
    public string? CompanyTaxId { get; init; }
    public string? CompanyCountry { get; init; }
}

/// <summary>Queries of VMs as customers see them (data-model.md section 7.6).</summary>
public static class VmDetails
{
    const string Select = """
        SELECT v.id, v.user_id, v.host_id, v.disk_id, v.created, v.expires, v.mac_address, v.deleted, v.auto_renewal_enabled,
               i.id AS image_id, i.distribution AS image_distribution, i.flavour AS image_flavour, i.version AS image_version,
               i.release_date AS image_release_date, i.default_username AS image_default_username,
               k.id AS key_id, k.name AS key_name, k.created AS key_created,
               t.id AS template_id, t.name AS template_name, t.created AS template_created, t.expires AS template_expires,
               p.id AS plan_id, p.name AS plan_name, p.amount AS plan_amount, p.currency AS plan_currency,
               p.interval_amount AS plan_interval_amount, p.interval_type AS plan_interval_type,
               c.id AS custom_template_id, q.id AS pricing_id, q.name AS pricing_name, q.created AS pricing_created, q.expires AS pricing_expires,
               q.currency AS pricing_currency, q.cpu_cost AS pricing_cpu_cost, q.memory_cost AS pricing_memory_cost,
               q.ip4_cost AS pricing_ip4_cost, q.ip6_cost AS pricing_ip6_cost,
               (SELECT MIN(d.cost) FROM vm_custom_pricing_disk d
                WHERE d.pricing_id = c.pricing_id AND d.kind = c.disk_type AND d.interface = c.disk_interface) AS pricing_disk_cost,
               COALESCE(t.cpu, c.cpu) AS cpu, COALESCE(t.memory, c.memory) AS memory, COALESCE(t.disk_size, c.disk_size) AS disk_size,
               COALESCE(t.disk_type, c.disk_type) AS disk_type, COALESCE(t.disk_interface, c.disk_interface) AS disk_interface,
               CASE WHEN g.provisioned_at IS NOT NULL THEN 1
                    WHEN g.vm_id IS NULL AND v.mac_address <> 'ff:ff:ff:ff:ff:ff'
                         AND EXISTS (SELECT 1 FROM vm_ip_assignment a WHERE a.vm_id = v.id AND a.deleted = 0) THEN 1
                    ELSE 0 END AS provisioned,
               EXISTS (SELECT 1 FROM vm_refund f WHERE f.vm_id = v.id AND f.paid IS NULL) AS is_refunding,
               r.id AS region_id, r.name AS region_name, o.id AS company_id, o.base_currency AS company_currency,
               o.tax_id AS company_tax_id, o.country_code AS company_country
        FROM vm v
        JOIN vm_os_image i ON i.id = v.image_id
        JOIN user_ssh_key k ON k.id = v.ssh_key_id
        JOIN vm_host h ON h.id = v.host_id
        JOIN vm_host_region r ON r.id = h.region_id
        JOIN company o ON o.id = r.company_id
        LEFT JOIN vm_template t ON t.id = v.template_id
        LEFT JOIN vm_cost_plan p ON p.id = t.cost_plan_id
        LEFT JOIN vm_custom_template c ON c.id = v.custom_template_id
        LEFT JOIN vm_custom_pricing q ON q.id = c.pricing_id
        LEFT JOIN vm_progress g ON g.vm_id = v.id
        """;

    /// <summary>One VM, deleted ones too.</summary>
    public static Task<VmDetailsRow?> FindVmDetails(this Session session, VmId id, CancellationToken stop) =>
        session.Find<VmDetailsRow>($"{Select} WHERE v.id = @id", new { id }, stop);

    /// <summary>A customer's live VMs by id; a broken row has neither a template nor a custom one.</summary>
    public static Task<List<VmDetailsRow>> ListVmDetails(this Session session, UserId user, CancellationToken stop) =>
        session.List<VmDetailsRow>($"{Select} WHERE v.user_id = @user AND v.deleted = 0 ORDER BY v.id", new { user }, stop);
}
