using Lnvps.Firewall.Kernel;
using Microsoft.Extensions.Logging;

namespace Lnvps.Firewall.Attaching;

/// <summary>Clean removal of what was kept in a BPF file system, for when no service runs.</summary>
static class PinnedState
{
    /// <summary>Takes the program off every interface whose link is kept, and removes maps and folder.</summary>
    public static int Detach(string folder, ILogger log)
    {
        if (!Directory.Exists(folder))
        {
            log.LogInformation("Nothing is kept in {Folder}", folder);
            return 0;
        }
        var links = Pins.Links(folder);
        foreach (var name in links)
            DetachLink(folder, name, log);
        Pins.RemoveMaps(folder);
        if (!Directory.EnumerateFileSystemEntries(folder).Any())
            Directory.Delete(folder);
        log.LogInformation("Removed what was kept in {Folder}: {Count} links and the maps", folder, links.Count);
        return 0;
    }

    public static void DetachLink(string folder, string name, ILogger log)
    {
        var pin = Pins.OfLink(folder, name);
        using var link = BpfDescriptor.Take(LibBpf.OpenPin(pin), $"Opening {pin}");
        _ = LibBpf.DetachLink(link);
        File.Delete(pin);
        log.LogInformation("{Interface}: detached", name);
    }
}
