using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Tables;

/// <summary>data-model.md section 2.1.</summary>
static class Customers
{
    public static readonly Table Users = new("users")
    {
        Columns =
        [
            Id(),
            Binary("pubkey", 32),
            Created(),
            Text("email").OrNull(),
            Bit("contact_nip17"),
            Bit("contact_email"),
            Varchar("country_code", 3).OrNull(),
            Varchar("billing_name", 200).OrNull(),
            Varchar("billing_address_1", 200).OrNull(),
            Varchar("billing_address_2", 200).OrNull(),
            Varchar("billing_city", 100).OrNull(),
            Varchar("billing_state", 100).OrNull(),
            Varchar("billing_postcode", 50).OrNull(),
            Varchar("billing_tax_id", 50).OrNull(),
            Text("nwc_connection_string").OrNull(),
        ],
        Keys =
        [
            Key.UniqueText("ix_user_email", "email"),
            Key.Unique("ix_user_pubkey", "pubkey"),
        ],
    };

    public static readonly Table SshKeys = new("user_ssh_key")
    {
        Columns =
        [
            Id(),
            Varchar("name", 100),
            Int("user_id"),
            Created(),
            Text("key_data"),
        ],
        Keys = [Key.On("fk_ssh_key_user", "user_id")],
        ForeignKeys = [new("fk_ssh_key_user", "user_id", "users")],
    };
}
