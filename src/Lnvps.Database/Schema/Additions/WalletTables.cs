using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Additions;

/// <summary>What keeps a customer's wallet from being asked twice (billing.md section 15).</summary>
static class WalletTables
{
    /// <summary>Payments that a wallet was asked to make, each before it was asked.</summary>
    static readonly Table Request = new("wallet_request")
    {
        Columns = [Binary("payment_id", 32), Int("vm_id"), Timestamp("asked")],
        PrimaryKey = ["payment_id"],
        Keys = [Key.On("ix_vm", "vm_id")],
        ForeignKeys = [new("fk_wallet_request_vm", "vm_id", "vm", OnDelete.Cascade)],
    };

    /// <summary>Automatic renewals: one row for a VM and one value of its expiry. Due at <c>next_attempt</c>; NULL = over.</summary>
    static readonly Table Renewal = new("wallet_renewal")
    {
        Columns = [Int("vm_id"), Timestamp("expires"), Timestamp("next_attempt").OrNull(), Binary("payment_id", 32).OrNull()],
        PrimaryKey = ["vm_id", "expires"],
        Keys = [Key.On("ix_next_attempt", "next_attempt")],
        ForeignKeys = [new("fk_wallet_renewal_vm", "vm_id", "vm", OnDelete.Cascade)],
    };

    public static readonly Addition Addition = new(2026030150, "what wallets were asked", sql => [.. sql.CreateTable(Request), .. sql.CreateTable(Renewal)]);
}
