using System.Diagnostics.CodeAnalysis;
using Lnvps.Database.MariaDb;
using Lnvps.Database.Sqlite;

namespace Lnvps.Database.Sessions;

/// <summary>The <c>db</c> setting: <c>mysql://user:password@host:port/name?…</c> or <c>sqlite:PATH</c>.</summary>
public static class DatabaseUrl
{
    const string SqliteScheme = "sqlite:";

    /// <summary>The dialect of a URL; does not connect.</summary>
    /// <exception cref="FormatException">The URL is malformed; the message says which part and never quotes it.</exception>
    public static Dialect Parse(string url) => TryParse(url, out var dialect, out var problem) ? dialect : throw new FormatException(problem);

    /// <summary>The dialect of a URL. <paramref name="problem"/> says which part is wrong and never quotes it, for it may hold the password.</summary>
    public static bool TryParse(string url, [NotNullWhen(true)] out Dialect? dialect, [NotNullWhen(false)] out string? problem)
    {
        (dialect, problem) = (null, null);
        if (url.StartsWith(SqliteScheme, StringComparison.OrdinalIgnoreCase))
        {
            var path = url[SqliteScheme.Length..];
            if (path.Trim().Length == 0 || path.Contains('\0', StringComparison.Ordinal))
                problem = "The database URL sqlite:PATH names no file";
            else if (path.StartsWith(':'))
                problem = "The database URL sqlite:PATH must name a file; databases in memory cannot be shared by connections";
            else
                dialect = new SqliteDialect(path);
        }
        else if (url.StartsWith("mysql://", StringComparison.OrdinalIgnoreCase))
        {
            if (MariaDbOptions.TryParse(url, out var options, out problem))
                dialect = new MariaDbDialect(options);
        }
        else
        {
            problem = "The database URL must be mysql://user:password@host:port/name or sqlite:PATH";
        }
        return dialect is not null;
    }
}
