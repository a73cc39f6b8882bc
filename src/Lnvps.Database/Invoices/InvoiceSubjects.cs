using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Invoices;

/// <summary>What an invoice says of a VM; what has vanished is null.</summary>
public sealed record InvoiceVmRow
{
    public VmId Id { get; init; }
    public CompanyId CompanyId { get; init; }
    public string? TemplateName { get; init; }
    public bool IsCustom { get; init; }
    public OsDistribution? ImageDistribution { get; init; }
    public string? ImageVersion { get; init; }
}

public static class InvoiceSubjects
{
    /// <summary>A VM, deleted ones too; only its host, region and company must exist, which the schema sees to.</summary>
    public static Task<InvoiceVmRow?> FindInvoiceVm(this Session session, VmId vm, CancellationToken stop) =>
        session.Find<InvoiceVmRow>("""
            SELECT v.id, r.company_id, t.name AS template_name, CASE WHEN v.custom_template_id IS NULL THEN 0 ELSE 1 END AS is_custom,
                   i.distribution AS image_distribution, i.version AS image_version
            FROM vm v
            JOIN vm_host h ON h.id = v.host_id
            JOIN vm_host_region r ON r.id = h.region_id
            LEFT JOIN vm_template t ON t.id = v.template_id
            LEFT JOIN vm_os_image i ON i.id = v.image_id
            WHERE v.id = @vm
            """, new { vm }, stop);

    /// <summary>The company that sells a VM.</summary>
    public static Task<CompanyId?> FindCompanyOfVm(this Session session, VmId vm, CancellationToken stop) =>
        session.Find<CompanyId?>("SELECT r.company_id FROM vm v JOIN vm_host h ON h.id = v.host_id JOIN vm_host_region r ON r.id = h.region_id WHERE v.id = @vm", new { vm }, stop);
}
