using System.Net;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Hosting.CloudInit;

/// <summary>The disc a guest reads its configuration from at first boot: label <c>cidata</c>, NoCloud documents (provisioning.md section 12.6).</summary>
public static class SeedImage
{
    /// <summary>Byte-identical for equal input; half a mebibyte.</summary>
    /// <param name="resolvers">DNS servers the guest shall use; may be empty.</param>
    /// <exception cref="Core.Outcomes.OutsideFault">Fatal: see <see cref="Machine.SshKey"/> and the image's user name.</exception>
    public static byte[] Write(Machine machine, IReadOnlyList<IPAddress> resolvers) => Iso9660.Write("cidata",
    [
        ("meta-data", SeedDocuments.MetaData(machine)),
        ("network-config", SeedDocuments.NetworkConfig(machine, resolvers)),
        ("user-data", SeedDocuments.UserData(machine, resolvers)),
    ]);
}
