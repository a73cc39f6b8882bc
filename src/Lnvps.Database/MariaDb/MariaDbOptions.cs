using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Lnvps.Database.MariaDb;

/// <summary>How much of TLS is demanded (<c>ssl-mode</c>). Each level includes the ones before it.</summary>
public enum TlsMode
{
    /// <summary>Plain text.</summary>
    Disabled,

    /// <summary>Encrypted when the server offers it; protects from listeners only.</summary>
    Preferred,

    /// <summary>Encrypted, with any certificate.</summary>
    Required,

    /// <summary>The server's certificate comes from a trusted authority.</summary>
    VerifyCa,

    /// <summary>And it names the host of the URL.</summary>
    VerifyIdentity,
}

/// <summary>
/// A <c>mysql://user:password@host:port/database?key=value</c> URL taken apart (data-model.md section 1.1). Keys that are not known are
/// ignored, also <c>charset</c>, <c>collation</c> and <c>timezone</c>: sessions are always utf8mb4 and UTC.
/// </summary>
public sealed record MariaDbOptions
{
    const string Scheme = "mysql://";

    /// <summary>Host name or address; with <see cref="Socket"/> it is not connected to.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port, 3306 unless given.</summary>
    public uint Port { get; init; } = 3306;

    public required string User { get; init; }

    internal string Password { get; init; } = "";

    public required string Database { get; init; }

    /// <summary><c>socket</c>: path of a Unix socket; null for TCP.</summary>
    public string? Socket { get; init; }

    /// <summary><c>ssl-mode</c>: DISABLED, PREFERRED (default), REQUIRED, VERIFY_CA or VERIFY_IDENTITY.</summary>
    public TlsMode Tls { get; init; } = TlsMode.Preferred;

    /// <summary><c>ssl-ca</c>: PEM file of the authorities that the VERIFY modes trust; null for those of the system.</summary>
    public string? TlsCa { get; init; }

    /// <summary><c>ssl-cert</c>: PEM file of the client's own certificate.</summary>
    public string? TlsCertificate { get; init; }

    /// <summary><c>ssl-key</c>: PEM file of its key.</summary>
    public string? TlsKey { get; init; }

    /// <summary><c>pool-size</c>: connections at most, 1 to 10,000; default 32.</summary>
    public int PoolSize { get; init; } = 32;

    /// <summary><c>pool-wait</c>: seconds to wait for a free connection; default 30.</summary>
    public TimeSpan PoolWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary><c>connect-timeout</c>: seconds for each wait of connecting and signing in; default 10.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary><c>command-timeout</c>: seconds that commands may take unless they say otherwise, 0 for no limit; default 30.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary><c>statement-cache-capacity</c>: prepared statements kept per connection, 0 to 10,000; default 100.</summary>
    public int StatementCacheCapacity { get; init; } = 100;

    /// <summary>Takes a URL apart.</summary>
    /// <exception cref="FormatException">It is not one; the message says which part and never quotes it.</exception>
    public static MariaDbOptions Parse(string url) =>
        TryParse(url, out var options, out var problem) ? options : throw new FormatException(problem);

    /// <summary>Takes a URL apart. <paramref name="problem"/> says which part is wrong and never quotes it, for it may be the password.</summary>
    public static bool TryParse(string url, [NotNullWhen(true)] out MariaDbOptions? options, [NotNullWhen(false)] out string? problem)
    {
        options = null;
        if (!url.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            problem = $"The database URL must begin with {Scheme}";
            return false;
        }
        try
        {
            options = TakeApart(url[Scheme.Length..]);
            problem = null;
            return true;
        }
        catch (BadPart bad)
        {
            problem = $"The database URL {Scheme}user:password@host:port/database {bad.Message}";
            return false;
        }
    }

    /// <summary>For messages: all but the password.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Scheme}{Uri.EscapeDataString(User)}@{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}/{Uri.EscapeDataString(Database)}");

    static MariaDbOptions TakeApart(string rest)
    {
        var (beforeQuery, query) = Cut(rest, rest.IndexOf('?', StringComparison.Ordinal));
        var (authority, path) = Cut(beforeQuery, beforeQuery.IndexOf('/', StringComparison.Ordinal));
        // The last @, since some write one into the password unescaped.
        var at = authority.LastIndexOf('@');
        if (at < 0)
            throw new BadPart("names no user");
        var (user, password) = Cut(authority[..at], authority.IndexOf(':', StringComparison.Ordinal) is var colon && colon < at ? colon : -1);
        var (host, port) = HostAndPort(authority[(at + 1)..]);
        var options = new MariaDbOptions
        {
            Host = host,
            Port = port,
            User = Decode(user, "user"),
            Password = Decode(password, "password"),
            Database = Decode(path, "database name"),
        };
        if (options.User.Length == 0)
            throw new BadPart("names no user");
        if (options.Database.Length == 0)
            throw new BadPart("names no database");
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = Cut(pair, pair.IndexOf('=', StringComparison.Ordinal));
            options = options.With(Decode(key, "query"), Decode(value, "query"));
        }
        if (options.Host.Length == 0)
            options = options.Socket is null ? throw new BadPart("names no host") : options with { Host = "localhost" };
        return (options.TlsCertificate is null) == (options.TlsKey is null)
            ? options
            : throw new BadPart("must give ssl-cert and ssl-key together");
    }

    MariaDbOptions With(string key, string value) => key switch
    {
        "socket" => this with { Socket = NotEmpty(value) },
        "ssl-mode" => this with { Tls = Mode(value) },
        "ssl-ca" => this with { TlsCa = NotEmpty(value) },
        "ssl-cert" => this with { TlsCertificate = NotEmpty(value) },
        "ssl-key" => this with { TlsKey = NotEmpty(value) },
        "pool-size" => this with { PoolSize = Whole(key, value, 1, 10_000) },
        "pool-wait" => this with { PoolWait = TimeSpan.FromSeconds(Whole(key, value, 0, 3600)) },
        "connect-timeout" => this with { ConnectTimeout = TimeSpan.FromSeconds(Whole(key, value, 1, 3600)) },
        "command-timeout" => this with { CommandTimeout = TimeSpan.FromSeconds(Whole(key, value, 0, 86_400)) },
        "statement-cache-capacity" => this with { StatementCacheCapacity = Whole(key, value, 0, 10_000) },
        _ => this,
    };

    static string? NotEmpty(string value) => value.Length == 0 ? null : value;

    static TlsMode Mode(string value) => value.ToUpperInvariant().Replace('-', '_') switch
    {
        "DISABLED" => TlsMode.Disabled,
        "PREFERRED" => TlsMode.Preferred,
        "REQUIRED" => TlsMode.Required,
        "VERIFY_CA" => TlsMode.VerifyCa,
        "VERIFY_IDENTITY" => TlsMode.VerifyIdentity,
        _ => throw new BadPart("has an ssl-mode that is none of DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY"),
    };

    static int Whole(string key, string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new BadPart($"has a {key} that is not a whole number from {least} to {most}");

    static (string Host, uint Port) HostAndPort(string text)
    {
        string host, port;
        if (text.StartsWith('['))
        {
            var end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 0)
                throw new BadPart("has an IPv6 address without its closing bracket");
            (host, var behind) = (text[1..end], text[(end + 1)..]);
            if (behind.Length > 0 && behind[0] != ':')
                throw new BadPart("has something between host and port");
            port = behind.Length > 0 ? behind[1..] : "";
        }
        else
        {
            (host, port) = Cut(text, text.IndexOf(':', StringComparison.Ordinal));
        }
        var number = 3306u;
        if (port.Length > 0 && !(uint.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number is > 0 and <= ushort.MaxValue))
            throw new BadPart("has a port that is not a number from 1 to 65535 (escape special characters of the password as %XX)");
        host = Decode(host, "host");
        return host.AsSpan().IndexOfAny("/?#@ ") < 0 ? (host, number) : throw new BadPart("has a host name that is none");
    }

    static (string Before, string Behind) Cut(string text, int at) => at < 0 ? (text, "") : (text[..at], text[(at + 1)..]);

    /// <summary>Percent-decoding (RFC 3986): UTF-8, and a plus sign is itself.</summary>
    static string Decode(string text, string part)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
            return NoZero(text, part);
        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                var end = text.IndexOf('%', i);
                bytes.AddRange(Encoding.UTF8.GetBytes(end < 0 ? text[i..] : text[i..end]));
                i = (end < 0 ? text.Length : end) - 1;
                continue;
            }
            if (i + 2 >= text.Length || !byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
                throw new BadPart($"has a % in its {part} that is not followed by two hex digits (a % itself is %25)");
            bytes.Add(value);
            i += 2;
        }
        try
        {
            return NoZero(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.ToArray()), part);
        }
        catch (DecoderFallbackException)
        {
            throw new BadPart($"has escapes in its {part} that are not UTF-8");
        }
    }

    static string NoZero(string text, string part) =>
        text.Contains('\0', StringComparison.Ordinal) ? throw new BadPart($"has a zero byte in its {part}") : text;

    sealed class BadPart(string message) : Exception(message);
}
