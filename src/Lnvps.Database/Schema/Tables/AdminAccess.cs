using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Tables;

/// <summary>data-model.md section 2.8. Some keys double others; they are part of existing databases.</summary>
static class AdminAccess
{
    public static readonly Table Roles = new("admin_roles")
    {
        Columns =
        [
            BigId(),
            Varchar("name", 50),
            Text("description").OrNull(),
            TinyBool("is_system_role").DefaultTo(0).Loose(),
            Timestamp("created_at").DefaultToNow().Loose(),
            Timestamp("updated_at").DefaultToNow().MovingOnUpdate().Loose(),
        ],
        Keys =
        [
            Key.Unique("name", "name"),
            Key.On("idx_name", "name"),
            Key.On("idx_system_role", "is_system_role"),
        ],
    };

    public static readonly Table RolePermissions = new("admin_role_permissions")
    {
        Columns =
        [
            BigId(),
            Big("role_id"),
            Small("resource"),
            Small("action"),
            Timestamp("created_at").DefaultToNow().Loose(),
        ],
        Keys =
        [
            Key.Unique("unique_role_permission", "role_id", "resource", "action"),
            Key.On("idx_admin_role_permissions_lookup", "role_id", "resource", "action"),
            Key.On("idx_resource_action", "resource", "action"),
            Key.On("idx_role_id", "role_id"),
        ],
        ForeignKeys = [new("admin_role_permissions_ibfk_1", "role_id", "admin_roles", OnDelete.Cascade)],
    };

    public static readonly Table RoleAssignments = new("admin_role_assignments")
    {
        Columns =
        [
            BigId(),
            Int("user_id"),
            Big("role_id"),
            Int("assigned_by").OrNull(),
            Timestamp("assigned_at").DefaultToNow().Loose(),
            Timestamp("expires_at").OrNull(),
        ],
        Keys =
        [
            Key.Unique("unique_user_role", "user_id", "role_id"),
            Key.On("assigned_by", "assigned_by"),
            Key.On("idx_admin_role_assignments_lookup", "user_id", "expires_at"),
            Key.On("idx_expires", "expires_at"),
            Key.On("idx_role_id", "role_id"),
            Key.On("idx_user_id", "user_id"),
        ],
        ForeignKeys =
        [
            new("admin_role_assignments_ibfk_1", "user_id", "users", OnDelete.Cascade),
            new("admin_role_assignments_ibfk_2", "role_id", "admin_roles", OnDelete.Cascade),
            new("admin_role_assignments_ibfk_3", "assigned_by", "users", OnDelete.SetNull),
        ],
    };
}
