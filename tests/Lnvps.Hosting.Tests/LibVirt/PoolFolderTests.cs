using Lnvps.Hosting.LibVirt;

namespace Lnvps.Hosting.Tests.LibVirt;

public sealed class PoolFolderTests
{
    [Fact]
    public void A_folder_that_qemu_cannot_enter_is_not_used()
    {
        // Created closed to others, as a home is.
        var home = Directory.CreateTempSubdirectory("lnvps-home-").FullName;
        var wanted = Path.Combine(home, "data", "pool");
        try
        {
            Assert.Equal("/var/lib/libvirt/images/lnvps-1", PoolFolder.Choose(wanted, "lnvps-1"));
            File.SetUnixFileMode(home, File.GetUnixFileMode(home) | UnixFileMode.OtherExecute);
            Assert.Equal(wanted, PoolFolder.Choose(wanted, "lnvps-1"));
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }
}
