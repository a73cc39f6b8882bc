using Lnvps.Firewall.Kernel;

namespace Lnvps.Firewall.Attaching;

/// <summary>Where maps and links are kept in a BPF file system, so that they outlive the process.</summary>
static class Pins
{
    const string LinkPrefix = "link_";

    public static string OfMap(string folder, string map) => Path.Combine(folder, map);

    public static string OfLink(string folder, string name) => Path.Combine(folder, LinkPrefix + Escape(name));

    /// <summary>Names of the interfaces whose links are kept in the folder.</summary>
    public static IReadOnlyList<string> Links(string folder) =>
        Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, LinkPrefix + "*").Select(file => Unescape(Path.GetFileName(file)[LinkPrefix.Length..]))] : [];

    public static bool AnyMap(string folder) => FirewallMaps.Names.Any(map => File.Exists(OfMap(folder, map)));

    public static void RemoveMaps(string folder)
    {
        foreach (var map in FirewallMaps.Names)
            File.Delete(OfMap(folder, map));
    }

    /// <summary>Makes the folder, for nobody but root.</summary>
    /// <exception cref="KernelException">It is in no BPF file system, or may not be made.</exception>
    public static void Prepare(string folder)
    {
        if (!InBpfFileSystem(folder))
            throw new KernelException($"The folder {folder} of the key 'pin' is in no BPF file system; mount one with `mount -t bpf bpf /sys/fs/bpf`", KernelException.Invalid);
        try
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new KernelException($"The folder {folder} of the key 'pin' cannot be made: {error.Message}", KernelException.NotAllowed);
        }
    }

    static bool InBpfFileSystem(string folder)
    {
        // The mount with the longest matching path is the one the folder is in; of equal ones the last was mounted on top.
        var full = Path.GetFullPath(folder) + "/";
        return File.ReadLines("/proc/self/mounts").Select(line => line.Split(' '))
            .Where(parts => parts.Length > 2 && full.StartsWith(parts[1].TrimEnd('/') + "/", StringComparison.Ordinal))
            .OrderBy(parts => parts[1].TrimEnd('/').Length).LastOrDefault()?[2] == "bpf";
    }

    // The BPF file system takes no dots in names; VLAN interfaces have them.
    static string Escape(string name) => name.Replace("_", "__", StringComparison.Ordinal).Replace(".", "_d", StringComparison.Ordinal);

    static string Unescape(string name)
    {
        var text = new System.Text.StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] == '_' && i + 1 < name.Length)
                text.Append(name[++i] == 'd' ? '.' : '_');
            else
                text.Append(name[i]);
        }
        return text.ToString();
    }
}
