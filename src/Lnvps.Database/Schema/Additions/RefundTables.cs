using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Additions;

/// <summary>Money given back for unused time: written before it is paid out, kept as the ledger of refunds.</summary>
static class RefundTables
{
    static readonly Table Refund = new("vm_refund")
    {
        Columns =
        [
            Binary("payment_hash", 32),
            Int("vm_id"),
            Int("workflow_id"),
            Int("admin_user_id").OrNull(),
            LongText("invoice"),
            // Msat to pay out, and what that is in the currency of the price list.
            Big("amount"),
            Big("list_amount"),
            ExactVarchar("list_currency", 5),
            LongText("reason").OrNull(),
            Timestamp("refund_from").DefaultToNow(),
            Binary("preimage", 32).OrNull(),
            Timestamp("created").DefaultToNow(),
            Timestamp("paid").OrNull(),
        ],
        PrimaryKey = ["payment_hash"],
        Keys = [Key.On("ix_vm", "vm_id")],
        ForeignKeys = [new("fk_vm_refund_vm", "vm_id", "vm")],
    };

    public static readonly Addition Addition = new(2026030202, "refunds", sql => sql.CreateTable(Refund));
}
