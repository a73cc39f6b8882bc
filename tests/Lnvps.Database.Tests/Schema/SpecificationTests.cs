using System.Security.Cryptography;
using System.Text;
using Lnvps.Database.Schema.Ledger;
using Lnvps.Testing.Databases;

namespace Lnvps.Database.Tests.Schema;

/// <summary>Compares what a new database has with the facts of data-model.md, kept in the <c>.tsv</c> files beside this one.</summary>
public class SpecificationTests
{
    [Fact]
    public async Task MariaDb_gets_the_columns_of_the_specification()
    {
        await using var database = await Databases.WithoutAdditions();
        await using var session = await database.Db.Open(default);
        var expected = Facts("expected-columns.tsv").Select(line => line.Replace("\tyes*\t", "\tyes\t", StringComparison.Ordinal));
        Assert.Equal(InOrderOfTables(expected), InOrderOfTables(Shared(await MariaDbFacts.Columns(session))));
    }

    [Fact]
    public async Task MariaDb_gets_the_keys_of_the_specification()
    {
        await using var database = await Databases.WithoutAdditions();
        await using var session = await database.Db.Open(default);
        Assert.Equal(Facts("expected-keys.tsv").Order(StringComparer.Ordinal), Shared(await MariaDbFacts.Keys(session)));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Both_get_the_permissions_of_the_specification(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        await using var session = await database.Db.Open(default);
        var granted = (await session.List<Grant>("SELECT role_id, resource, action FROM admin_role_permissions"))
            .ToLookup(grant => (grant.Resource, grant.RoleId), grant => grant.Action);
        var lines = Enumerable.Range(0, 22).Select(resource => string.Join('\t',
            [$"{resource}", .. Enumerable.Range(1, 6).Select(role => Letters(granted[((ushort)resource, (ulong)role)]))]));
        Assert.Equal(Facts("expected-permissions.tsv"), lines);
        Assert.Equal(204, granted.Sum(actions => actions.Count()));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Both_get_the_ledger_of_existing_programs(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        await using var session = await database.Db.Open(default);
        var rows = await session.List<LedgerRow>("SELECT version, description, success, checksum FROM _sqlx_migrations ORDER BY version");

        Assert.Equal(43, rows.Count);
        Assert.All(rows, row => Assert.True(row.Success));
        var text = string.Concat(rows.Select(row => $"{row.Version} {row.Description} {Convert.ToHexStringLower(row.Checksum)}\n"));
        // Taken from the table of section 1.5, line by line in the same form.
        Assert.Equal("78feecca377a4c3a88521290da4d8f481954cc4a3478e284144c78234108435e", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
    }

    [Fact]
    public void The_lock_has_the_name_that_existing_programs_take() => Assert.Equal("3b209b0388b18cfa", AdvisoryLock.Name("lnvps"));

    static string[] Facts(string file) => File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Schema", file));

    static IEnumerable<string> Shared(IEnumerable<string> lines) => lines.Where(line => !line.StartsWith("lnvps_schema\t", StringComparison.Ordinal));

    static IEnumerable<string> InOrderOfTables(IEnumerable<string> lines) => lines.OrderBy(line => line[..line.IndexOf('\t', StringComparison.Ordinal)], StringComparer.Ordinal);

    static string Letters(IEnumerable<ushort> actions) => string.Concat(actions.Order().Select(action => "CVUD"[action])) is { Length: > 0 } letters ? letters : "-";

    sealed record Grant
    {
        public ulong RoleId { get; init; }
        public ushort Resource { get; init; }
        public ushort Action { get; init; }
    }

    sealed record LedgerRow
    {
        public long Version { get; init; }
        public string Description { get; init; } = "";
        public bool Success { get; init; }
        public byte[] Checksum { get; init; } = [];
    }
}
