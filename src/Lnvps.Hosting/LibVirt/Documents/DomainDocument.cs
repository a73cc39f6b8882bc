using System.Xml.Linq;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Network;
using Lnvps.Core.Outcomes;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Hosting.LibVirt.Documents;

/// <summary>The definition of a machine (provisioning.md section 12.4).</summary>
static class DomainDocument
{
    /// <param name="diskPath">Resolved path of the primary volume: a disk of type "volume" is not relabelled, and access to it is denied.</param>
    /// <param name="seedPath">Resolved path of the cloud-init disc.</param>
    /// <exception cref="OutsideFault">Fatal: the machine cannot be defined as asked.</exception>
    public static XDocument Build(Machine machine, LibVirtOptions options, string diskPath, string seedPath)
    {
        Check(machine, options);
        return new XDocument(new XElement("domain",
            new XAttribute("type", options.Kvm ? "kvm" : "qemu"),
            new XElement("name", machine.Name),
            new XElement("uuid", MachineIdentity.UuidOf(machine.Vm)),
            // Without the unit the number would be KiB.
            new XElement("memory", new XAttribute("unit", "bytes"), machine.Memory.Value),
            new XElement("currentMemory", new XAttribute("unit", "bytes"), machine.Memory.Value),
            new XElement("vcpu", machine.Cpu),
            Boot(options),
            new XElement("features",
                new XElement("acpi"),
                new XElement("apic"),
                options.SecureBoot ? new XElement("smm", new XAttribute("state", "on")) : null),
            Cpu(options),
            new XElement("clock", new XAttribute("offset", "utc")),
            new XElement("on_poweroff", "destroy"),
            new XElement("on_reboot", "restart"),
            new XElement("on_crash", "restart"),
            new XElement("devices",
                // A server needs no USB; emulating an idle controller costs time.
                new XElement("controller", new XAttribute("type", "usb"), new XAttribute("model", "none")),
                new XElement("controller", new XAttribute("type", "scsi"), new XAttribute("index", "0"), new XAttribute("model", "virtio-scsi")),
                Disk(machine, diskPath),
                Seed(machine, seedPath),
                Nic(machine, options),
                new XElement("serial", new XAttribute("type", "pty"),
                    new XElement("target", new XAttribute("type", "isa-serial"), new XAttribute("port", "0"))),
                new XElement("console", new XAttribute("type", "pty"),
                    new XElement("target", new XAttribute("type", "serial"), new XAttribute("port", "0"))),
                // Without a source of randomness a fresh guest waits for it before it can make its SSH host keys.
                new XElement("rng", new XAttribute("model", "virtio"),
                    new XElement("backend", new XAttribute("model", "random"), "/dev/urandom")),
                new XElement("memballoon", new XAttribute("model", "virtio"),
                    new XElement("stats", new XAttribute("period", "10"))))));
    }

    /// <summary>Refuses (fatal) what LibVirt would refuse, or worse, accept and do wrong.</summary>
    public static void Check(Machine machine, LibVirtOptions options)
    {
        if (machine.Cpu == 0)
            throw OutsideFault.Fatal($"{machine.Name} has no CPU");
        if (machine.Memory.Value == 0)
            throw OutsideFault.Fatal($"{machine.Name} has no memory");
        if (machine.Mac.IsUnassigned || !machine.Mac.IsUnicast)
            throw OutsideFault.Fatal($"{machine.Name} has the unusable MAC address {machine.Mac}");
        if (machine.Vlan is { } vlan && vlan is 0 or > 4094)
            throw OutsideFault.Fatal($"{machine.Name} shall be in VLAN {machine.Vlan}, which does not exist");
        if (machine.Vlan is not null && !options.VlanAwareBridge)
            throw OutsideFault.Fatal($"{machine.Name} shall be in VLAN {machine.Vlan}, but a plain bridge ignores the tag: set vlan-aware-bridge when it is none");
    }

    static XElement Boot(LibVirtOptions options)
    {
        static XElement Feature(string name, bool enabled) =>
            new("feature", new XAttribute("enabled", enabled ? "yes" : "no"), new XAttribute("name", name));
        return new XElement("os",
            options.Firmware == Firmware.Efi ? new XAttribute("firmware", "efi") : null,
            new XElement("type", new XAttribute("arch", options.Arch), new XAttribute("machine", options.Machine), "hvm"),
            options.Firmware == Firmware.Efi
                // Left open, LibVirt may choose a secure-boot build, on which ordinary cloud images show nothing at all.
                ? new XElement("firmware",
                    Feature("secure-boot", options.SecureBoot),
                    options.SecureBoot ? Feature("enrolled-keys", enabled: true) : null)
                : null,
            new XElement("boot", new XAttribute("dev", "hd")));
    }

    static XElement Cpu(LibVirtOptions options) => options.Cpu switch
    {
        // The host's CPU cannot be passed through an emulator; "maximum" is the best it has.
        "host" or "host-passthrough" => new XElement("cpu", new XAttribute("mode", options.Kvm ? "host-passthrough" : "maximum")),
        "host-model" => new XElement("cpu", new XAttribute("mode", "host-model")),
        var model => new XElement("cpu", new XAttribute("mode", "custom"), new XAttribute("match", "exact"), new XElement("model", model)),
    };

    static XElement Disk(Machine machine, string path)
    {
        var (device, bus) = machine.DiskInterface switch
        {
            DiskInterface.Pcie => ("vda", "virtio"),
            DiskInterface.Scsi => ("sda", "scsi"),
            DiskInterface.Sata => ("sda", "sata"),
            var other => throw OutsideFault.Fatal($"Disk interface {other} is unknown"),
        };
        return new XElement("disk", new XAttribute("type", "file"), new XAttribute("device", "disk"),
            new XElement("driver",
                new XAttribute("name", "qemu"), new XAttribute("type", "qcow2"), new XAttribute("cache", "none"), new XAttribute("discard", "unmap")),
            new XElement("source", new XAttribute("file", path)),
            new XElement("target", new XAttribute("dev", device), new XAttribute("bus", bus)));
    }

    // On the SCSI bus, because Debian's cloud kernel has no driver for SATA.
    static XElement Seed(Machine machine, string path) =>
        new("disk", new XAttribute("type", "file"), new XAttribute("device", "cdrom"),
            new XElement("driver", new XAttribute("name", "qemu"), new XAttribute("type", "raw")),
            new XElement("source", new XAttribute("file", path)),
            new XElement("target", new XAttribute("dev", machine.DiskInterface == DiskInterface.Pcie ? "sda" : "sdb"), new XAttribute("bus", "scsi")),
            new XElement("readonly"));

    static XElement Nic(Machine machine, LibVirtOptions options) =>
        new("interface", new XAttribute("type", "bridge"),
            new XElement("mac", new XAttribute("address", machine.Mac)),
            new XElement("source", new XAttribute("bridge", options.Bridge)),
            machine.Vlan is { } vlan ? new XElement("vlan", new XElement("tag", new XAttribute("id", vlan))) : null,
            new XElement("model", new XAttribute("type", "virtio")),
            new XElement("filterref", new XAttribute("filter", Names.Filter(machine.Vm))));
}
