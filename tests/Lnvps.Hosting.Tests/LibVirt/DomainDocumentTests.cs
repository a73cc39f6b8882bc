using System.Xml.Linq;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Network;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Sizes;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.LibVirt;
using Lnvps.Hosting.LibVirt.Documents;

namespace Lnvps.Hosting.Tests.LibVirt;

public sealed class DomainDocumentTests
{
    static readonly LibVirtOptions Options = new() { Bridge = "br0" };

    static XElement Build(Machine machine, LibVirtOptions options) =>
        DomainDocument.Build(machine, options, "/pool/vm-7-disk0", "/pool/vm-7-seed.iso").Root!;

    [Fact]
    public void A_machine_under_kvm_with_uefi_is_defined_like_this()
    {
        var expected = XElement.Parse("""
            <domain type="kvm">
              <name>VM7</name>
              <uuid>0ea50aa4-7ca8-5072-be21-212c8d570e16</uuid>
              <memory unit="bytes">67108864</memory>
              <currentMemory unit="bytes">67108864</currentMemory>
              <vcpu>1</vcpu>
              <os firmware="efi">
                <type arch="x86_64" machine="q35">hvm</type>
                <firmware>
                  <feature enabled="no" name="secure-boot" />
                </firmware>
                <boot dev="hd" />
              </os>
              <features>
                <acpi />
                <apic />
              </features>
              <cpu mode="host-passthrough" />
              <clock offset="utc" />
              <on_poweroff>destroy</on_poweroff>
              <on_reboot>restart</on_reboot>
              <on_crash>restart</on_crash>
              <devices>
                <controller type="usb" model="none" />
                <controller type="scsi" index="0" model="virtio-scsi" />
                <disk type="file" device="disk">
                  <driver name="qemu" type="qcow2" cache="none" discard="unmap" />
                  <source file="/pool/vm-7-disk0" />
                  <target dev="vda" bus="virtio" />
                </disk>
                <disk type="file" device="cdrom">
                  <driver name="qemu" type="raw" />
                  <source file="/pool/vm-7-seed.iso" />
                  <target dev="sda" bus="scsi" />
                  <readonly />
                </disk>
                <interface type="bridge">
                  <mac address="52:54:00:12:00:07" />
                  <source bridge="br0" />
                  <model type="virtio" />
                  <filterref filter="lnvps-vm-7" />
                </interface>
                <serial type="pty">
                  <target type="isa-serial" port="0" />
                </serial>
                <console type="pty">
                  <target type="serial" port="0" />
                </console>
                <rng model="virtio">
                  <backend model="random">/dev/urandom</backend>
                </rng>
                <memballoon model="virtio">
                  <stats period="10" />
                </memballoon>
              </devices>
            </domain>
            """);
        var built = Build(Machines.Some(), Options);
        Assert.Equal(expected.ToString(), XElement.Parse(built.ToString()).ToString());
    }

    [Fact]
    public void Software_emulation_changes_the_type_and_what_cannot_be_passed_through()
    {
        var built = Build(Machines.Some(), Options with { Kvm = false });
        Assert.Equal("qemu", (string?)built.Attribute("type"));
        Assert.Equal("maximum", (string?)built.Element("cpu")!.Attribute("mode"));
    }

    [Theory]
    [InlineData("host", "<cpu mode=\"host-passthrough\" />")]
    [InlineData("host-passthrough", "<cpu mode=\"host-passthrough\" />")]
    [InlineData("host-model", "<cpu mode=\"host-model\" />")]
    [InlineData("kvm64", "<cpu mode=\"custom\" match=\"exact\"><model>kvm64</model></cpu>")]
    public void The_cpu_setting_chooses_the_mode(string setting, string expected) =>
        Assert.Equal(expected, Build(Machines.Some(), Options with { Cpu = setting }).Element("cpu")!.ToString(SaveOptions.DisableFormatting));

    [Theory]
    [InlineData(DiskInterface.Pcie, "vda", "virtio", "sda")]
    [InlineData(DiskInterface.Scsi, "sda", "scsi", "sdb")]
    [InlineData(DiskInterface.Sata, "sda", "sata", "sdb")]
    public void The_disk_interface_chooses_the_bus_and_names_never_collide(DiskInterface kind, string device, string bus, string seed)
    {
        var targets = Build(Machines.Some() with { DiskInterface = kind }, Options).Descendants("disk").Elements("target").ToArray();
        Assert.Equal((device, bus), ((string?)targets[0].Attribute("dev"), (string?)targets[0].Attribute("bus")));
        Assert.Equal(seed, (string?)targets[1].Attribute("dev"));
    }

    [Fact]
    public void Secure_boot_asks_for_enrolled_keys_and_smm()
    {
        var built = Build(Machines.Some(), Options with { SecureBoot = true });
        Assert.Equal(["yes", "yes"], built.Descendants("feature").Select(f => (string?)f.Attribute("enabled")));
        Assert.Equal(["secure-boot", "enrolled-keys"], built.Descendants("feature").Select(f => (string?)f.Attribute("name")));
        Assert.Equal("on", (string?)built.Element("features")!.Element("smm")!.Attribute("state"));
    }

    [Fact]
    public void A_bios_machine_names_no_firmware()
    {
        var os = Build(Machines.Some(), Options with { Firmware = Firmware.Bios }).Element("os")!;
        Assert.Null(os.Attribute("firmware"));
        Assert.Null(os.Element("firmware"));
    }

    [Fact]
    public void A_vlan_is_tagged_on_a_bridge_that_knows_vlans_only()
    {
        var machine = Machines.Some() with { Vlan = 100 };
        Assert.Equal("100", (string?)Build(machine, Options with { VlanAwareBridge = true }).Descendants("tag").Single().Attribute("id"));
        Assert.False(Assert.Throws<OutsideFault>(() => Build(machine, Options)).IsTransient);
        Assert.Throws<OutsideFault>(() => Build(machine with { Vlan = 4095 }, Options with { VlanAwareBridge = true }));
        Assert.Throws<OutsideFault>(() => Build(machine with { Vlan = 0 }, Options with { VlanAwareBridge = true }));
    }

    [Fact]
    public void What_would_fail_later_is_refused()
    {
        Assert.Throws<OutsideFault>(() => Build(Machines.Some() with { Cpu = 0 }, Options));
        Assert.Throws<OutsideFault>(() => Build(Machines.Some() with { Memory = new Bytes(0) }, Options));
        Assert.Throws<OutsideFault>(() => Build(Machines.Some() with { Mac = MacAddress.Unassigned }, Options));
        Assert.Throws<OutsideFault>(() => Build(Machines.Some() with { Mac = MacAddress.Parse("53:54:00:00:00:01") }, Options));
    }

    [Fact]
    public void Settings_that_no_host_could_serve_are_refused()
    {
        Assert.Throws<OutsideFault>(() => (Options with { Machine = "microvm" }).Checked());
        Assert.Throws<OutsideFault>(() => (Options with { Arch = "arm64" }).Checked());
        Assert.Throws<OutsideFault>(() => (Options with { Cpu = "" }).Checked());
        Assert.Throws<OutsideFault>(() => (Options with { Bridge = "a-name-longer-than-fifteen" }).Checked());
        Assert.Throws<OutsideFault>(() => (Options with { SecureBoot = true, Firmware = Firmware.Bios }).Checked());
        Assert.Throws<OutsideFault>(() => (Options with { ShutdownTimeoutSecs = -1 }).Checked());
    }

    [Fact]
    public void The_disks_of_a_definition_are_read_with_whose_they_are()
    {
        var disks = DomainReading.Disks("""
            <domain><devices>
              <disk type="file" device="disk"><source file="/p/vm-7-disk0"/><target dev="vda"/></disk>
              <disk type="file" device="cdrom"><source file="/iso/rescue.iso"/><target dev="sda"/><readonly/></disk>
              <disk type="block" device="disk"><source dev="/dev/vg/shared"/><target dev="vdb"/><shareable/></disk>
              <disk type="file" device="cdrom"><target dev="sdb"/></disk>
            </devices></domain>
            """);
        Assert.Equal([new DefinedDisk("vda", "/p/vm-7-disk0", true), new("sda", "/iso/rescue.iso", false), new("vdb", "/dev/vg/shared", false)], disks);
    }
}
