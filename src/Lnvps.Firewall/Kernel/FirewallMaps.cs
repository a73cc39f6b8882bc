namespace Lnvps.Firewall.Kernel;

/// <summary>The maps of the kernel program (firewall.md section 2, and three more of this project: see bpf/maps.h).</summary>
sealed class FirewallMaps(Func<string, (BpfDescriptor Descriptor, uint Entries)> open) : IDisposable
{
    /// <summary>All names; the kernel itself knows only the first 15 letters of each.</summary>
    public static readonly IReadOnlyList<string> Names =
    [
        "V4_SYN_RATE", "V6_SYN_RATE", "V4_SYN_RATE_LIMITS", "V6_SYN_RATE_LIMITS", "SYN_DEFAULTS", "V4_DEST_COUNTERS", "V6_DEST_COUNTERS",
        "GLOBAL_COUNTERS", "SETTINGS", "V4_ALLOWED", "V6_ALLOWED",
    ];

    public BpfMap<Address4, Bucket> Rates4 { get; } = Open<Address4, Bucket>(open, "V4_SYN_RATE");
    public BpfMap<Address6, Bucket> Rates6 { get; } = Open<Address6, Bucket>(open, "V6_SYN_RATE");
    public BpfMap<Address4, PacketLimits> Overrides4 { get; } = Open<Address4, PacketLimits>(open, "V4_SYN_RATE_LIMITS");
    public BpfMap<Address6, PacketLimits> Overrides6 { get; } = Open<Address6, PacketLimits>(open, "V6_SYN_RATE_LIMITS");
    public BpfMap<uint, PacketLimits> Defaults { get; } = Open<uint, PacketLimits>(open, "SYN_DEFAULTS");
    public BpfMap<Address4, DestCounters> Counters4 { get; } = Open<Address4, DestCounters>(open, "V4_DEST_COUNTERS", perProcessor: true);
    public BpfMap<Address6, DestCounters> Counters6 { get; } = Open<Address6, DestCounters>(open, "V6_DEST_COUNTERS", perProcessor: true);
    public BpfMap<uint, ulong> Totals { get; } = Open<uint, ulong>(open, "GLOBAL_COUNTERS", perProcessor: true);
    public BpfMap<uint, KernelSettings> Settings { get; } = Open<uint, KernelSettings>(open, "SETTINGS");
    public BpfMap<Prefix4, uint> Allowed4 { get; } = Open<Prefix4, uint>(open, "V4_ALLOWED");
    public BpfMap<Prefix6, uint> Allowed6 { get; } = Open<Prefix6, uint>(open, "V6_ALLOWED");

    static BpfMap<TKey, TValue> Open<TKey, TValue>(Func<string, (BpfDescriptor Descriptor, uint Entries)> open, string name, bool perProcessor = false)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        var (descriptor, entries) = open(name);
        return new BpfMap<TKey, TValue>(descriptor, name, entries, perProcessor);
    }

    public void Dispose()
    {
        foreach (var map in (IDisposable[])[Rates4, Rates6, Overrides4, Overrides6, Defaults, Counters4, Counters6, Totals, Settings, Allowed4, Allowed6])
            map.Dispose();
    }
}
