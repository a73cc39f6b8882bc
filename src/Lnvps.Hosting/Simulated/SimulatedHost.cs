using System.Globalization;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Sizes;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Hosting.Simulated;

/// <summary>
/// A hypervisor in memory that is as strict as a real one: what LibVirt refuses is refused here. Misbehaves as <see cref="SimulatedWorld.Faults"/>
/// says. Made by <see cref="SimulatedWorld.Host"/>.
/// </summary>
public sealed class SimulatedHost : IVmHost
{
    readonly SimulatedWorld _world;
    readonly string _name;

    internal SimulatedHost(SimulatedWorld world, string name) => (_world, _name) = (world, name);

    internal static string DiskName(VmId vm) => string.Create(CultureInfo.InvariantCulture, $"vm-{vm.Value}-disk0");

    internal static string SeedName(VmId vm) => string.Create(CultureInfo.InvariantCulture, $"vm-{vm.Value}-seed.iso");

    internal static string FilterName(VmId vm) => string.Create(CultureInfo.InvariantCulture, $"lnvps-vm-{vm.Value}");

    public Task<HostInfo> GetInfo(CancellationToken stop) => Ask(HostOperation.GetInfo, null, host => new HostInfo(host.Shape.Cpu, host.Shape.Memory,
        [.. host.Shape.Pools.Select(pool => new StoragePool(pool.Name, pool.Size, new Bytes(UsedOf(host, pool.Name))))]), stop);

    public Task EnsureImage(OsImage image, IProgress<ImageProgress>? progress, CancellationToken stop) =>
        Change(HostOperation.EnsureImage, null, host =>
        {
            host.Images.Add(image.Id.Value);
            progress?.Report(new ImageProgress(SimulatedWorld.ImageSize.Value, SimulatedWorld.ImageSize.Value));
        }, null, stop);

    public MacAddress GenerateMac() => _world.DrawMac();

    public Task ImportDisk(Machine machine, CancellationToken stop)
    {
        void Import(HostContents host, bool complete)
        {
            RefuseWhileRunning(host, machine.Vm, "import a disk");
            if (!host.Images.Contains(machine.Image.Id.Value))
                throw OutsideFault.Fatal($"{_name}: image {machine.Image.Id} is not on the host");
            if (machine.DiskSize.Value < SimulatedWorld.ImageSize.Value)
                throw OutsideFault.Fatal($"{_name}: a disk of {machine.DiskSize.Value} bytes is smaller than its image");
            host.Disks.Remove(DiskName(machine.Vm));
            var pool = PoolOf(host, machine.Pool);
            if (UsedOf(host, pool.Name) + machine.DiskSize.Value > pool.Size.Value)
                throw OutsideFault.Fatal($"{_name}: pool {pool.Name} is full");
            host.Disks[DiskName(machine.Vm)] = new DiskImage(pool.Name, complete ? machine.DiskSize.Value : SimulatedWorld.ImageSize.Value / 2, machine.Image.Id.Value, complete);
        }
        return Change(HostOperation.ImportDisk, machine.Vm, host => Import(host, complete: true), host => Import(host, complete: false), stop);
    }

    public Task DeleteDisk(VmId vm, CancellationToken stop)
    {
        void Delete(HostContents host, bool complete)
        {
            RefuseWhileRunning(host, vm, "delete the disk");
            host.Disks.Remove(DiskName(vm));
            if (complete)
                host.Seeds.Remove(SeedName(vm));
        }
        return Change(HostOperation.DeleteDisk, vm, host => Delete(host, complete: true), host => Delete(host, complete: false), stop);
    }

    public Task Define(Machine machine, CancellationToken stop)
    {
        void Define(HostContents host, bool complete)
        {
            RefuseForeign(host, machine.Vm);
            if (machine.Cpu == 0 || machine.Memory.Value == 0)
                throw OutsideFault.Fatal($"{_name}: {machine.Name} has no cores or no memory");
            if (machine.Mac.IsUnassigned || !machine.Mac.IsUnicast)
                throw OutsideFault.Fatal($"{_name}: {machine.Mac} is no address for a network card");
            if (machine.SshKey.Length == 0)
                throw OutsideFault.Fatal($"{_name}: {machine.Name} has no SSH key");
            var pool = PoolOf(host, machine.Pool);
            host.Filters[FilterName(machine.Vm)] = Domain.AddressesOf(machine.Card);
            host.Seeds[SeedName(machine.Vm)] = pool.Name;
            if (complete)
                host.Domains[machine.Name] = Domain.Of(machine, host.Domains.GetValueOrDefault(machine.Name)?.Started);
        }
        return Change(HostOperation.Define, machine.Vm, host => Define(host, complete: true), host => Define(host, complete: false), stop);
    }

    public Task PatchFirewall(NetworkCard card, CancellationToken stop) => Change(HostOperation.PatchFirewall, card.Vm, host =>
    {
        Ours(host, card.Vm);
        host.Filters[FilterName(card.Vm)] = Domain.AddressesOf(card);
    }, null, stop);

    public Task Start(VmId vm, CancellationToken stop) => Change(HostOperation.Start, vm, host =>
    {
        var domain = Ours(host, vm);
        if (domain.Started is null)
            PowerOn(host, vm, domain);
    }, null, stop);

    public Task Stop(VmId vm, CancellationToken stop) => Change(HostOperation.Stop, vm, host =>
        host.Domains[Machine.NameOf(vm)] = Ours(host, vm) with { Started = null }, null, stop);

    public Task Reset(VmId vm, CancellationToken stop) => Change(HostOperation.Reset, vm, host => PowerOn(host, vm, Ours(host, vm)), null, stop);

    public Task Delete(VmId vm, CancellationToken stop)
    {
        void Delete(HostContents host, bool complete)
        {
            RefuseForeign(host, vm);
            host.Domains.Remove(Machine.NameOf(vm));
            if (!complete)
                return;
            host.Disks.Remove(DiskName(vm));
            host.Seeds.Remove(SeedName(vm));
            host.Filters.Remove(FilterName(vm));
        }
        return Change(HostOperation.Delete, vm, host => Delete(host, complete: true), host => Delete(host, complete: false), stop);
    }

    public Task ResizeDisk(VmId vm, Bytes size, CancellationToken stop) => Change(HostOperation.ResizeDisk, vm, host =>
    {
        if (!host.Disks.TryGetValue(DiskName(vm), out var disk))
            throw OutsideFault.Fatal($"{_name}: {DiskName(vm)} does not exist");
        if (size.Value < disk.Size)
            throw OutsideFault.Fatal($"{_name}: {DiskName(vm)} cannot shrink");
        host.Disks[DiskName(vm)] = disk with { Size = size.Value };
    }, null, stop);

    public Task<MachineState?> GetState(VmId vm, CancellationToken stop) => Ask(HostOperation.GetState, vm, host =>
        host.Domains.TryGetValue(Machine.NameOf(vm), out var domain) && !domain.Foreign ? StateOf(host, vm, domain) : null, stop);

    public Task<IReadOnlyDictionary<VmId, MachineState>> GetAllStates(CancellationToken stop) =>
        Ask<IReadOnlyDictionary<VmId, MachineState>>(HostOperation.GetAllStates, null, host =>
        {
            var states = new Dictionary<VmId, MachineState>();
            foreach (var (name, domain) in host.Domains)
            {
                if (!domain.Foreign && MachineIdentity.TryParseName(name, out var vm))
                    states[vm] = StateOf(host, vm, domain);
            }
            return states;
        }, stop);

    public Task<Stream> OpenConsole(VmId vm, CancellationToken stop) => Ask<Stream>(HostOperation.OpenConsole, vm, host =>
    {
        if (Ours(host, vm).Started is null)
            throw OutsideFault.Fatal($"{_name}: {Machine.NameOf(vm)} is not running");
        if (host.Consoles.GetValueOrDefault(Machine.NameOf(vm)) is { IsOpen: true })
            throw OutsideFault.Fatal($"{_name}: the console of {Machine.NameOf(vm)} is in use");
        return host.Consoles[Machine.NameOf(vm)] = new EchoConsole($"{Machine.NameOf(vm)} login: ");
    }, stop);

    void PowerOn(HostContents host, VmId vm, Domain domain)
    {
        if (!host.Disks.TryGetValue(DiskName(vm), out var disk))
            throw OutsideFault.Fatal($"{_name}: {DiskName(vm)} does not exist");
        if (!disk.Complete)
            throw OutsideFault.Fatal($"{_name}: {DiskName(vm)} holds half an image");
        if (!host.Filters.ContainsKey(FilterName(vm)))
            throw OutsideFault.Fatal($"{_name}: {FilterName(vm)} does not exist");
        host.Domains[Machine.NameOf(vm)] = domain with { Started = _world.Time.GetUtcNow() };
    }

    MachineState StateOf(HostContents host, VmId vm, Domain domain)
    {
        var up = domain.Started is { } started ? (ulong)Math.Max(0, (_world.Time.GetUtcNow() - started).TotalSeconds) : 0;
        var running = domain.Started is not null;
        return new MachineState(running ? MachinePower.Running : MachinePower.Stopped, running ? 0.02 : 0, running ? 0.25 : 0, up,
            up * 1200, up * 300, up * 8000, up * 2000, host.Disks.ContainsKey(DiskName(vm)));
    }

    Domain Ours(HostContents host, VmId vm) =>
        host.Domains.TryGetValue(Machine.NameOf(vm), out var domain) && !domain.Foreign
            ? domain
            : throw OutsideFault.Fatal($"{_name}: {Machine.NameOf(vm)} is not defined");

    void RefuseForeign(HostContents host, VmId vm)
    {
        if (host.Domains.TryGetValue(Machine.NameOf(vm), out var domain) && domain.Foreign)
            throw OutsideFault.Fatal($"{_name}: {Machine.NameOf(vm)} belongs to someone else");
    }

    void RefuseWhileRunning(HostContents host, VmId vm, string deed)
    {
        if (host.Domains.TryGetValue(Machine.NameOf(vm), out var domain) && domain.Started is not null)
            throw OutsideFault.Fatal($"{_name}: cannot {deed} while {Machine.NameOf(vm)} runs");
    }

    PoolShape PoolOf(HostContents host, string name) =>
        host.Shape.Pools.FirstOrDefault(pool => pool.Name == name) ?? throw OutsideFault.Fatal($"{_name}: no pool {name}");

    static ulong UsedOf(HostContents host, string pool) =>
        host.Disks.Values.Where(disk => disk.Pool == pool).Aggregate(0UL, (sum, disk) => sum + disk.Size);

    Task<T> Ask<T>(HostOperation operation, VmId? vm, Func<HostContents, T> read, CancellationToken stop) => Call(operation, vm, read, null, stop);

    Task Change(HostOperation operation, VmId? vm, Action<HostContents> all, Action<HostContents>? half, CancellationToken stop) => Call(operation, vm, host =>
    {
        all(host);
        host.EndConsoles();
        _world.Save();
        return true;
    }, host =>
    {
        half?.Invoke(host);
        host.EndConsoles();
        _world.Save();
    }, stop);

    async Task<T> Call<T>(HostOperation operation, VmId? vm, Func<HostContents, T> all, Action<HostContents>? half, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        var call = _world.Count(_name, operation, vm);
        if (_world.Faults.Latency?.Invoke(call) is { } latency && latency > TimeSpan.Zero)
            await Task.Delay(latency, _world.Time, stop);
        var fault = _world.Faults.Next(call);
        lock (_world.Gate)
        {
            var host = _world.Contents(_name);
            if (!host.Reachable)
                throw OutsideFault.Transient($"{_name}: no connection");
            switch (fault?.Moment)
            {
                case null:
                    return all(host);
                case FaultMoment.Midway:
                    half?.Invoke(host);
                    break;
                case FaultMoment.After:
                    all(host);
                    break;
                case FaultMoment.Before:
                default:
                    break;
            }
        }
        if (fault.Answer == FaultAnswer.Silence)
            await Task.Delay(Timeout.InfiniteTimeSpan, _world.Time, stop);
        throw new OutsideFault(fault.Answer != FaultAnswer.Fatal, $"{_name}: {operation} failed ({fault.Moment})");
    }
}
