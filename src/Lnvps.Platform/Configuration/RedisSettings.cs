using System.Globalization;

namespace Lnvps.Platform.Configuration;

/// <summary><c>redis</c>: what several processes of a shop share besides the database (customer-api.md section 10.3).</summary>
public sealed record RedisSettings
{
    const int UsualPort = 6379;
    const int UsualLifetime = 300;

    /// <summary>A state must outlive two checks of its VM, or a missed one would blank it (provisioning.md section 20.2).</summary>
    const int ShortestLifetime = 61;

    const int MostDatabases = 1 << 16;

    public required string Host { get; init; }
    public required int Port { get; init; }
    public required int Database { get; init; }

    /// <summary>Null = none is needed.</summary>
    public required string? Password { get; init; }

    /// <summary>TLS from the first byte (<c>rediss://</c>).</summary>
    public required bool Tls { get; init; }

    /// <summary>How long the state of a VM is shared after it was seen.</summary>
    public required TimeSpan StateLifetime { get; init; }

    /// <summary>Without the password.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"Redis at {Host}:{Port}");

    internal static RedisSettings? Read(SettingsNode root)
    {
        if (root.Section("redis") is not { } section)
            return null;
        if (!Uri.TryCreate(section.Text("url"), UriKind.Absolute, out var url) || url.Scheme is not ("redis" or "rediss") || url.Host.Length == 0
            || url.Query.Length > 0 || url.Fragment.Length > 0 || !TryReadDatabase(url.AbsolutePath, out var database))
            throw section.Wrong("url", "an address such as redis://127.0.0.1:6379 or rediss://:PASSWORD@redis.example.com:6379/0");
        var credentials = url.UserInfo.Split(':', 2);
        if (credentials[0] is not ("" or "default"))
            throw section.Wrong("url", "an address without user name: redis://:PASSWORD@HOST");
        return new RedisSettings
        {
            Host = url.Host.Trim('[', ']'),
            Port = url.Port > 0 ? url.Port : UsualPort,
            Database = database,
            Password = credentials.Length == 2 && credentials[1].Length > 0 ? Uri.UnescapeDataString(credentials[1]) : null,
            Tls = url.Scheme == "rediss",
            StateLifetime = TimeSpan.FromSeconds(section.Integer("ttl", UsualLifetime, ShortestLifetime, int.MaxValue)),
        };
    }

    static bool TryReadDatabase(string path, out int database)
    {
        database = 0;
        return path is "" or "/" || (int.TryParse(path.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out database) && database < MostDatabases);
    }
}
