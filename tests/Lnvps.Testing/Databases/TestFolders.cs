namespace Lnvps.Testing.Databases;

/// <summary>Scratch folders.</summary>
public static class TestFolders
{
    const string Memory = "/dev/shm";
    const long LeastFree = 1L << 30;

    /// <summary>A new folder of the caller, who removes it; in memory where there is room, because every transaction waits for the disk.</summary>
    /// <param name="prefix">What its name begins with.</param>
    public static string Create(string prefix)
    {
        if (!Directory.Exists(Memory) || new DriveInfo(Memory).AvailableFreeSpace < LeastFree)
            return Directory.CreateTempSubdirectory(prefix).FullName;
        var folder = Path.Combine(Memory, prefix + Path.GetRandomFileName());
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }
}
