using Lnvps.Platform.Configuration;

namespace Lnvps.Api.Development;

/// <summary>The folder of a development shop.</summary>
static class DataFolder
{
    /// <summary>
    /// Keeps other processes from this folder until disposed or until this process is gone, however it ends: two shops on one folder would each remove the
    /// machines of the other.
    /// </summary>
    /// <exception cref="SettingsException">Another process holds it.</exception>
    public static IDisposable Hold(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error)
        {
            throw new SettingsException($"{folder} is in use by another process; stop that one, or name another folder with --data ({error.Message})");
        }
    }
}
