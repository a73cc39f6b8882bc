using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Additions;

/// <summary>
/// Room held while the invoice of an offer is being made (provisioning.md section 4.7): one row an offer, so that each ends only its own. It takes the place of
/// <c>vm_room_hold</c>, which knew one row a VM and is empty from now on.
/// </summary>
static class OfferHolds
{
    static readonly Table Holds = new("offer_hold")
    {
        Columns =
        [
            Id(),
            Int("vm_id"),
            // What the VM is to grow to; null = the whole VM, which was never paid for.
            LongText("upgrade_params").OrNull(),
            Timestamp("expires"),
        ],
        Keys = [Key.On("ix_vm", "vm_id"), Key.On("ix_expires", "expires")],
        ForeignKeys = [new("fk_offer_hold_vm", "vm_id", "vm", OnDelete.Cascade)],
    };

    public static readonly Addition Addition = new(2026030240, "room held by offers in the making", sql => sql.CreateTable(Holds));
}
