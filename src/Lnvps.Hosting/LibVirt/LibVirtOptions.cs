using System.Net;
using Lnvps.Core.Outcomes;

namespace Lnvps.Hosting.LibVirt;

/// <summary>What a machine boots through.</summary>
public enum Firmware
{
    /// <summary>UEFI, found on the host by LibVirt (Debian package <c>ovmf</c>). Every ordinary cloud image starts with it.</summary>
    Efi,

    /// <summary>The classic BIOS. Under software emulation it reaches the boot loader some seconds sooner.</summary>
    Bios,
}

/// <summary>
/// Settings of the LibVirt hosts (configuration keys <c>provisioner.libvirt.qemu.*</c> and those of provisioning.md section 12.3, in kebab-case).
/// </summary>
public sealed record LibVirtOptions
{
    /// <summary><c>q35</c> or <c>pc</c>.</summary>
    public string Machine { get; init; } = "q35";

    /// <summary><c>x86_64</c> or <c>i686</c>.</summary>
    public string Arch { get; init; } = "x86_64";

    /// <summary><c>host</c>, <c>host-passthrough</c>, <c>host-model</c>, or the exact name of a CPU model.</summary>
    public string Cpu { get; init; } = "host";

    /// <summary>False: software emulation. Choose true only where <see cref="KvmProbe"/> succeeds.</summary>
    public bool Kvm { get; init; } = true;

    /// <summary>The Linux bridge that guests are attached to.</summary>
    public required string Bridge { get; init; }

    /// <summary>Storage pool of the images.</summary>
    public string ImagePool { get; init; } = "default";

    /// <summary>The bridge filters VLANs. A plain one ignores tags without an error and puts guests on the untagged network.</summary>
    public bool VlanAwareBridge { get; init; }

    /// <summary>Needs <see cref="Firmware.Efi"/>; ordinary images without a signed loader show nothing at all with it.</summary>
    public bool SecureBoot { get; init; }

    public Firmware Firmware { get; init; } = Firmware.Efi;

    /// <summary>How long a guest may take to shut down before it is forced off, in seconds.</summary>
    public int ShutdownTimeoutSecs { get; init; } = 60;

    /// <summary>DNS servers written into the guests' configuration; guests use the first three. Default: public services, the last over IPv6.</summary>
    public IReadOnlyList<IPAddress> Resolvers { get; init; } =
        [IPAddress.Parse("1.1.1.1"), IPAddress.Parse("9.9.9.9"), IPAddress.Parse("2606:4700:4700::1111")];

    /// <summary>Checks what no type checks.</summary>
    /// <exception cref="OutsideFault">Fatal: names the key and what it may be.</exception>
    public LibVirtOptions Checked()
    {
        if (Machine is not ("q35" or "pc"))
            throw OutsideFault.Fatal($"qemu.machine is '{Machine}'; LibVirt hosts take q35 or pc");
        if (Arch is not ("x86_64" or "i686"))
            throw OutsideFault.Fatal($"qemu.arch is '{Arch}'; LibVirt hosts take x86_64 or i686");
        if (Cpu.Length == 0)
            throw OutsideFault.Fatal("qemu.cpu is empty; give host, host-model or the name of a CPU model");
        if (Bridge.Length is 0 or > 15)
            throw OutsideFault.Fatal($"qemu.bridge is '{Bridge}'; give the name of a bridge, at most 15 characters");
        if (SecureBoot && Firmware == Firmware.Bios)
            throw OutsideFault.Fatal("secure-boot needs firmware: efi");
        if (ShutdownTimeoutSecs < 0)
            throw OutsideFault.Fatal("shutdown-timeout-secs is negative");
        return this;
    }
}
