using Lnvps.Database.Schema.Seeds;
using Lnvps.Testing.Databases;

namespace Lnvps.Database.Tests.Schema;

public class CreationTests
{
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_new_database_has_the_seeded_rows(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        await using var session = await database.Db.Open(default);

        Assert.Equal(["1 Default Company admin@example.com EUR"], (await session.List<Company>("SELECT id, name, email, base_currency FROM company"))
            .Select(row => $"{row.Id} {row.Name} {row.Email} {row.BaseCurrency}"));
        Assert.Equal(SystemRoles.All.Select(role => (role.Id, role.Name, true)),
            (await session.List<Role>("SELECT id, name, is_system_role FROM admin_roles ORDER BY id")).Select(row => (row.Id, row.Name, row.IsSystemRole)));
        Assert.Equal([88UL, 58UL, 6UL, 20UL, 15UL, 17UL],
            await session.List<ulong>("SELECT COUNT(*) FROM admin_role_permissions GROUP BY role_id ORDER BY role_id"));
    }

    sealed record Company
    {
        public uint Id { get; init; }
        public string Name { get; init; } = "";
        public string Email { get; init; } = "";
        public string BaseCurrency { get; init; } = "";
    }

    sealed record Role
    {
        public ulong Id { get; init; }
        public string Name { get; init; } = "";
        public bool IsSystemRole { get; init; }
    }
}
