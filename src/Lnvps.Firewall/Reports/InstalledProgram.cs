using System.Net.NetworkInformation;
using Lnvps.Firewall.Attaching;
using Lnvps.Firewall.Kernel;

namespace Lnvps.Firewall.Reports;

/// <summary>Finds the program on this machine's interfaces through the kernel, whoever loaded it and whether or not that process still lives.</summary>
static class InstalledProgram
{
    /// <summary>One report for each loaded program: several services (or one with and one without pinned state) have maps of their own.</summary>
    /// <exception cref="KernelException">Rights are missing.</exception>
    public static IReadOnlyList<StatusReport> Find(IReadOnlyList<string> interfaces, int most)
    {
        var found = new Dictionary<uint, List<AttachedInterface>>();
        foreach (var name in interfaces.Count > 0 ? interfaces : [.. NetworkInterface.GetAllNetworkInterfaces().Select(one => one.Name)])
        {
            var index = LibC.InterfaceIndex(name);
            if (index == 0)
                throw new KernelException($"There is no interface {name}", KernelException.NoDevice);
            var query = InterfaceQuery.Of(index);
            foreach (var (id, mode) in new[] { (query.Native, "native"), (query.Generic, "generic") })
            {
                if (id == 0)
                    continue;
                if (!found.TryGetValue(id, out var carriers))
                    found[id] = carriers = [];
                carriers.Add(new AttachedInterface(name, mode));
            }
        }
        return [.. found.Select(pair => Read(pair.Key, pair.Value, most)).OfType<StatusReport>()];
    }

    static StatusReport? Read(uint id, List<AttachedInterface> carriers, int most)
    {
        using var program = BpfDescriptor.Take(LibBpf.ProgramById(id), "Opening the program of an interface");
        var facts = ProgramFacts.Of(program);
        if (facts.Name != KernelProgram.Function)
            return null;
        var ids = new Dictionary<string, uint>(StringComparer.Ordinal);
        foreach (var mapId in facts.Maps)
        {
            using var map = OpenMap(mapId);
            ids[MapFacts.Of(map).Name] = mapId;
        }
        using var maps = new FirewallMaps(name =>
        {
            var descriptor = OpenMap(ids[name[..Math.Min(name.Length, 15)]]);
            return (descriptor, MapFacts.Of(descriptor).Entries);
        });
        return StatusReport.Read(maps, carriers, most);
    }

    static BpfDescriptor OpenMap(uint id) => BpfDescriptor.Take(LibBpf.MapById(id), "Opening a map of the program");
}
