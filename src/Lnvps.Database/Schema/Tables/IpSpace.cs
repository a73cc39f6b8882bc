using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Tables;

/// <summary>data-model.md section 2.6, its blocks of addresses for sale.</summary>
static class IpSpace
{
    public static readonly Table Blocks = new("available_ip_space")
    {
        Columns =
        [
            Id(),
            Int("company_id"),
            Varchar("cidr", 200),
            Small("min_prefix_size"),
            Small("max_prefix_size"),
            Created(),
            Timestamp("updated").DefaultToNow().MovingOnUpdate().Loose(),
            Small("registry"),
            Varchar("external_id", 255).OrNull(),
            Bit("is_available").DefaultTo(1),
            Bit("is_reserved").DefaultTo(0),
            Json("metadata").OrNull(),
        ],
        Keys =
        [
            Key.Unique("idx_available_ip_space_cidr", "cidr"),
            Key.On("idx_available_ip_space_available", "is_available"),
            Key.On("idx_available_ip_space_company", "company_id"),
            Key.On("idx_available_ip_space_external_id", "external_id"),
            Key.On("idx_available_ip_space_registry", "registry"),
            Key.On("idx_available_ip_space_reserved", "is_reserved"),
        ],
        ForeignKeys = [new("fk_available_ip_space_company", "company_id", "company")],
    };

    public static readonly Table Prices = new("ip_space_pricing")
    {
        Columns =
        [
            Id(),
            Int("available_ip_space_id"),
            Small("prefix_size"),
            Big("price_per_month"),
            Varchar("currency", 4).DefaultTo("USD"),
            Big("setup_fee").DefaultTo(0),
            Created(),
            Timestamp("updated").DefaultToNow().MovingOnUpdate().Loose(),
        ],
        Keys =
        [
            Key.Unique("idx_ip_space_pricing_unique", "available_ip_space_id", "prefix_size"),
            Key.On("idx_ip_space_pricing_available_space", "available_ip_space_id"),
            Key.On("idx_ip_space_pricing_prefix_size", "prefix_size"),
        ],
        ForeignKeys = [new("fk_ip_space_pricing_available_space", "available_ip_space_id", "available_ip_space", OnDelete.Cascade)],
    };

    public static readonly Table Allocations = new("ip_range_subscription")
    {
        Columns =
        [
            Id(),
            Int("subscription_line_item_id"),
            Int("available_ip_space_id"),
            Created(),
            Varchar("cidr", 200),
            Bit("is_active").DefaultTo(1),
            Timestamp("started_at").DefaultToNow().Loose(),
            Timestamp("ended_at").OrNull(),
            Json("metadata").OrNull(),
        ],
        Keys =
        [
            Key.Unique("idx_ip_range_subscription_unique_cidr", "cidr"),
            Key.On("idx_ip_range_subscription_active", "is_active"),
            Key.On("idx_ip_range_subscription_available_space", "available_ip_space_id"),
            Key.On("idx_ip_range_subscription_cidr", "cidr"),
            Key.On("idx_ip_range_subscription_line_item", "subscription_line_item_id"),
        ],
        ForeignKeys =
        [
            new("fk_ip_range_subscription_available_space", "available_ip_space_id", "available_ip_space"),
            new("fk_ip_range_subscription_line_item", "subscription_line_item_id", "subscription_line_item", OnDelete.Cascade),
        ],
    };
}
