using System.Net;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Sizes;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Hosting.Tests;

static class Machines
{
    public const string Key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl alice@laptop";

    public static readonly MachineAddress V4 = new(IPAddress.Parse("192.0.2.10"), 24, IPAddress.Parse("192.0.2.1"), Slaac: false);
    public static readonly MachineAddress V6 = new(IPAddress.Parse("2001:db8::10"), 64, IPAddress.Parse("2001:db8::1"), Slaac: false);

    public static readonly OsImage Image = new(new ImageId(3), new Uri("https://images.example/debian-12.qcow2"), Checksum: null, DefaultUser: "debian");

    /// <summary>A small machine; tests change what they are about.</summary>
    public static Machine Some(uint id = 7, string pool = "default") => new(
        new VmId(id), pool, DiskKind.Ssd, DiskInterface.Pcie, Cpu: 1, Bytes.FromMib(64), Bytes.FromMib(16),
        MacAddress.FromBytes([0x52, 0x54, 0x00, 0x12, (byte)(id >> 8 & 0xFF), (byte)(id & 0xFF)]), Vlan: null, [V4, V6], Image, Key);
}
