using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Sizes;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Images;
using Lnvps.Hosting.LibVirt.Documents;
using Lnvps.Hosting.LibVirt.Native;

namespace Lnvps.Hosting.LibVirt;

public sealed partial class LibVirtHost
{
    readonly KeyedLock<ImageId> _imageLocks = new();

    public async Task EnsureImage(OsImage image, IProgress<ImageProgress>? progress, CancellationToken stop)
    {
        using var held = await _imageLocks.Enter(image.Id, stop);
        var present = await _connection.Run($"Looking for image {image.Id}", connection =>
        {
            using var pool = Volumes.PoolNamed(connection, _options.ImagePool);
            return ImageVolumes.Present(connection, pool, image) is not null;
        }, stop);
        if (present)
            return;
        // Two halves of one way: to this machine, then to the host.
        using var file = await images.Open(image, progress is null ? null : new Half(progress, second: false), stop);
        await _connection.RunLong($"Sending image {image.Id} to the host", connection =>
        {
            using var pool = Volumes.PoolNamed(connection, _options.ImagePool);
            ImageVolumes.Put(connection, pool, image, file, progress is null ? null : new Half(progress, second: true), stop);
        }, stop);
    }

    sealed class Half(IProgress<ImageProgress> whole, bool second) : IProgress<ImageProgress>
    {
        public void Report(ImageProgress value) =>
            whole.Report(new ImageProgress(value.BytesDone + (second ? value.BytesTotal ?? 0 : 0), value.BytesTotal * 2));
    }

    public async Task ImportDisk(Machine machine, CancellationToken stop)
    {
        await _connection.Run($"Looking at {machine.Name}", connection => RefuseRunning(connection, machine.Vm), stop);
        await EnsureImage(machine.Image, progress: null, stop);
        await _connection.RunLong($"Importing the disk of {machine.Name}", connection =>
        {
            using var imagePool = Volumes.PoolNamed(connection, _options.ImagePool);
            using var image = ImageVolumes.Open(connection, imagePool, machine.Image);
            var smallest = image.Capacity;
            if (machine.DiskSize.Value < smallest)
                throw OutsideFault.Fatal($"{machine.Name} has a disk of {machine.DiskSize.Value} bytes, but image {machine.Image.Id} needs {smallest}");
            // Once more: the copy of an image may have taken a while, and a disk in use must never be replaced.
            RefuseRunning(connection, machine.Vm);
            using var pool = Volumes.PoolNamed(connection, machine.Pool);
            Volumes.DeleteNamed(pool, Names.Disk(machine.Vm));
            using var disk = Volume.Clone(pool, StorageDocuments.Volume(Names.Disk(machine.Vm), "qcow2", smallest).ToString(), image);
            if (machine.DiskSize.Value > smallest)
                disk.Resize(machine.DiskSize.Value);
        }, stop);
    }

    public Task DeleteDisk(VmId vm, CancellationToken stop) => _connection.Run($"Deleting the disk of {Machine.NameOf(vm)}", connection =>
    {
        RefuseRunning(connection, vm);
        Volumes.Sweep(connection, Names.Disk(vm), Names.Seed(vm));
    }, stop);

    public Task ResizeDisk(VmId vm, Bytes size, CancellationToken stop) => _connection.Run($"Resizing the disk of {Machine.NameOf(vm)}", connection =>
    {
        using var domain = Ours(connection, vm);
        if (domain is not null && !IsOff(domain))
        {
            var device = PrimaryDisk(domain, vm).Device;
            if (Grows(vm, domain.DiskSize(device), size))
                domain.ResizeDisk(device, size.Value);
            return;
        }
        using var disk = (domain is null ? null : Volume.FindByPath(connection, PrimaryDisk(domain, vm).Path))
            ?? Volumes.FindAnywhere(connection, Names.Disk(vm))
            ?? throw OutsideFault.Fatal($"{Machine.NameOf(vm)} has no disk");
        if (Grows(vm, disk.Capacity, size))
            disk.Resize(size.Value);
    }, stop);

    static bool Grows(VmId vm, ulong present, Bytes wanted) => wanted.Value >= present
        ? wanted.Value > present
        : throw OutsideFault.Fatal($"The disk of {Machine.NameOf(vm)} has {present} bytes and cannot shrink to {wanted.Value}");

    static DefinedDisk PrimaryDisk(Domain domain, VmId vm) =>
        DomainReading.Disks(domain.Xml).FirstOrDefault(d => d.Owned) ?? throw OutsideFault.Fatal($"{Machine.NameOf(vm)} has no disk");

    static void RefuseRunning(Connection connection, VmId vm)
    {
        using var domain = Ours(connection, vm);
        if (domain is not null && !IsOff(domain))
            throw OutsideFault.Fatal($"{Machine.NameOf(vm)} is running; its disk is in use");
    }
}
