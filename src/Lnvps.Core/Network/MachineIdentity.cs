using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Lnvps.Core.Identity;

namespace Lnvps.Core.Network;

/// <summary>What a VM is called on its host and in DNS (provisioning.md sections 1 and 12.2).</summary>
public static class MachineIdentity
{
    static readonly Guid Namespace = new("6b0e4d9a-1c74-4d2e-9f3b-2d518a4c7710");

    /// <summary>The hypervisor's name: <c>VM5</c>.</summary>
    public static string NameOf(VmId vm) => $"VM{vm.Value}";

    /// <summary>Reads a hypervisor's name back; false for foreign machines, and for spellings this program never writes (<c>VM05</c>, <c>vm5</c>).</summary>
    public static bool TryParseName(string name, out VmId vm)
    {
        vm = default;
        if (!name.StartsWith("VM", StringComparison.Ordinal)
            || !uint.TryParse(name.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return false;
        var read = new VmId(id);
        if (!string.Equals(NameOf(read), name, StringComparison.Ordinal))
            return false;
        vm = read;
        return true;
    }

    /// <summary>Host name inside the guest and label of its forward record: <c>vm-5</c>.</summary>
    public static string ForwardLabelOf(VmId vm) => $"vm-{vm.Value}";

    /// <summary>The machine's UUID, the same for ever: version 5 (RFC 9562) of its name. A new one would look like new hardware to the guest.</summary>
    public static Guid UuidOf(VmId vm) => UuidOf(NameOf(vm));

    /// <summary>The UUID of something else that a host needs for a machine, such as its filter, by its name on the host.</summary>
    public static Guid UuidOf(string name) => Version5(Namespace, name);

    /// <summary>RFC 9562 section 5.5: SHA-1 over namespace and name.</summary>
    internal static Guid Version5(Guid space, string name)
    {
#pragma warning disable CA5350 // The algorithm is fixed by the RFC; nothing secret depends on it.
        var hash = SHA1.HashData([.. space.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes(name)]);
#pragma warning restore CA5350
        hash[6] = (byte)(hash[6] & 0x0F | 0x50);
        hash[8] = (byte)(hash[8] & 0x3F | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true);
    }
}
