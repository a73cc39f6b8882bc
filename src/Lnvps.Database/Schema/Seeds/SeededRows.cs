using Lnvps.Database.Sessions;

namespace Lnvps.Database.Schema.Seeds;

/// <summary>Writes the rows a new database starts with (data-model.md section 4). What exists already stays as it is.</summary>
static class SeededRows
{
    /// <summary>A first company, only when there is none at all.</summary>
    public static async Task AddCompany(Session session, CancellationToken stop)
    {
        if (await session.Scalar<long>("SELECT COUNT(*) FROM company", null, stop) == 0)
            await session.Execute("INSERT INTO company (name, email, base_currency) VALUES ('Default Company', 'admin@example.com', 'EUR')", null, stop);
    }

    /// <summary>Missing system roles, and of the permissions in <paramref name="resources"/> those missing.</summary>
    public static async Task AddRoles(Session session, Func<ushort, bool> resources, CancellationToken stop)
    {
        var ids = await RoleIds(session, stop);
        foreach (var role in SystemRoles.All.Where(role => !ids.ContainsKey(role.Name)))
        {
            // The id of the contract where it is still free.
            var id = ids.ContainsValue(role.Id) ? (ulong?)null : role.Id;
            await session.Execute("INSERT INTO admin_roles (id, name, description, is_system_role) VALUES (@id, @name, @description, 1)",
                new { id, name = role.Name, description = role.Description }, stop);
        }
        ids = await RoleIds(session, stop);
        var present = (await session.List<Grant>("SELECT role_id, resource, action FROM admin_role_permissions", null, stop)).ToHashSet();
        var missing = from permission in SystemRoles.Permissions
                      where resources(permission.Resource)
                      let grant = new Grant { RoleId = ids[permission.Role], Resource = permission.Resource, Action = permission.Action }
                      where !present.Contains(grant)
                      select $"({grant.RoleId}, {grant.Resource}, {grant.Action})";
        var values = string.Join(", ", missing);
        if (values.Length > 0)
            await session.Execute($"INSERT INTO admin_role_permissions (role_id, resource, action) VALUES {values}", null, stop);
    }

    static async Task<Dictionary<string, ulong>> RoleIds(Session session, CancellationToken stop) =>
        (await session.List<Role>("SELECT id, name FROM admin_roles", null, stop))
            .ToDictionary(role => role.Name, role => role.Id, StringComparer.OrdinalIgnoreCase);

    sealed record Role
    {
        public ulong Id { get; init; }
        public string Name { get; init; } = "";
    }

    sealed record Grant
    {
        public ulong RoleId { get; init; }
        public ushort Resource { get; init; }
        public ushort Action { get; init; }
    }
}
