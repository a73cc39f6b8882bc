using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Lnvps.Hosting.LibVirt.Native;

/// <summary>Numbers of <c>virDomainState</c>.</summary>
enum DomainState
{
    None = 0,
    Running = 1,
    Blocked = 2,
    Paused = 3,
    ShuttingDown = 4,
    Off = 5,
    Crashed = 6,
    Suspended = 7,
}

/// <summary>A virtual machine as LibVirt knows it.</summary>
sealed partial class Domain() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    const uint ShutdownByAcpi = 1, ResizeInBytes = 1;
    const uint UndefineManagedSave = 1, UndefineSnapshots = 2, UndefineNvram = 4, UndefineCheckpoints = 16;
    const int UuidTextBytes = 37;

    /// <summary>Null when no machine has this name.</summary>
    public static Domain? Find(Connection connection, string name) => LibVirtException.CheckFound(virDomainLookupByName(connection, name));

    /// <summary>Creates or replaces the persistent definition.</summary>
    public static Domain Define(Connection connection, string xml) => LibVirtException.Check(virDomainDefineXML(connection, xml));

    public Guid Uuid => UuidOf(this);

    public DomainState State
    {
        get
        {
            LibVirtException.Check(virDomainGetState(this, out var state, out _, 0));
            return (DomainState)state;
        }
    }

    /// <summary>The definition; of a running machine what runs, not what the next start will use.</summary>
    public string Xml => Texts.Take(virDomainGetXMLDesc(this, 0));

    public void Start() => LibVirtException.Check(virDomainCreate(this));

    public void Resume() => LibVirtException.Check(virDomainResume(this));

    /// <summary>Presses the power button; the guest may ignore it.</summary>
    public void PressPowerButton() => LibVirtException.Check(virDomainShutdownFlags(this, ShutdownByAcpi));

    /// <summary>Pulls the plug.</summary>
    public void PowerOff() => LibVirtException.Check(virDomainDestroy(this));

    public void Reset() => LibVirtException.Check(virDomainReset(this, 0));

    /// <summary>Forgets the machine with its firmware variables, saved memory, snapshot and checkpoint records.</summary>
    public void Undefine() =>
        LibVirtException.Check(virDomainUndefineFlags(this, UndefineManagedSave | UndefineSnapshots | UndefineNvram | UndefineCheckpoints));

    /// <param name="device">Target name, such as <c>vda</c>.</param>
    /// <returns>The size that the guest sees, in bytes.</returns>
    public unsafe ulong DiskSize(string device)
    {
        var info = new BlockInfo();
        LibVirtException.Check(virDomainGetBlockInfo(this, device, &info, 0));
        return info.Capacity;
    }

    /// <summary>Resizes a disk of a running machine, whose file is locked for everyone else.</summary>
    public void ResizeDisk(string device, ulong bytes) => LibVirtException.Check(virDomainBlockResize(this, device, bytes, ResizeInBytes));

    /// <summary>Binds the first serial console to the stream; fails when another client holds it.</summary>
    public void OpenConsole(ByteStream stream) => LibVirtException.Check(virDomainOpenConsole(this, null, stream, 0));

    public static string NameOf(nint domain) => Texts.Copy(virDomainGetName(domain));

    public static unsafe Guid UuidOf(nint domain)
    {
        var text = stackalloc byte[UuidTextBytes];
        LibVirtException.Check(virDomainGetUUIDString(domain, text));
        return Guid.Parse(Marshal.PtrToStringUTF8((nint)text)!);
    }

    static Guid UuidOf(Domain domain)
    {
        var held = false;
        try
        {
            domain.DangerousAddRef(ref held);
            return UuidOf(domain.DangerousGetHandle());
        }
        finally
        {
            if (held)
                domain.DangerousRelease();
        }
    }

    protected override bool ReleaseHandle() => virDomainFree(handle) == 0;

    [StructLayout(LayoutKind.Sequential)]
    struct BlockInfo
    {
        public ulong Capacity, Allocation, Physical;
    }

    [LibraryImport(Library.Name, StringMarshalling = StringMarshalling.Utf8)]
    private static partial Domain virDomainLookupByName(Connection connection, string name);

    [LibraryImport(Library.Name, StringMarshalling = StringMarshalling.Utf8)]
    private static partial Domain virDomainDefineXML(Connection connection, string xml);

    [LibraryImport(Library.Name)]
    private static partial int virDomainFree(nint domain);

    [LibraryImport(Library.Name)]
    private static partial nint virDomainGetName(nint domain);

    [LibraryImport(Library.Name)]
    private static unsafe partial int virDomainGetUUIDString(nint domain, byte* text);

    [LibraryImport(Library.Name)]
    private static partial int virDomainGetState(Domain domain, out int state, out int reason, uint flags);

    [LibraryImport(Library.Name)]
    private static partial nint virDomainGetXMLDesc(Domain domain, uint flags);

    [LibraryImport(Library.Name)]
    private static partial int virDomainCreate(Domain domain);

    [LibraryImport(Library.Name)]
    private static partial int virDomainResume(Domain domain);

    [LibraryImport(Library.Name)]
    private static partial int virDomainShutdownFlags(Domain domain, uint flags);

    [LibraryImport(Library.Name)]
    private static partial int virDomainDestroy(Domain domain);

    [LibraryImport(Library.Name)]
    private static partial int virDomainReset(Domain domain, uint flags);

    [LibraryImport(Library.Name)]
    private static partial int virDomainUndefineFlags(Domain domain, uint flags);

    [LibraryImport(Library.Name, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int virDomainGetBlockInfo(Domain domain, string disk, BlockInfo* info, uint flags);

    [LibraryImport(Library.Name, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int virDomainBlockResize(Domain domain, string disk, ulong size, uint flags);

    [LibraryImport(Library.Name, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int virDomainOpenConsole(Domain domain, string? device, ByteStream stream, uint flags);
}
