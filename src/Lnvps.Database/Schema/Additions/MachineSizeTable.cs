using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Additions;

/// <summary>
/// Machines that are to stay smaller than their VMs are sold: a paid upgrade waits for its turn or for room. A VM without a row has the size it is sold in.
/// </summary>
static class MachineSizeTable
{
    static readonly Table Sizes = new("vm_machine_size")
    {
        Columns = [Int("vm_id"), Small("cpu"), Big("memory"), Big("disk_size")],
        PrimaryKey = ["vm_id"],
        ForeignKeys = [new("fk_vm_machine_size_vm", "vm_id", "vm", OnDelete.Cascade)],
    };

    public static readonly Addition Addition = new(2026030220, "machines smaller than sold", sql => sql.CreateTable(Sizes));
}
