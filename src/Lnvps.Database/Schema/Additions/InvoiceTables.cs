using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Additions;

/// <summary>Numbers of invoices: one sequence per company without gaps, given in the transaction that completes a payment of either kind.</summary>
static class InvoiceTables
{
    /// <summary>The last number given; its row also orders those who complete payments of one company.</summary>
    static readonly Table Counter = new("invoice_counter")
    {
        Columns = [Int("company_id"), Int("last_number")],
        PrimaryKey = ["company_id"],
        ForeignKeys = [new("fk_invoice_counter_company", "company_id", "company")],
    };

    static readonly Table Invoice = new("invoice")
    {
        Columns = [Binary("payment_id", 32), Int("company_id"), Int("number"), Timestamp("issued").DefaultToNow()],
        PrimaryKey = ["payment_id"],
        Keys = [Key.Unique("ix_company_number", "company_id", "number")],
        ForeignKeys = [new("fk_invoice_company", "company_id", "company")],
    };

    public static readonly Addition Addition = new(2026030201, "numbers of invoices", sql => [.. sql.CreateTable(Counter), .. sql.CreateTable(Invoice)]);
}
