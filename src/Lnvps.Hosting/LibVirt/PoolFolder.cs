namespace Lnvps.Hosting.LibVirt;

/// <summary>Where a storage pool of this machine can lie.</summary>
public static class PoolFolder
{
    /// <summary>LibVirt's own place for disks; QEMU may always enter it.</summary>
    public const string Standard = "/var/lib/libvirt/images";

    /// <summary>
    /// The wanted folder, or one of the same purpose in <see cref="Standard"/> when a folder above the wanted one is closed to others: QEMU runs
    /// as a user of its own, and homes are usually closed.
    /// </summary>
    /// <param name="name">Names the folder in the standard place; the pool's name does well.</param>
    public static string Choose(string wanted, string name) => IsOpen(Path.GetFullPath(wanted)) ? wanted : Path.Combine(Standard, name);

    static bool IsOpen(string folder)
    {
        for (var above = Path.GetDirectoryName(folder); above is not null; above = Path.GetDirectoryName(above))
        {
            if (Directory.Exists(above) && !File.GetUnixFileMode(above).HasFlag(UnixFileMode.OtherExecute))
                return false;
        }
        return true;
    }
}
