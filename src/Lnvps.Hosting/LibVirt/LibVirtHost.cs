using System.Globalization;
using System.Security.Cryptography;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Sizes;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Images;
using Lnvps.Hosting.LibVirt.Documents;
using Lnvps.Hosting.LibVirt.Native;

namespace Lnvps.Hosting.LibVirt;

/// <summary>
/// A QEMU/KVM hypervisor reached through LibVirt (provisioning.md section 12). Everything it makes carries a name derived from the machine's id,
/// so every operation finds what an earlier, interrupted one left.
/// </summary>
/// <param name="uri">LibVirt URI, such as <c>qemu:///system</c> or <c>qemu+ssh://root@host/system</c>.</param>
/// <param name="images">May be shared by all hosts of the process.</param>
/// <param name="time">Real time: waiting for shutdowns, measuring CPU use.</param>
public sealed partial class LibVirtHost(string uri, LibVirtOptions options, ImageCache images, TimeProvider time, RandomNumberGenerator random) : IVmHost, IDisposable
{
    readonly LibVirtOptions _options = options.Checked();
    readonly LibVirtConnection _connection = new(uri);

    public Task<HostInfo> GetInfo(CancellationToken stop) => _connection.Run("Reading the host's totals", connection =>
    {
        var (cpus, memoryKib) = connection.NodeInfo();
        var pools = Pool.Active(connection);
        try
        {
            return new HostInfo((ushort)Math.Min(cpus, ushort.MaxValue), new Bytes(memoryKib * 1024), [.. pools.Select(Describe)]);
        }
        finally
        {
            pools.ForEach(p => p.Dispose());
        }
    }, stop);

    static StoragePool Describe(Pool pool)
    {
        try
        {
            pool.Refresh();
        }
        catch (LibVirtException)
        {
            // Not while a copy runs in the pool; then the figures are those of the last look.
        }
        var (capacity, allocation) = pool.Info();
        return new StoragePool(pool.Name, new Bytes(capacity), new Bytes(allocation));
    }

    public MacAddress GenerateMac()
    {
        // QEMU's own prefix: unicast, locally administered.
        byte[] mac = [0x52, 0x54, 0x00, 0, 0, 0];
        random.GetBytes(mac.AsSpan(3));
        return MacAddress.FromBytes(mac);
    }

    /// <summary>
    /// Makes a storage pool over a folder of the host, started now and with the daemon. A pool of that name is only started: its folder stays what it is.
    /// </summary>
    public Task EnsureFolderPool(string name, string folder, CancellationToken stop) => _connection.Run($"Making the storage pool '{name}'", connection =>
    {
        using var pool = Pool.Find(connection, name) ?? Pool.Define(connection, StorageDocuments.FolderPool(name, folder).ToString());
        pool.StartAlways();
        if (!pool.IsActive)
            pool.Start();
    }, stop);

    /// <exception cref="OutsideFault">Fatal: no such machine, or one of that name that is not ours.</exception>
    static Domain Required(Connection connection, VmId vm) =>
        Ours(connection, vm) ?? throw OutsideFault.Fatal($"The host has no machine {Machine.NameOf(vm)}");

    /// <summary>Null when the host answers that there is none.</summary>
    /// <exception cref="OutsideFault">Fatal: there is one of that name that this program did not make.</exception>
    static Domain? Ours(Connection connection, VmId vm)
    {
        var domain = Domain.Find(connection, Machine.NameOf(vm));
        if (domain is null || domain.Uuid == MachineIdentity.UuidOf(vm))
            return domain;
        var stranger = domain.Uuid;
        domain.Dispose();
        throw OutsideFault.Fatal(string.Create(CultureInfo.InvariantCulture,
            $"The host's machine {Machine.NameOf(vm)} ({stranger}) was not made by this program and is left alone"));
    }

    static bool IsOff(Domain domain) => domain.State is DomainState.Off or DomainState.Crashed or DomainState.None;

    public void Dispose() => _connection.Dispose();
}
