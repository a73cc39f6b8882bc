using System.Net;
using Lnvps.Firewall.Kernel;
using Lnvps.Platform.Configuration;

namespace Lnvps.Firewall.Configuration;

/// <summary>How the program is attached: natively where the driver can, else generically; or only one of both.</summary>
enum XdpMode
{
    Auto,
    Native,
    Generic,
}

/// <summary>Limits of one destination address.</summary>
sealed record LimitOverride(IPAddress Address, PacketLimits Limits);

/// <summary>The configuration of the service (firewall.md section 5.1).</summary>
sealed record FirewallSettings
{
    public const uint DefaultDestinations = 16384;

    public required IReadOnlyList<string> Interfaces { get; init; }
    public XdpMode Mode { get; init; } = XdpMode.Auto;
    public PacketLimits Defaults { get; init; } = new(1000, 10000);
    public IReadOnlyList<LimitOverride> Overrides { get; init; } = [];

    /// <summary>Destinations that are never limited.</summary>
    public IReadOnlyList<IPAddress> AllowedDestinations { get; init; } = [];

    /// <summary>Source prefixes whose attempts always pass. Whoever forges such a source passes too.</summary>
    public IReadOnlyList<IPNetwork> AllowedSources { get; init; } = [];

    /// <summary>Count what would be dropped, and let it pass.</summary>
    public bool DryRun { get; init; }

    /// <summary>How often statistics go to the log; zero: never.</summary>
    public TimeSpan StatisticsInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Addresses counted for each family.</summary>
    public uint Destinations { get; init; } = DefaultDestinations;

    public IPEndPoint? Metrics { get; init; }

    /// <summary>Folder in a BPF file system where maps and links stay while the service is away; null: everything ends with the process.</summary>
    public string? PinFolder { get; init; }

    static readonly IReadOnlyList<string> RootKeys = ["interfaces", "xdp-mode", "syn-limit", "allow", "dry-run", "learning", "max-destinations", "metrics", "pin"];

    /// <exception cref="SettingsException">A value is missing or wrong, or a key unknown; says file, line and key.</exception>
    public static FirewallSettings Read(string file, string yaml)
    {
        var root = SettingsNode.Parse(file, yaml);
        RefuseUnknown(root, RootKeys);
        var interfaces = root.Texts("interfaces");
        if (interfaces.Count == 0)
            throw root.Missing("interfaces");
        if (interfaces.Any(name => !IsInterfaceName(name)) || interfaces.Distinct(StringComparer.Ordinal).Count() != interfaces.Count)
            throw root.Wrong("interfaces", "different names of interfaces, 1 to 15 letters each");
        var learning = root.Section("learning");
        RefuseUnknown(learning, ["stats-interval-secs"]);
        var metrics = root.Section("metrics");
        RefuseUnknown(metrics, ["listen"]);

        var settings = new FirewallSettings
        {
            Interfaces = interfaces,
            Mode = root.OptionalText("xdp-mode") switch
            {
                null or "auto" => XdpMode.Auto,
                "native" => XdpMode.Native,
                "generic" => XdpMode.Generic,
                _ => throw root.Wrong("xdp-mode", "auto, native or generic"),
            },
            DryRun = root.Flag("dry-run", otherwise: false),
            StatisticsInterval = TimeSpan.FromSeconds(learning?.Integer("stats-interval-secs", 5, 0, 86400) ?? 5),
            Destinations = (uint)root.Integer("max-destinations", DefaultDestinations, 1, 1 << 24),
            Metrics = metrics?.OptionalEndPoint("listen"),
            PinFolder = ReadPin(root),
        };
        return ReadAllowed(root, ReadLimits(root, settings));
    }

    static FirewallSettings ReadLimits(SettingsNode root, FirewallSettings settings)
    {
        if (root.Section("syn-limit") is not { } section)
            return settings;
        RefuseUnknown(section, ["rate", "burst", "overrides"]);
        var overrides = new List<LimitOverride>();
        foreach (var item in section.Sections("overrides"))
        {
            RefuseUnknown(item, ["ip", "rate", "burst"]);
            if (!TryReadAddress(item.Text("ip"), out var address))
                throw item.Wrong("ip", "an IPv4 or IPv6 address");
            if (overrides.Exists(other => other.Address.Equals(address)))
                throw item.Wrong("ip", "named once only");
            overrides.Add(new LimitOverride(address, ReadPair(item, required: true)));
        }
        return settings with { Defaults = ReadPair(section, required: false), Overrides = overrides };
    }

    static PacketLimits ReadPair(SettingsNode section, bool required)
    {
        if (required && (!section.Has("rate") || !section.Has("burst")))
            throw section.Missing(section.Has("rate") ? "burst" : "rate");
        return new PacketLimits((ulong)section.Integer("rate", 1000, 0, 1_000_000), (ulong)section.Integer("burst", 10000, 0, 10_000_000));
    }

    static FirewallSettings ReadAllowed(SettingsNode root, FirewallSettings settings)
    {
        if (root.Section("allow") is not { } section)
            return settings;
        RefuseUnknown(section, ["destinations", "sources"]);
        var destinations = new List<IPAddress>();
        foreach (var text in section.Texts("destinations"))
        {
            if (!TryReadAddress(text, out var address) || settings.Overrides.Any(limit => limit.Address.Equals(address)))
                throw section.Wrong("destinations", "IPv4 or IPv6 addresses that have no override");
            destinations.Add(address);
        }
        var sources = new List<IPNetwork>();
        foreach (var text in section.Texts("sources"))
        {
            var whole = TryReadAddress(text, out var single) ? $"{single}/{single.GetAddressBytes().Length * 8}" : text;
            if (!IPNetwork.TryParse(whole, out var prefix) || !TryReadAddress(whole.Split('/')[0], out var first) || !first.Equals(prefix.BaseAddress))
                throw section.Wrong("sources", "addresses or prefixes such as 192.0.2.0/24, without bits behind the prefix");
            sources.Add(prefix);
        }
        return settings with { AllowedDestinations = destinations, AllowedSources = [.. sources.Distinct()] };
    }

    static string? ReadPin(SettingsNode root)
    {
        var pin = root.OptionalText("pin");
        return pin is null || Path.IsPathFullyQualified(pin) ? pin : throw root.Wrong("pin", "an absolute path in a BPF file system, such as /sys/fs/bpf/lnvps_fw");
    }

    /// <summary>No mapped addresses (never seen in packets), no scope, and no shorthand such as 1.2.</summary>
    static bool TryReadAddress(string text, out IPAddress address) =>
        IPAddress.TryParse(text, out address!) && !address.IsIPv4MappedToIPv6 && !text.Contains('%', StringComparison.Ordinal)
        && (text.Contains(':', StringComparison.Ordinal) || text.Count(letter => letter == '.') == 3);

    /// <summary>As the kernel takes it, and safe as a file name.</summary>
    public static bool IsInterfaceName(string name) =>
        name.Length is > 0 and < 16 && name is not ("." or "..") && !name.Any(letter => letter is '/' or ':' || char.IsWhiteSpace(letter) || letter > 126);

    static void RefuseUnknown(SettingsNode? node, IReadOnlyList<string> known)
    {
        foreach (var key in node?.Keys ?? [])
        {
            if (!known.Contains(key))
                throw node!.WrongKey(key, $"one of {string.Join(", ", known)}");
        }
    }
}
