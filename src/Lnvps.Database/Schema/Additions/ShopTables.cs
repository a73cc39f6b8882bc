using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Additions;

/// <summary>Small facts of the shop that the shared schema has no place for.</summary>
static class ShopTables
{
    /// <summary>Single values by name: the node's cursor, the offset of the development clock, marks of the worker.</summary>
    static readonly Table Settings = new("setting")
    {
        Columns = [ExactVarchar("name", 100), LongText("value")],
        PrimaryKey = ["name"],
    };

    /// <summary>Room held for a never-paid VM while its first invoice is being made (provisioning.md section 4.7).</summary>
    static readonly Table RoomHolds = new("vm_room_hold")
    {
        Columns = [Int("vm_id"), Timestamp("expires")],
        PrimaryKey = ["vm_id"],
        ForeignKeys = [new("fk_vm_room_hold_vm", "vm_id", "vm", OnDelete.Cascade)],
    };

    public static readonly Addition Addition = new(2026030103, "settings and room holds", sql => [.. sql.CreateTable(Settings), .. sql.CreateTable(RoomHolds)]);
}
