using Lnvps.Core.Addresses;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Database.Addresses;
using Lnvps.Database.Catalogue;
using Lnvps.Database.Hosts;
using Lnvps.Database.Sessions;
using Lnvps.Database.Users;
using Lnvps.Database.Vms;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Images;
using Lnvps.Platform.Vms;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Workflows;

/// <summary>Everything the shop knows of a VM that its host must know (provisioning.md section 8, "full VM record").</summary>
/// <param name="Smaller">Null = the machine may be as large as the VM is sold.</param>
sealed record VmRecord(
    VmDetailsRow Vm, HostRow HostRow, DiskRow Disk, ImageRow Image, string SshKey, IReadOnlyList<AssignedAddressRow> Addresses, VmProgressRow Progress, MachineSizeRow? Smaller)
{
    public VmTimes Times => new(Vm.Created, Vm.Expires, Vm.Deleted);

    public bool HasIpv4 => Addresses.Any(address => !address.Ip.Contains(':', StringComparison.Ordinal));

    public bool IsProvisioned => Progress.IsProvisioned(Vm.MacAddress, HasIpv4);

    /// <summary>Whether the machine, or something of it, may be on its host.</summary>
    public bool IsBegun => IsProvisioned || Progress.OnHost is not null || Addresses.Count > 0;

    /// <summary>The size of the machine: what is sold and not there yet is left to the workflow of the upgrade, which looks for room.</summary>
    public VmSpec Size => Smaller is null
        ? VmPrice.SpecOf(Vm)
        : VmPrice.SpecOf(Vm) with { Cpu = Smaller.Cpu, Memory = Smaller.Memory, Disk = Smaller.DiskSize };

    /// <exception cref="WorkflowFailure">The catalogue's row cannot be used.</exception>
    public OsImage OsImage
    {
        get
        {
            Sha2? checksum = null;
            if (Image.Sha2 is { } text && !Sha2.TryParse(text.Trim(), out checksum))
                throw Unusable("sha2 is no checksum");
            return new OsImage(Image.Id, Absolute(Image.Url), checksum, Image.DefaultUsername) { ChecksumList = Image.Sha2Url is { } list ? Absolute(list) : null };

            Uri Absolute(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri : throw Unusable("a URL cannot be read");
            WorkflowFailure Unusable(string why) => new("bad-image", "The operating system image cannot be used", $"Image {Image.Id}: {why}");
        }
    }

    /// <summary>The machine as its host is to make it. Addresses that do not parse are left out one by one.</summary>
    public Machine ToMachine() => new(
        Vm.Id, Disk.Name, Vm.DiskType, Vm.DiskInterface, Size.Cpu, Size.Memory, Size.Disk, Vm.MacAddress, HostRow.VlanId,
        [.. Addresses.Select(ToMachineAddress).OfType<MachineAddress>()], OsImage, SshKey);

    /// <exception cref="WorkflowFailure">There is no such VM, or it has no size.</exception>
    public static async Task<VmRecord> Load(Db db, VmId id, CancellationToken stop)
    {
        var record = await db.Read(async session =>
        {
            var vm = await session.FindVmDetails(id, stop) ?? throw new WorkflowFailure("no-vm", "The VM does not exist");
            if (vm.TemplateId is null && vm.CustomTemplateId is null)
                throw new WorkflowFailure("no-template", "The VM has no size", $"VM {id} has neither a template nor a custom template");
            var key = await session.FindSshKey(vm.KeyId, stop);
            return new VmRecord(
                vm,
                await session.FindHost(vm.HostId, stop) ?? throw Missing("host"),
                await session.FindDisk(vm.DiskId, stop) ?? throw Missing("disk"),
                await session.FindImage(vm.ImageId, stop) ?? throw Missing("image"),
                key is null ? throw Missing("SSH key") : db.Cipher.Open(key.KeyData),
                await session.ListAddresses(id, stop),
                await session.GetVmProgress(id, stop),
                await session.FindMachineSize(id, stop));
        }, stop);
        return record.SshKey.Length > 0 ? record : throw new WorkflowFailure("no-key", "The SSH key of the VM is empty");

        WorkflowFailure Missing(string what) => new("broken", "The VM's data is incomplete", $"VM {id} names a {what} that does not exist");
    }

    /// <summary>An address as hosts see it; null when its row does not parse.</summary>
    internal static MachineAddress? ToMachineAddress(AssignedAddressRow row) =>
        IpAddress.TryParse(row.Ip, out var address) && AddressRange.Read(row.Cidr, row.Gateway, row.AllocationMode, useFullRange: false) is { IsOk: true, Value: var range }
            ? new MachineAddress(address.ToNet(), range.GuestPrefixLength, range.Gateway.Address.ToNet(), range.Mode == IpAllocationMode.SlaacEui64)
            : null;
}

static class WorkbenchVms
{
    public static Task<VmRecord> Load(this Workbench bench, VmId vm, CancellationToken stop) => VmRecord.Load(bench.Db, vm, stop);

    public static IVmHost HostOf(this Workbench bench, VmRecord record) => bench.Hosts.For(record.HostRow);

    /// <summary>Brings the VM's image to its host and tells how far it is.</summary>
    public static Task FetchImage(this Workbench bench, Run run, VmRecord record, CancellationToken stop) =>
        bench.HostOf(record).EnsureImage(record.OsImage, new Progress(run), stop);

    sealed class Progress(Run run) : IProgress<ImageProgress>
    {
        public void Report(ImageProgress value)
        {
            if (value.Percent is { } percent)
                run.TellProgress(percent);
        }
    }

    /// <summary>Asks the host how the machine is and remembers it; null when it does not exist there.</summary>
    public static async Task<MachineState?> Observe(this Workbench bench, VmRecord record, CancellationToken stop)
    {
        var state = await bench.HostOf(record).GetState(record.Vm.Id, stop);
        if (state is null)
            bench.States.Remove(record.Vm.Id);
        else
            bench.States.Put(record.Vm.Id, new ObservedState(bench.Clock.Now, state));
        return state;
    }

    /// <summary>A VM made before progress was kept gets its row before anything else is written there, or it would look unmade.</summary>
    public static async Task KeepProvisioned(this Workbench bench, Session session, VmRecord record, CancellationToken stop)
    {
        if (!record.Progress.HasRow && record.IsProvisioned)
            await session.MarkVmProvisioned(record.Vm.Id, bench.Time.Moment(), stop);
    }
}
