using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Tables;

/// <summary>data-model.md section 2.6, its subscriptions.</summary>
static class Subscriptions
{
    public static readonly Table Subscription = new("subscription")
    {
        Columns =
        [
            Id(),
            Int("user_id"),
            Int("company_id"),
            Varchar("name", 200),
            Text("description").OrNull(),
            Created(),
            Timestamp("expires").OrNull(),
            Bit("is_active").DefaultTo(1),
            Varchar("currency", 4),
            Big("setup_fee").DefaultTo(0),
            Bit("auto_renewal_enabled").DefaultTo(0),
            Varchar("external_id", 255).OrNull(),
        ],
        Keys =
        [
            Key.On("fk_subscription_company", "company_id"),
            Key.On("idx_subscription_active", "is_active"),
            Key.On("idx_subscription_expires", "expires"),
            Key.On("idx_subscription_external_id", "external_id"),
            Key.On("idx_subscription_user", "user_id"),
        ],
        ForeignKeys =
        [
            new("fk_subscription_company", "company_id", "company"),
            new("fk_subscription_user", "user_id", "users"),
        ],
    };

    public static readonly Table LineItems = new("subscription_line_item")
    {
        Columns =
        [
            Id(),
            Int("subscription_id"),
            Small("subscription_type").DefaultTo(0),
            Varchar("name", 200),
            Text("description").OrNull(),
            Big("amount"),
            Big("setup_amount").DefaultTo(0),
            Json("configuration").OrNull(),
        ],
        Keys =
        [
            Key.On("idx_line_item_subscription", "subscription_id"),
            Key.On("idx_line_item_type", "subscription_type"),
        ],
        ForeignKeys = [new("fk_line_item_subscription", "subscription_id", "subscription", OnDelete.Cascade)],
    };

    public static readonly Table Payments = new("subscription_payment")
    {
        Columns =
        [
            Binary("id", 32),
            Int("subscription_id"),
            Int("user_id"),
            Created(),
            Timestamp("expires"),
            Big("amount"),
            Varchar("currency", 5),
            Small("payment_method"),
            Small("payment_type"),
            Text("external_data"),
            Varchar("external_id", 255).OrNull(),
            Bit("is_paid").DefaultTo(0),
            Float("rate"),
            Big("tax"),
            Big("processing_fee").DefaultTo(0),
        ],
        Keys =
        [
            Key.Unique("ix_subscription_payment_id", "id"),
            Key.On("idx_subscription_payment_expires", "expires"),
            Key.On("idx_subscription_payment_external_id", "external_id"),
            Key.On("idx_subscription_payment_is_paid", "is_paid"),
            Key.On("idx_subscription_payment_subscription", "subscription_id"),
            Key.On("idx_subscription_payment_user", "user_id"),
        ],
        ForeignKeys =
        [
            new("fk_subscription_payment_subscription", "subscription_id", "subscription"),
            new("fk_subscription_payment_user", "user_id", "users"),
        ],
    };
}
