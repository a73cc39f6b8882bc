using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Tables;

/// <summary>The schema shared with existing LNVPS installations: 31 tables and their ledger (data-model.md section 2).</summary>
public static class LnvpsTables
{
    /// <summary>In the order of their references: a table comes after those it points at.</summary>
    public static readonly IReadOnlyList<Table> All =
    [
        Customers.Users,
        Customers.SshKeys,
        Companies.Company,
        Companies.PaymentMethodConfig,
        Infrastructure.Regions,
        Infrastructure.Hosts,
        Infrastructure.Disks,
        Infrastructure.Images,
        Infrastructure.Routers,
        Infrastructure.AccessPolicies,
        Infrastructure.Ranges,
        Catalogue.CostPlans,
        Catalogue.Templates,
        Catalogue.CustomPricings,
        Catalogue.CustomPricingDisks,
        Catalogue.CustomTemplates,
        VirtualMachines.Vms,
        VirtualMachines.IpAssignments,
        VirtualMachines.Payments,
        VirtualMachines.History,
        Subscriptions.Subscription,
        Subscriptions.LineItems,
        Subscriptions.Payments,
        IpSpace.Blocks,
        IpSpace.Prices,
        IpSpace.Allocations,
        NostrDomains.Domains,
        NostrDomains.Handles,
        AdminAccess.Roles,
        AdminAccess.RolePermissions,
        AdminAccess.RoleAssignments,
    ];

    /// <summary>The ledger of existing programs (data-model.md section 1.5). Never gets rows of our own.</summary>
    public static readonly Table Ledger = new("_sqlx_migrations")
    {
        Columns =
        [
            SignedBig("version"),
            Text("description"),
            Timestamp("installed_on").DefaultToNow(),
            TinyBool("success"),
            Blob("checksum"),
            SignedBig("execution_time"),
        ],
        PrimaryKey = ["version"],
    };

    /// <summary>The ledger of our own additions.</summary>
    public static readonly Table OwnLedger = new("lnvps_schema")
    {
        Columns =
        [
            Big("version"),
            Varchar("name", 200),
            Timestamp("installed").DefaultToNow(),
        ],
        PrimaryKey = ["version"],
    };
}
