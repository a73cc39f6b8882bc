using System.Xml.Linq;
using Lnvps.Core.Catalogue;
using Lnvps.Hosting.LibVirt;
using Lnvps.Hosting.LibVirt.Documents;
using Lnvps.Testing.Servers;

namespace Lnvps.Hosting.Tests.LibVirt;

/// <summary>The daemon checks our documents against its own schema, strictly: unknown elements and misplaced ones are errors.</summary>
[Trait("Speed", "slow")]
public sealed class SchemaTests
{
    static readonly LibVirtOptions Options = new() { Bridge = "br0", Kvm = false };

    public static TheoryData<string, LibVirtOptions> Variants => new()
    {
        { "defaults", Options },
        { "bios", Options with { Firmware = Firmware.Bios } },
        { "secure boot and VLANs", Options with { SecureBoot = true, VlanAwareBridge = true } },
        { "old machine, old architecture", Options with { Machine = "pc", Arch = "i686", Firmware = Firmware.Bios, Cpu = "qemu64" } },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Machines_are_accepted(string variant, LibVirtOptions options)
    {
        Assert.NotEmpty(variant);
        foreach (var disk in Enum.GetValues<DiskInterface>())
        {
            var machine = Machines.Some(900_000_000 + (uint)disk) with { DiskInterface = disk, Vlan = options.VlanAwareBridge ? 7u : null };
            await Validate(DomainDocument.Build(machine, options, "/pool/disk", "/pool/seed.iso"), "define", ["undefine", "--nvram", machine.Name]);
        }
    }

    [Fact]
    public async Task Filters_are_accepted()
    {
        var machine = Machines.Some(900_000_010);
        await Validate(FilterDocument.Build(machine.Card, Names.FilterUuid(machine.Vm)), "nwfilter-define", ["nwfilter-undefine", Names.Filter(machine.Vm)]);
    }

    static async Task Validate(XDocument document, string define, string[] undefine)
    {
        var server = await LibVirtServer.Shared;
        var path = Path.Combine(server.Folder, Path.GetRandomFileName());
        await File.WriteAllTextAsync(path, document.ToString());
        await server.Virsh(define, "--validate", path);
        await server.Virsh(undefine);
    }
}
