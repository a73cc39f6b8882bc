using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Hosting.CloudInit;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.LibVirt.Documents;
using Lnvps.Hosting.LibVirt.Native;

namespace Lnvps.Hosting.LibVirt;

public sealed partial class LibVirtHost
{
    /// <summary>
    /// See <see cref="IVmHost.Define"/>. The filter of a running machine changes at once; size, NIC and seed count from its next start. The disk
    /// must have been imported: the definition names its resolved path.
    /// </summary>
    public Task Define(Machine machine, CancellationToken stop)
    {
        // What can be refused is refused before the host is touched.
        DomainDocument.Check(machine, _options);
        var seed = SeedImage.Write(machine, _options.Resolvers);
        return _connection.Run($"Defining {machine.Name}", connection =>
        {
            using (Ours(connection, machine.Vm))
            {
            }
            using var pool = Volumes.PoolNamed(connection, machine.Pool);
            using var disk = Volume.Find(pool, Names.Disk(machine.Vm))
                ?? throw OutsideFault.Fatal($"{machine.Name} has no disk in pool '{machine.Pool}'");
            PutFilter(connection, machine.Card);
            Volumes.PutSmall(connection, pool, Names.Seed(machine.Vm), seed);
            using var seedVolume = Volume.Find(pool, Names.Seed(machine.Vm))
                ?? throw OutsideFault.Transient($"The seed of {machine.Name} went away");
            Domain.Define(connection, DomainDocument.Build(machine, _options, disk.Path, seedVolume.Path).ToString()).Dispose();
        }, stop);
    }

    public Task PatchFirewall(NetworkCard card, CancellationToken stop) => _connection.Run($"Setting the packet filter of {Machine.NameOf(card.Vm)}", connection =>
    {
        Required(connection, card.Vm).Dispose();
        PutFilter(connection, card);
        // Deleting removes the machine before its filter: one that went meanwhile may have left this filter to nobody.
        using var still = Ours(connection, card.Vm);
        if (still is null)
            DeleteFilter(connection, card.Vm);
    }, stop);

    static void PutFilter(Connection connection, NetworkCard card)
    {
        using var existing = Filter.Find(connection, Names.Filter(card.Vm));
        Filter.Define(connection, FilterDocument.Build(card, existing?.Uuid ?? Names.FilterUuid(card.Vm)).ToString());
    }

    static void DeleteFilter(Connection connection, VmId vm)
    {
        using var filter = Filter.Find(connection, Names.Filter(vm));
        filter?.Delete();
    }

    public Task Delete(VmId vm, CancellationToken stop) => _connection.Run($"Deleting {Machine.NameOf(vm)}", connection =>
    {
        using (var domain = Ours(connection, vm))
        {
            if (domain is not null)
                DeleteDomain(connection, domain);
        }
        // A creation that failed before the definition left these without a machine.
        Volumes.Sweep(connection, Names.Disk(vm), Names.Seed(vm));
        DeleteFilter(connection, vm);
    }, stop);

    static void DeleteDomain(Connection connection, Domain domain)
    {
        var disks = DomainReading.Disks(domain.Xml);
        try
        {
            if (!IsOff(domain))
                domain.PowerOff();
        }
        catch (LibVirtException ended) when (ended.Code == VirCode.OperationInvalid)
        {
            // It ended by itself in the meantime.
        }
        domain.Undefine();
        foreach (var disk in disks.Where(d => d.Owned))
        {
            using var volume = Volume.FindByPath(connection, disk.Path);
            volume?.Delete();
        }
    }
}
