using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Tables;

/// <summary>data-model.md section 2.2.</summary>
static class Companies
{
    public static readonly Table Company = new("company")
    {
        Columns =
        [
            Id(),
            Timestamp("created").DefaultToNow(),
            Varchar("name", 100),
            Varchar("email", 100),
            Varchar("phone", 100).OrNull(),
            Varchar("address_1", 200).OrNull(),
            Varchar("address_2", 200).OrNull(),
            Varchar("city", 100).OrNull(),
            Varchar("state", 100).OrNull(),
            Varchar("postcode", 50).OrNull(),
            Varchar("country_code", 3).OrNull(),
            Varchar("tax_id", 50).OrNull(),
            Varchar("base_currency", 3).DefaultTo("EUR"),
        ],
    };

    public static readonly Table PaymentMethodConfig = new("payment_method_config")
    {
        Columns =
        [
            Id(),
            Int("company_id"),
            Small("payment_method"),
            Varchar("name", 255),
            Bit("enabled").DefaultTo(1),
            Varchar("provider_type", 50),
            Json("config"),
            Float("processing_fee_rate").OrNull(),
            Big("processing_fee_base").OrNull(),
            Varchar("processing_fee_currency", 5).OrNull(),
            Timestamp("created").DefaultToNow(),
            Timestamp("modified").DefaultToNow().MovingOnUpdate(),
        ],
        Keys =
        [
            Key.On("idx_company_id", "company_id"),
            Key.On("idx_enabled", "enabled"),
        ],
        ForeignKeys = [new("fk_payment_method_config_company", "company_id", "company")],
    };
}
