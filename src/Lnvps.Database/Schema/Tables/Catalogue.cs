using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Tables;

/// <summary>data-model.md section 2.4.</summary>
static class Catalogue
{
    const ulong Gib = 1UL << 30;

    public static readonly Table CostPlans = new("vm_cost_plan")
    {
        Columns =
        [
            Id(),
            Varchar("name", 200),
            Created(),
            Big("amount"),
            Varchar("currency", 4),
            Int("interval_amount"),
            Small("interval_type"),
        ],
    };

    public static readonly Table Templates = new("vm_template")
    {
        Columns =
        [
            Id(),
            Varchar("name", 200),
            Bit("enabled"),
            Created(),
            Timestamp("expires").OrNull(),
            Tiny("cpu"),
            Big("memory"),
            Big("disk_size"),
            Small("disk_type"),
            Small("disk_interface"),
            Int("cost_plan_id"),
            Int("region_id"),
        ],
        Keys =
        [
            Key.On("fk_template_cost_plan", "cost_plan_id"),
            Key.On("fk_template_region", "region_id"),
        ],
        ForeignKeys =
        [
            new("fk_template_cost_plan", "cost_plan_id", "vm_cost_plan"),
            new("fk_template_region", "region_id", "vm_host_region"),
        ],
    };

    public static readonly Table CustomPricings = new("vm_custom_pricing")
    {
        Columns =
        [
            Id(),
            Varchar("name", 100),
            Bit("enabled"),
            Created(),
            Timestamp("expires").OrNull(),
            Int("region_id"),
            Varchar("currency", 5),
            Big("cpu_cost"),
            Big("memory_cost"),
            Big("ip4_cost"),
            Big("ip6_cost"),
            Tiny("min_cpu").DefaultTo(1),
            Tiny("max_cpu").DefaultTo(32),
            Big("min_memory").DefaultTo(Gib),
            Big("max_memory").DefaultTo(64 * Gib),
        ],
        Keys = [Key.On("fk_custom_pricing_region", "region_id")],
        ForeignKeys = [new("fk_custom_pricing_region", "region_id", "vm_host_region")],
    };

    public static readonly Table CustomPricingDisks = new("vm_custom_pricing_disk")
    {
        Columns =
        [
            Id(),
            Int("pricing_id"),
            Small("kind"),
            Small("interface"),
            Big("cost"),
            Big("min_disk_size").DefaultTo(5 * Gib),
            Big("max_disk_size").DefaultTo(2048 * Gib),
        ],
        Keys = [Key.On("fk_custom_pricing_disk", "pricing_id")],
        ForeignKeys = [new("fk_custom_pricing_disk", "pricing_id", "vm_custom_pricing")],
    };

    public static readonly Table CustomTemplates = new("vm_custom_template")
    {
        Columns =
        [
            Id(),
            Tiny("cpu"),
            Big("memory"),
            Big("disk_size"),
            Small("disk_type"),
            Small("disk_interface"),
            Int("pricing_id"),
        ],
        Keys = [Key.On("fk_custom_template_pricing", "pricing_id")],
        ForeignKeys = [new("fk_custom_template_pricing", "pricing_id", "vm_custom_pricing")],
    };
}
