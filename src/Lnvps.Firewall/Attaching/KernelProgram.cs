using System.Net;
using System.Net.Sockets;
using Lnvps.Firewall.Configuration;
using Lnvps.Firewall.Kernel;
using Microsoft.Extensions.Logging;

namespace Lnvps.Firewall.Attaching;

/// <summary>The loaded kernel program with its maps. Limits can be changed while it runs; the buckets keep their state.</summary>
sealed class KernelProgram : IDisposable
{
    public const string Function = "xdp_lnvps", Object = "lnvps_fw.bpf.o";

    KernelProgram(BpfDescriptor program, FirewallMaps maps)
    {
        Program = program;
        Maps = maps;
    }

    public BpfDescriptor Program { get; }
    public FirewallMaps Maps { get; }

    /// <summary>Loads the program and tells it the settings; attaches nothing. With a pin folder the maps found there are taken over.</summary>
    /// <exception cref="KernelException">The kernel refused it, with what the verifier said.</exception>
    public static KernelProgram Load(FirewallSettings settings, ILogger log)
    {
        if (settings.PinFolder is { } folder)
            Pins.Prepare(folder);
        KernelProgram loaded;
        try
        {
            loaded = LoadOnce(settings);
        }
        catch (KernelException error) when (settings.PinFolder is not null && DoNotFit(error) && Pins.AnyMap(settings.PinFolder))
        {
            // Maps of another size or of another version of this program: the old program goes on with them until its link is updated.
            log.LogWarning("The maps kept in {Folder} do not fit this program or max-destinations; starting with empty ones", settings.PinFolder);
            Pins.RemoveMaps(settings.PinFolder);
            loaded = LoadOnce(settings);
        }
        loaded.Apply(settings);
        return loaded;
    }

    /// <summary>Only when libbpf says so of the maps: "invalid" has many other causes, and what is kept must survive those.</summary>
    static bool DoNotFit(KernelException error) =>
        error.Error == KernelException.Invalid && error.Message.Contains("reuse pinned map", StringComparison.Ordinal) && error.Message.Contains("parameter mismatch", StringComparison.Ordinal);

    static KernelProgram LoadOnce(FirewallSettings settings)
    {
        using var instance = new BpfObject(BpfObject.Embedded(typeof(KernelProgram).Assembly, Object));
        instance.SetEntries("V4_DEST_COUNTERS", settings.Destinations);
        instance.SetEntries("V6_DEST_COUNTERS", settings.Destinations);
        if (settings.PinFolder is { } folder)
        {
            foreach (var map in FirewallMaps.Names)
                instance.SetPinPath(map, Pins.OfMap(folder, map));
        }
        instance.Load();
        return new KernelProgram(instance.OpenProgram(Function), new FirewallMaps(name =>
        {
            var descriptor = instance.OpenMap(name);
            return (descriptor, MapFacts.Of(descriptor).Entries);
        }));
    }

    /// <summary>Limits, overrides, allow lists and dry run, in an order in which no packet meets limits looser or tighter than both old and new ones.</summary>
    public void Apply(FirewallSettings settings)
    {
        Maps.Defaults.Set(0, settings.Defaults);
        var limits = settings.Overrides.Select(limit => (limit.Address, limit.Limits))
            .Concat(settings.AllowedDestinations.Select(address => (Address: address, Limits: PacketLimits.Unlimited))).ToLookup(pair => pair.Address.AddressFamily);
        var sources = settings.AllowedSources.ToLookup(prefix => prefix.BaseAddress.AddressFamily);

        var overrides4 = Replace(Maps.Overrides4, limits[AddressFamily.InterNetwork].Select(pair => (Address4.Of(pair.Address), pair.Limits)));
        var overrides6 = Replace(Maps.Overrides6, limits[AddressFamily.InterNetworkV6].Select(pair => (Address6.Of(pair.Address), pair.Limits)));
        var allowed4 = Replace(Maps.Allowed4, sources[AddressFamily.InterNetwork].Select(prefix => (new Prefix4((uint)prefix.PrefixLength, Address4.Of(prefix.BaseAddress)), 1u)));
        var allowed6 = Replace(Maps.Allowed6, sources[AddressFamily.InterNetworkV6].Select(prefix => (new Prefix6((uint)prefix.PrefixLength, Address6.Of(prefix.BaseAddress)), 1u)));
        Maps.Settings.Set(0, new KernelSettings(settings.DryRun ? 1u : 0, overrides4, overrides6, allowed4, allowed6, 0));
    }

    /// <summary>Adds and changes first, then removes. Gives the number of entries.</summary>
    static uint Replace<TKey, TValue>(BpfMap<TKey, TValue> map, IEnumerable<(TKey Key, TValue Value)> wanted)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        var surplus = map.Keys();
        var count = 0u;
        foreach (var (key, value) in wanted)
        {
            map.Set(key, value);
            surplus.Remove(key);
            count++;
        }
        foreach (var key in surplus)
            map.Remove(key);
        return count;
    }

    public void Dispose()
    {
        Program.Dispose();
        Maps.Dispose();
    }
}
