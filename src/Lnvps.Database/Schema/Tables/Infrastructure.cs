using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Tables;

/// <summary>data-model.md section 2.3.</summary>
static class Infrastructure
{
    public static readonly Table Regions = new("vm_host_region")
    {
        Columns =
        [
            Id(),
            Varchar("name", 100),
            Bit("enabled"),
            Int("company_id"),
        ],
        Keys = [Key.On("fk_host_region_company", "company_id")],
        ForeignKeys = [new("fk_host_region_company", "company_id", "company")],
    };

    public static readonly Table Hosts = new("vm_host")
    {
        Columns =
        [
            Id(),
            Small("kind"),
            Int("region_id"),
            Varchar("name", 100),
            Varchar("ip", 250),
            Big("cpu"),
            Big("memory"),
            Bit("enabled"),
            Text("api_token"),
            Float("load_cpu").DefaultTo(1),
            Float("load_memory").DefaultTo(1),
            Float("load_disk").DefaultTo(1),
            Int("vlan_id").OrNull(),
        ],
        Keys = [Key.On("fk_host_region", "region_id")],
        ForeignKeys = [new("fk_host_region", "region_id", "vm_host_region")],
    };

    public static readonly Table Disks = new("vm_host_disk")
    {
        Columns =
        [
            Id(),
            Int("host_id"),
            Varchar("name", 50),
            Big("size"),
            Small("kind"),
            Small("interface"),
            Bit("enabled"),
        ],
        Keys = [Key.On("fk_host_disk_host", "host_id")],
        ForeignKeys = [new("fk_host_disk_host", "host_id", "vm_host")],
    };

    public static readonly Table Images = new("vm_os_image")
    {
        Columns =
        [
            Id(),
            Small("distribution"),
            Varchar("flavour", 50),
            Varchar("version", 50),
            Bit("enabled"),
            Timestamp("release_date"),
            Varchar("url", 1024),
            Varchar("default_username", 50).OrNull(),
        ],
        Keys = [Key.Unique("ix_vm_os_image", "distribution", "flavour", "version")],
    };

    public static readonly Table Routers = new("router")
    {
        Columns =
        [
            Id(),
            Varchar("name", 100),
            Bit("enabled"),
            Small("kind"),
            Varchar("url", 255),
            Text("token"),
        ],
    };

    public static readonly Table AccessPolicies = new("access_policy")
    {
        Columns =
        [
            Id(),
            Varchar("name", 100),
            Small("kind"),
            Int("router_id").OrNull(),
            Varchar("interface", 100).OrNull(),
        ],
        Keys = [Key.On("fk_access_policy_router", "router_id")],
        ForeignKeys = [new("fk_access_policy_router", "router_id", "router")],
    };

    public static readonly Table Ranges = new("ip_range")
    {
        Columns =
        [
            Id(),
            Varchar("cidr", 200),
            Bit("enabled"),
            Int("region_id"),
            Varchar("gateway", 255),
            Varchar("reverse_zone_id", 255).OrNull(),
            Int("access_policy_id").OrNull(),
            Small("allocation_mode").DefaultTo(0),
            Bit("use_full_range"),
        ],
        Keys =
        [
            Key.Unique("ix_ip_range_cidr", "cidr"),
            Key.On("fk_ip_range_access_policy", "access_policy_id"),
            Key.On("fk_ip_range_region", "region_id"),
        ],
        ForeignKeys =
        [
            new("fk_ip_range_access_policy", "access_policy_id", "access_policy"),
            new("fk_ip_range_region", "region_id", "vm_host_region"),
        ],
    };
}
