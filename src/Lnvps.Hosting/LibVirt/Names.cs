using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Lnvps.Core.Identity;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Hosting.LibVirt;

/// <summary>The names of everything this adapter makes (provisioning.md section 12.2). They are how a repeat finds its own work.</summary>
static class Names
{
    // Later releases of the existing programs derive UUIDs from this namespace; a changed UUID would look like new hardware to the guest.
    static readonly Guid Space = Guid.Parse("6b0e4d9a-1c74-4d2e-9f3b-2d518a4c7710");

    public static Guid Uuid(VmId vm) => UuidV5.Create(Space, Machine.NameOf(vm));

    public static string Disk(VmId vm) => $"vm-{vm}-disk0";

    public static string Seed(VmId vm) => $"vm-{vm}-seed.iso";

    public static string Filter(VmId vm) => $"lnvps-vm-{vm}";

    public static Guid FilterUuid(VmId vm) => UuidV5.Create(Space, Filter(vm));

    public static string Image(ImageId image, Images.ImageFormat format) =>
        $"os-image-{image}.{(format == Images.ImageFormat.Qcow2 ? "qcow2" : "raw")}";

    /// <summary>A small volume beside the image that says where it came from; written last, so that an image without it is incomplete.</summary>
    public static string ImageOrigin(ImageId image) => $"os-image-{image}.origin";

    /// <summary>Reads <c>VM{id}</c>; any other spelling, such as leading zeros, names someone else's machine.</summary>
    public static bool TryParseMachine(string name, out VmId vm)
    {
        vm = default;
        if (!name.StartsWith("VM", StringComparison.Ordinal) || !uint.TryParse(name.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return false;
        vm = new VmId(id);
        return Machine.NameOf(vm) == name;
    }

    /// <summary>Ours are the machines with our name and our UUID: a stranger's machine may carry the name by chance.</summary>
    public static bool IsOurs(string name, Guid uuid, [NotNullWhen(true)] out VmId? vm)
    {
        vm = TryParseMachine(name, out var id) && Uuid(id) == uuid ? id : null;
        return vm is not null;
    }
}
