using System.Globalization;
using Dapper;
using Lnvps.Database.Schema.Declarations;
using Lnvps.Database.Schema.Tables;
using Lnvps.Database.Sessions;
using Lnvps.Testing.Databases;

namespace Lnvps.Database.Tests.Schema;

/// <summary>Both databases take the same values in every column and refuse the same.</summary>
public class ParityTests
{
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Every_column_takes_its_limits_and_nothing_beyond(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        var failures = new List<string>();
        await using var session = await database.Db.Open(default);
        // Only the columns themselves are looked at.
        await session.Execute(kind == DatabaseKind.Sqlite ? "PRAGMA foreign_keys = OFF" : "SET foreign_key_checks = 0");
        foreach (var table in LnvpsTables.All)
        {
            await session.Execute($"DELETE FROM {table.Name}");
            foreach (var column in table.Columns)
            {
                foreach (var value in Good(column, kind))
                {
                    if (await Insert(session, table, column, value) is { } error)
                        failures.Add($"{table.Name}.{column.Name} refuses {Show(value)}: {error}");
                }
                foreach (var value in Bad(column, kind))
                {
                    if (await Insert(session, table, column, value) is null)
                        failures.Add($"{table.Name}.{column.Name} takes {Show(value)}");
                }
            }
        }
        await session.Execute(kind == DatabaseKind.Sqlite ? "PRAGMA foreign_keys = ON" : "SET foreign_key_checks = 1");
        Assert.True(failures.Count == 0, string.Join("\n", failures));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Defaults_are_the_same(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        await using var session = await database.Db.Open(default);
        await session.Execute(kind == DatabaseKind.Sqlite ? "PRAGMA foreign_keys = OFF" : "SET foreign_key_checks = 0");
        foreach (var table in LnvpsTables.All.Where(table => table.Name != "company" && !table.Name.StartsWith("admin_role", StringComparison.Ordinal)))
        {
            var required = table.Columns.Where(column => !column.IsAutoId && !column.IsNullable && column.Default is null && !column.DefaultsToNow).ToList();
            await Insert(session, table, required.ToDictionary(column => column.Name, Sample));
            foreach (var column in table.Columns.Where(column => column.Default is not null))
            {
                var stored = await session.Find<string>($"SELECT CAST({Number(column, kind)} AS CHAR) FROM {table.Name}");
                Assert.Equal(column.Default!.Trim('\''), stored!.EndsWith(".0", StringComparison.Ordinal) ? stored[..^2] : stored);
            }
            foreach (var column in table.Columns.Where(column => column.IsNullable))
                Assert.Equal(1, await session.Scalar<long>($"SELECT COUNT(*) FROM {table.Name} WHERE {Quoted(column, kind)} IS NULL"));
            var now = database.Db.Dialect.Name == "sqlite" ? "datetime('now', '-2 minutes')" : "NOW() - INTERVAL 2 MINUTE";
            foreach (var column in table.Columns.Where(column => column.DefaultsToNow))
                Assert.Equal(1, await session.Scalar<long>($"SELECT COUNT(*) FROM {table.Name} WHERE {Quoted(column, kind)} > {now}"));
        }
        await session.Execute(kind == DatabaseKind.Sqlite ? "PRAGMA foreign_keys = ON" : "SET foreign_key_checks = 1");
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Unique_texts_differ_in_more_than_case(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        await using var session = await database.Db.Open(default);
        await session.Execute("INSERT INTO users (id, pubkey, contact_nip17, contact_email) VALUES (1, @key, 0, 0)", new { key = new byte[32] });
        await session.Execute("INSERT INTO nostr_domain (owner_id, name) VALUES (1, 'a.example')");
        var error = await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => session.Execute("INSERT INTO nostr_domain (owner_id, name) VALUES (1, 'A.Example')"));
        Assert.True(database.Db.Dialect.IsDuplicateKey(error));
        Assert.Equal(1, await session.Scalar<long>("SELECT COUNT(*) FROM nostr_domain WHERE name = 'A.EXAMPLE'"));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Foreign_keys_restrict_cascade_and_empty(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        await using var session = await database.Db.Open(default);
        foreach (var id in new[] { 1, 2 })
            await session.Execute("INSERT INTO users (id, pubkey, contact_nip17, contact_email) VALUES (@id, @key, 0, 0)", new { id, key = Enumerable.Repeat((byte)id, 32).ToArray() });
        await session.Execute("INSERT INTO nostr_domain (id, owner_id, name) VALUES (5, 1, 'a.example')");
        await session.Execute("INSERT INTO nostr_domain_handle (domain_id, handle, pubkey) VALUES (5, '_', @key)", new { key = new byte[32] });
        await session.Execute("INSERT INTO admin_role_assignments (user_id, role_id, assigned_by) VALUES (1, 1, 2)");

        var error = await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => session.Execute("DELETE FROM users WHERE id = 1"));
        Assert.True(database.Db.Dialect.IsForeignKeyViolation(error));
        await session.Execute("DELETE FROM users WHERE id = 2");
        Assert.Equal(1, await session.Scalar<long>("SELECT COUNT(*) FROM admin_role_assignments WHERE assigned_by IS NULL"));
        await session.Execute("DELETE FROM nostr_domain");
        Assert.Equal(0, await session.Scalar<long>("SELECT COUNT(*) FROM nostr_domain_handle"));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_change_moves_the_time_of_change_unless_it_sets_it(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        await using var session = await database.Db.Open(default);
        await session.Execute("""
            INSERT INTO payment_method_config (company_id, payment_method, name, provider_type, config, modified) VALUES (1, 0, 'a', 'lnd', '{}', '2020-01-01 00:00:00')
            """);
        await session.Execute("UPDATE payment_method_config SET modified = '2021-01-01 00:00:00', name = 'b'");
        Assert.Equal(1, await session.Scalar<long>("SELECT COUNT(*) FROM payment_method_config WHERE modified = '2021-01-01 00:00:00'"));
        Assert.Equal(1, await session.Execute("UPDATE payment_method_config SET name = 'c'"));
        Assert.Equal(1, await session.Scalar<long>("SELECT COUNT(*) FROM payment_method_config WHERE modified > '2022-01-01 00:00:00'"));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task An_address_has_one_live_assignment(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        await using var session = await database.Db.Open(default);
        await session.Execute(kind == DatabaseKind.Sqlite ? "PRAGMA foreign_keys = OFF" : "SET foreign_key_checks = 0");
        const string Insert = "INSERT INTO vm_ip_assignment (vm_id, ip_range_id, ip, deleted) VALUES (1, 1, '10.0.0.1', @deleted)";
        foreach (var deleted in new[] { true, true, false })
            await session.Execute(Insert, new { deleted });
        var error = await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => session.Execute(Insert, new { deleted = false }));
        Assert.True(database.Db.Dialect.IsDuplicateKey(error));
        await session.Execute("UPDATE vm_ip_assignment SET deleted = 1");
        await session.Execute(Insert, new { deleted = false });
        await session.Execute(kind == DatabaseKind.Sqlite ? "PRAGMA foreign_keys = ON" : "SET foreign_key_checks = 1");
    }

    /// <summary>Inserts a row with one value set and the others valid, and takes it back; null, or why it was refused.</summary>
    static async Task<string?> Insert(Session session, Table table, Column column, object? value)
    {
        var values = table.Columns.Where(other => !other.IsNullable).ToDictionary(other => other.Name, Sample);
        values[column.Name] = value;
        try
        {
            await Insert(session, table, values);
            return null;
        }
        catch (System.Data.Common.DbException error)
        {
            return error.Message;
        }
        finally
        {
            await session.Execute($"DELETE FROM {table.Name}");
        }
    }

    static Task<int> Insert(Session session, Table table, Dictionary<string, object?> values)
    {
        var parameters = new DynamicParameters();
        foreach (var (name, value) in values)
            parameters.Add("p_" + name, value);
        var columns = values.Keys.Select(name => session.Dialect.Name == "sqlite" ? $"\"{name}\"" : $"`{name}`");
        return session.Execute($"INSERT INTO {table.Name} ({string.Join(", ", columns)}) VALUES ({string.Join(", ", values.Keys.Select(name => "@p_" + name))})", parameters);
    }

    static object? Sample(Column column) => column.Shape switch
    {
        Shape.Binary => new byte[column.Length],
        Shape.Timestamp => new DateTime(2025, 1, 1, 0, 0, 0, DateTimeKind.Utc),
        Shape.Json => "{}",
        Shape.Varchar or Shape.Text => "x",
        _ => 1L,
    };

    static IEnumerable<object?> Good(Column column, DatabaseKind kind)
    {
        if (column.IsNullable)
            yield return null;
        object?[] values = column.Shape switch
        {
            Shape.AutoId => [1L, (long)uint.MaxValue],
            Shape.BigAutoId => [1L, long.MaxValue / 2],
            Shape.Tiny => [0L, 255L],
            Shape.Small => [0L, 65535L],
            Shape.Int => [0L, (long)uint.MaxValue],
            Shape.Big => [0L, long.MaxValue, .. kind == DatabaseKind.MariaDb ? new object?[] { ulong.MaxValue } : []],
            Shape.Bit or Shape.TinyBool => [false, true],
            Shape.Float => [0.0, 92345.671875],
            Shape.Varchar => ["", new string('é', column.Length)],
            Shape.Text => ["", new string('x', 65535)],
            Shape.Json => ["null", """{"a":[1,"é"]}"""],
            Shape.Binary => [Enumerable.Repeat((byte)255, column.Length).ToArray()],
            Shape.Timestamp => [new DateTime(1970, 1, 1, 0, 0, 1, DateTimeKind.Utc), new DateTime(2038, 1, 19, 3, 14, 7, DateTimeKind.Utc)],
            _ => [],
        };
        foreach (var value in values)
            yield return value;
    }

    static object?[] Bad(Column column, DatabaseKind kind)
    {
        object?[] values = column.Shape switch
        {
            Shape.AutoId => [-1L, 1L + uint.MaxValue],
            Shape.Tiny => [-1L, 256L],
            Shape.Small => [-1L, 65536L],
            Shape.Int => [-1L, 1L + uint.MaxValue],
            Shape.Big or Shape.BigAutoId => [-1L, "some"],
            Shape.Bit => [2L],
            Shape.Float => ["some"],
            Shape.Varchar => [new string('é', column.Length + 1)],
            Shape.Text => [new string('x', 65536), new string('é', 32768)],
            Shape.Json => ["", "{", "'a'"],
            Shape.Binary => [new byte[column.Length + 1]],
            Shape.Timestamp => ["", "yesterday", "2025-02-30 00:00:00", "2025-01-01 25:00:00"],
            _ => [],
        };
        // MariaDB takes NULL for a TIMESTAMP that cannot be empty and stores the current time.
        var takesNull = column.IsAutoId || column.IsNullable || column.IsLoose || (column.Shape == Shape.Timestamp && kind == DatabaseKind.MariaDb);
        return takesNull ? values : [.. values, null];
    }

    static string Quoted(Column column, DatabaseKind kind) => kind == DatabaseKind.Sqlite ? $"\"{column.Name}\"" : $"`{column.Name}`";

    static string Number(Column column, DatabaseKind kind) => Quoted(column, kind) + (column.Shape == Shape.Bit ? " + 0" : "");

    static string Show(object? value) => value switch
    {
        null => "NULL",
        string { Length: > 30 } text => $"{text.Length} characters",
        byte[] bytes => $"{bytes.Length} bytes",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
