using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Lnvps.Hosting.LibVirt.Native;

/// <summary>A connection to one hypervisor. Safe for use by several threads at once; every call blocks.</summary>
sealed partial class Connection() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    const int KeepAliveSeconds = 5, KeepAliveMisses = 5;

    /// <exception cref="LibVirtException">Refused or unreachable.</exception>
    public static Connection Open(string uri)
    {
        Library.EnsureReady();
        var connection = LibVirtException.Check(virConnectOpen(uri));
        // A host that falls silent fails its pending calls after half a minute instead of holding their threads for ever. Drivers that do
        // not talk over a socket do not know this; they cannot fall silent either.
        _ = virConnectSetKeepAlive(connection, KeepAliveSeconds, KeepAliveMisses);
        return connection;
    }

    public bool IsAlive => virConnectIsAlive(this) == 1;

    public unsafe (uint Cpus, ulong MemoryKib) NodeInfo()
    {
        var info = new NodeInfoRecord();
        LibVirtException.Check(virNodeGetInfo(this, &info));
        return (info.Cpus, info.MemoryKib);
    }

    protected override bool ReleaseHandle() => virConnectClose(handle) >= 0;

    [StructLayout(LayoutKind.Sequential)]
    unsafe struct NodeInfoRecord
    {
        public fixed byte Model[32];
        public nuint MemoryKib;
        public uint Cpus, Mhz, Nodes, Sockets, Cores, Threads;
    }

    [LibraryImport(Library.Name, StringMarshalling = StringMarshalling.Utf8)]
    private static partial Connection virConnectOpen(string uri);

    [LibraryImport(Library.Name)]
    private static partial int virConnectClose(nint connection);

    [LibraryImport(Library.Name)]
    private static partial int virConnectIsAlive(Connection connection);

    [LibraryImport(Library.Name)]
    private static partial int virConnectSetKeepAlive(Connection connection, int interval, uint count);

    [LibraryImport(Library.Name)]
    private static unsafe partial int virNodeGetInfo(Connection connection, NodeInfoRecord* info);
}
