using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Additions;

/// <summary>What the worker needs to find what is due without reading what is not, and to do each thing once.</summary>
static class LifeTables
{
    /// <summary>What happened once for a VM and one value of its expiry; a renewal makes the expiry another one, and it may happen again.</summary>
    static readonly Table Marks = new("vm_mark")
    {
        Columns = [Int("vm_id"), Small("kind"), Timestamp("expires"), Timestamp("at")],
        PrimaryKey = ["vm_id", "kind", "expires"],
        ForeignKeys = [new("fk_vm_mark_vm", "vm_id", "vm", OnDelete.Cascade)],
    };

    public static readonly Addition Addition = new(2026030120, "marks of the life of VMs, keys of what is due", sql =>
    [
        .. sql.CreateTable(Marks),
        .. sql.AddKey("vm", Key.On("ix_deleted_expires", "deleted", "expires")),
        .. sql.AddKey("vm_payment", Key.On("ix_paid_expires", "is_paid", "expires")),
        .. sql.AddKey("vm_room_hold", Key.On("ix_expires", "expires")),
    ]);
}
