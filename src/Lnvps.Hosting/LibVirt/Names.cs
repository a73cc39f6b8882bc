using System.Diagnostics.CodeAnalysis;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;

namespace Lnvps.Hosting.LibVirt;

/// <summary>The names of everything this adapter makes (provisioning.md section 12.2). They are how a repeat finds its own work.</summary>
static class Names
{
    public static string Disk(VmId vm) => $"vm-{vm}-disk0";

    public static string Seed(VmId vm) => $"vm-{vm}-seed.iso";

    public static string Filter(VmId vm) => $"lnvps-vm-{vm}";

    public static Guid FilterUuid(VmId vm) => MachineIdentity.UuidOf(Filter(vm));

    public static string Image(ImageId image, Images.ImageFormat format) =>
        $"os-image-{image}.{(format == Images.ImageFormat.Qcow2 ? "qcow2" : "raw")}";

    /// <summary>A small volume beside the image that says where it came from; written last, so that an image without it is incomplete.</summary>
    public static string ImageOrigin(ImageId image) => $"os-image-{image}.origin";

    /// <summary>Ours are the machines with our name and our UUID: a stranger's machine may carry the name by chance.</summary>
    public static bool IsOurs(string name, Guid uuid, [NotNullWhen(true)] out VmId? vm)
    {
        vm = MachineIdentity.TryParseName(name, out var id) && MachineIdentity.UuidOf(id) == uuid ? id : null;
        return vm is not null;
    }
}
