using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using DnsClient;
using Lnvps.Health.Checks;
using Lnvps.Health.Dns;
using Lnvps.Health.Mss;
using Lnvps.Platform.Configuration;

namespace Lnvps.Health.Configuration;

/// <summary>Reads the lists of checks (health.md sections 2.1 and 3.1) and makes the checks.</summary>
static class CheckSettings
{
    const int UsualMss = 1460;

    // The header of IPv6 is so much longer than that of IPv4.
    const int LongerHeader = 20;

    /// <exception cref="SettingsException">A key is missing or wrong, or two checks are the same.</exception>
    public static IReadOnlyList<ICheck> Read(SettingsNode root)
    {
        var checks = new List<ICheck>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in root.Sections("mss-checks"))
            Add(ReadMss(entry), entry, "host", "other than that of an earlier entry with the same port");
        foreach (var entry in root.Sections("dns-checks"))
            Add(ReadDns(entry), entry, "query", "other than that of an earlier entry with the same server");
        return checks;

        void Add(IEnumerable<ICheck> some, SettingsNode entry, string key, string expected)
        {
            foreach (var check in some)
                checks.Add(ids.Add(check.Id) ? check : throw entry.Wrong(key, expected));
        }
    }

    static IEnumerable<ICheck> ReadMss(SettingsNode entry)
    {
        var name = entry.Text("name");
        var host = entry.Text("host");
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
            throw entry.Wrong("host", "a host name or an IP address");
        if (!entry.Has("port"))
            throw entry.Missing("port");
        var port = (ushort)entry.Integer("port", 0, 1, ushort.MaxValue);
        var v4 = (int)entry.Integer("expected-mss", UsualMss, 0, int.MaxValue);
        var v6 = (int)entry.Integer("expected-mss-v6", Math.Max(0, v4 - LongerHeader), 0, int.MaxValue);
        return [new MssCheck(name, host, port, Family.V4, v4), new MssCheck(name, host, port, Family.V6, v6)];
    }

    static List<ICheck> ReadDns(SettingsNode entry)
    {
        var name = entry.Text("name");
        var query = entry.Text("query");
        if (!IsDnsName(query))
            throw entry.Wrong("query", "a host name");
        var patience = TimeSpan.FromSeconds(entry.Integer("timeout-secs", 5, 1, 300));
        var expected = entry.OneOrMoreTexts("expected-ips")
            .Select(text => TryReadAddress(text, out var address) ? address : throw entry.Wrong("expected-ips", "a list of IP addresses"))
            .ToList();
        var checks = new List<ICheck>(2);
        foreach (var (key, family) in new[] { ("server", Family.V4), ("server-v6", Family.V6) })
        {
            if (entry.OptionalText(key) is not { } server)
                continue;
            if (!TryReadAddress(server, out var address) || address.AddressFamily != family.Sockets())
                throw entry.Wrong(key, $"an {(family == Family.V4 ? "IPv4" : "IPv6")} address");
            checks.Add(new DnsCheck(name, server, new IPEndPoint(address, DnsCheck.Port), family, query, expected, patience));
        }
        return checks.Count > 0 ? checks : throw entry.Missing("server");
    }

    /// <summary>No shorthand such as 8.8.8 or 1, and no octal numbers: they are other addresses than they look like.</summary>
    static bool TryReadAddress(string text, [NotNullWhen(true)] out IPAddress? address) =>
        IPAddress.TryParse(text, out address) && (address.AddressFamily == AddressFamily.InterNetworkV6 || address.ToString() == text);

    static bool IsDnsName(string text)
    {
        try
        {
            DnsString.Parse(text);
            // A dot at the end is fine; the parser overlooks those that are doubled.
            return (text.EndsWith('.') ? text[..^1] : text).Split('.').All(label => label.Length is > 0 and <= 63);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
