using System.Diagnostics;
using System.Text.RegularExpressions;
using Lnvps.Database.Sessions;
using Lnvps.Testing.Servers;

namespace Lnvps.Database.Tests.Schema;

/// <summary>What a MariaDB database really has, read without the code under test.</summary>
static partial class MariaDbFacts
{
    /// <summary>Lines <c>table column type null default</c> in the words of data-model.md.</summary>
    public static async Task<List<string>> Columns(Session session)
    {
        var checks = await JsonChecks(session);
        return [.. from row in await session.List<ColumnRow>("""
                SELECT c.table_name AS table_name, c.column_name AS column_name, c.column_type AS column_type, c.is_nullable AS is_nullable,
                    c.column_default AS column_default, c.extra AS extra
                FROM information_schema.columns c WHERE c.table_schema = DATABASE() ORDER BY c.table_name, c.ordinal_position
                """)
           let type = checks.Contains($"{row.TableName} {row.ColumnName}") ? "json" : row.ColumnType == "tinyint(1)" ? "tinyint(1)" : Width().Replace(row.ColumnType, "")
           select string.Join('\t', row.TableName, row.ColumnName, type, row.IsNullable == "YES" ? "yes" : "no", Default(row))];
    }

    // Not from information_schema.check_constraints: reading it crashes MariaDB 10.11 now and then while other tests drop databases.
    static async Task<HashSet<string>> JsonChecks(Session session)
    {
        var found = new HashSet<string>();
        foreach (var table in await session.List<string>("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()"))
        {
            var row = (IDictionary<string, object>)(await session.Find<object>($"SHOW CREATE TABLE `{table}`"))!;
            foreach (Match match in JsonCheck().Matches((string)row["Create Table"]))
                found.Add($"{table} {match.Groups["column"].Value}");
        }
        return found;
    }

    /// <summary>Lines <c>table kind name columns detail</c>.</summary>
    public static async Task<List<string>> Keys(Session session)
    {
        var keys = from row in await session.List<KeyRow>("""
                       SELECT table_name AS table_name, index_name AS name, non_unique AS non_unique, MIN(index_type) AS index_type,
                           GROUP_CONCAT(column_name ORDER BY seq_in_index) AS columns, COUNT(sub_part) AS prefixes
                       FROM information_schema.statistics WHERE table_schema = DATABASE() GROUP BY table_name, index_name, non_unique
                       """)
                   let kind = row.Name == "PRIMARY" ? "primary" : row.NonUnique == 0 ? "unique" : "key"
                   let detail = row.Prefixes > 0 ? "prefix" : row.IndexType == "HASH" ? "hash" : "-"
                   select string.Join('\t', row.TableName, kind, row.Name, row.Columns, detail);
        var references = from row in await session.List<ReferenceRow>("""
                             SELECT u.table_name AS table_name, u.constraint_name AS name, u.column_name AS column_name,
                                 u.referenced_table_name AS other_table, r.delete_rule AS delete_rule, r.update_rule AS update_rule
                             FROM information_schema.key_column_usage u JOIN information_schema.referential_constraints r
                                 ON r.constraint_schema = u.table_schema AND r.table_name = u.table_name AND r.constraint_name = u.constraint_name
                             WHERE u.table_schema = DATABASE() AND r.constraint_schema = DATABASE() AND u.referenced_column_name = 'id'
                             """)
                         select string.Join('\t', row.TableName, "fk", row.Name, row.ColumnName,
                             $"{row.OtherTable} {row.DeleteRule.ToLowerInvariant()}{(row.UpdateRule == "RESTRICT" ? "" : $" on update {row.UpdateRule}")}");
        return [.. keys.Concat(references).Order(StringComparer.Ordinal)];
    }

    /// <summary>Everything the server knows about the schema, to compare two databases.</summary>
    public static async Task<List<string>> Everything(Session session) =>
    [
        .. await Columns(session),
        .. await Keys(session),
        .. await session.List<string>("SELECT CONCAT_WS(' ', table_name, engine, table_collation) FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1"),
        .. await session.List<string>("""
            SELECT CONCAT_WS(' ', table_name, column_name, character_set_name, collation_name) FROM information_schema.columns
            WHERE table_schema = DATABASE() AND collation_name IS NOT NULL ORDER BY 1
            """),
    ];

    /// <summary>The whole database as text, definitions and rows, by the server's own program.</summary>
    public static async Task<string> Dump(string url, params string[] arguments)
    {
        var server = await MariaDbServer.Shared;
        var start = new ProcessStartInfo("mariadb-dump") { RedirectStandardOutput = true, UseShellExecute = false };
        string[] all = ["--no-defaults", "--user=root", $"--socket={server.Socket}", "--skip-comments", "--hex-blob", "--order-by-primary", .. arguments, url[(url.LastIndexOf('/') + 1)..]];
        foreach (var argument in all)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return text;
    }

    static string Default(ColumnRow row) => row switch
    {
        { Extra: "auto_increment" } => "auto",
        { ColumnDefault: "current_timestamp()", Extra: "on update current_timestamp()" } => "now, on update now",
        { ColumnDefault: "current_timestamp()", Extra: "" } => "now",
        { Extra: not "" } => row.Extra,
        { ColumnDefault: null } => "-",
        { ColumnDefault: ['b', '\'', var bit, '\''] } => bit.ToString(),
        var other => other.ColumnDefault!,
    };

    [GeneratedRegex(@"(?<=int)\(\d+\)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Width();

    [GeneratedRegex(@"CHECK \(json_valid\(`(?<column>\w+)`\)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex JsonCheck();

    sealed record ColumnRow
    {
        public string TableName { get; init; } = "";
        public string ColumnName { get; init; } = "";
        public string ColumnType { get; init; } = "";
        public string IsNullable { get; init; } = "";
        public string? ColumnDefault { get; init; }
        public string Extra { get; init; } = "";
    }

    sealed record KeyRow
    {
        public string TableName { get; init; } = "";
        public string Name { get; init; } = "";
        public long NonUnique { get; init; }
        public string IndexType { get; init; } = "";
        public string Columns { get; init; } = "";
        public long Prefixes { get; init; }
    }

    sealed record ReferenceRow
    {
        public string TableName { get; init; } = "";
        public string Name { get; init; } = "";
        public string ColumnName { get; init; } = "";
        public string OtherTable { get; init; } = "";
        public string DeleteRule { get; init; } = "";
        public string UpdateRule { get; init; } = "";
    }
}
