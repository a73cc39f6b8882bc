namespace Lnvps.Database.Schema.Seeds;

/// <summary>A role every database has (data-model.md section 4); name and id are the contract.</summary>
public sealed record SystemRole(ulong Id, string Name, string Description);

/// <summary>The six system roles and what they may do.</summary>
public static class SystemRoles
{
    public const string SuperAdmin = "super_admin";

    public static readonly IReadOnlyList<SystemRole> All =
    [
        new(1, SuperAdmin, "May do everything"),
        new(2, "admin", "May do nearly everything; sees roles and the audit trail"),
        new(3, "user_manager", "Manages customers; sees analytics and the audit trail"),
        new(4, "vm_manager", "Manages VMs, hosts, images and templates; sees what they depend on"),
        new(5, "payment_manager", "Manages payments and prices; sees what they depend on"),
        new(6, "read_only", "Sees, changes nothing"),
    ];

    // One line per admin resource, columns in the order of the roles. C V U D are the actions create, view, update, delete.
    static readonly string[] Matrix =
    [
        "CVUD CVUD CVUD V    V    V", // 0  users
        "CVUD CVUD -    CVUD -    V", // 1  virtual_machines
        "CVUD CVUD -    CVUD -    V", // 2  hosts
        "CVUD CVUD -    -    CVUD V", // 3  payments
        "CVUD CVUD V    V    V    V", // 4  analytics
        "CVUD CVUD -    V    -    V", // 5  system
        "CVUD V    -    -    -    V", // 6  roles
        "CVUD V    V    -    -    V", // 7  audit
        "CVUD CVUD -    -    -    V", // 8  access_policy
        "CVUD VU   -    -    V    V", // 9  company
        "CVUD CVUD -    -    -    V", // 10 ip_range
        "CVUD CVUD -    -    -    V", // 11 router
        "CVUD CVUD -    -    CVUD V", // 12 vm_custom_pricing
        "CVUD CVUD -    V    -    V", // 13 host_region
        "CVUD CVUD -    CVUD -    V", // 14 vm_os_image
        "CVUD VU   -    -    CVUD V", // 15 vm_payment
        "CVUD CVUD -    CVUD -    V", // 16 vm_template
        "CVUD -    -    -    -    -", // 17 subscriptions
        "CVUD -    -    -    -    -", // 18 subscription_line_items
        "CVUD -    -    -    -    -", // 19 subscription_payments
        "CVUD -    -    -    -    -", // 20 ip_space
        "CVUD -    -    -    -    -", // 21 payment_method_config
    ];

    const string Actions = "CVUD";

    /// <summary>All 204 grants: role name, resource and action as ordinals of data-model.md section 3.</summary>
    public static readonly IReadOnlyList<(string Role, ushort Resource, ushort Action)> Permissions =
    [
        .. from resource in Enumerable.Range(0, Matrix.Length)
           let granted = Matrix[resource].Split(' ', StringSplitOptions.RemoveEmptyEntries)
           from role in Enumerable.Range(0, All.Count)
           from action in Enumerable.Range(0, Actions.Length)
           where granted[role].Contains(Actions[action], StringComparison.Ordinal)
           select (All[role].Name, (ushort)resource, (ushort)action),
    ];
}
