using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Sizes;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Vms;

/// <summary>Size of one custom VM (table <c>vm_custom_template</c>); belongs to exactly one VM.</summary>
public sealed record CustomTemplateRow
{
    public CustomTemplateId Id { get; init; }
    public ushort Cpu { get; init; }
    public Bytes Memory { get; init; }
    public Bytes DiskSize { get; init; }
    public DiskKind DiskType { get; init; }
    public DiskInterface DiskInterface { get; init; }
    public CustomPricingId PricingId { get; init; }
}

public static class CustomTemplates
{
    /// <summary>Inserts the size of a custom VM, in the transaction that inserts the VM; the id of the argument is ignored.</summary>
    public static async Task<CustomTemplateId> InsertCustomTemplate(this Session session, CustomTemplateRow size, CancellationToken stop) =>
        new(await session.Insert("""
            INSERT INTO vm_custom_template (cpu, memory, disk_size, disk_type, disk_interface, pricing_id)
            VALUES (@Cpu, @Memory, @DiskSize, @DiskType, @DiskInterface, @PricingId)
            """, size, stop));

    /// <summary>Sets the size of a custom VM; sizes never shrink, which the caller sees to under the lock of the VM's row.</summary>
    public static Task SetCustomTemplateSize(this Session session, CustomTemplateId id, ushort cpu, Bytes memory, Bytes disk, CancellationToken stop) =>
        session.Execute("UPDATE vm_custom_template SET cpu = @cpu, memory = @memory, disk_size = @disk WHERE id = @id", new { id, cpu, memory, disk }, stop);
}
