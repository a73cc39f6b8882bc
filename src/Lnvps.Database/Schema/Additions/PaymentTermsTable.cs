using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Additions;

/// <summary>
/// What a payment was made from, frozen with it: the value charged, its tax with the reasons, and the exchange rate with time and source. One row per payment of
/// either payment table, whose ids are unique over both. Numbers are decimal text, because a report must show what was reckoned with.
/// </summary>
static class PaymentTermsTable
{
    static readonly Table Terms = new("payment_terms")
    {
        Columns =
        [
            Binary("payment_id", 32),
            Big("total"),
            ExactVarchar("tax_rate", 40),
            ExactVarchar("tax_country", 3).OrNull(),
            ExactVarchar("tax_treatment", 30),
            ExactVarchar("declared_country", 3).OrNull(),
            ExactVarchar("ip_country", 3).OrNull(),
            Varchar("vat_number", 50).OrNull(),
            ExactVarchar("exchange_pair", 10).OrNull(),
            ExactVarchar("exchange_rate", 40).OrNull(),
            Timestamp("exchange_at").OrNull(),
            Varchar("exchange_source", 200).OrNull(),
        ],
        PrimaryKey = ["payment_id"],
    };

    public static readonly Addition Addition = new(2026030140, "terms of payments", sql => sql.CreateTable(Terms));
}
