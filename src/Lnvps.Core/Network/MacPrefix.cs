using Lnvps.Core.Randomness;

namespace Lnvps.Core.Network;

/// <summary>The first three bytes of generated MAC addresses (provisioning.md section 6). Always unicast.</summary>
public readonly record struct MacPrefix
{
    readonly byte _a, _b, _c;

    MacPrefix(byte a, byte b, byte c) => (_a, _b, _c) = (a, b, c);

    /// <summary>QEMU's own prefix, used on LibVirt hosts.</summary>
    public static readonly MacPrefix LibVirt = new(0x52, 0x54, 0x00);

    /// <summary>Default of <c>provisioner.proxmox.mac-prefix</c>.</summary>
    public static readonly MacPrefix Proxmox = new(0xBC, 0x24, 0x11);

    /// <summary>Parses <c>hh:hh:hh</c> of either letter case; false for anything else and for a multicast prefix (lowest bit of the first byte set).</summary>
    public static bool TryParse(string text, out MacPrefix prefix)
    {
        prefix = default;
        if (!MacAddress.TryParse($"{text}:00:00:00", out var mac) || !mac.IsUnicast)
            return false;
        var bytes = mac.ToArray();
        prefix = new MacPrefix(bytes[0], bytes[1], bytes[2]);
        return true;
    }

    /// <summary>The prefix and three random bytes. That no other VM of the region has it is the caller's to check; draw again if one does.</summary>
    public MacAddress Draw(IRandomSource random)
    {
        Span<byte> bytes = [_a, _b, _c, 0, 0, 0];
        random.Fill(bytes[3..]);
        return MacAddress.FromBytes(bytes);
    }

    public override string ToString() => $"{_a:x2}:{_b:x2}:{_c:x2}";
}
