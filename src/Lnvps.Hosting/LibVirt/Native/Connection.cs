using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Lnvps.Hosting.LibVirt.Native;

/// <summary>A connection to one hypervisor. Safe for use by several threads at once; every call blocks.</summary>
sealed unsafe partial class Connection() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    const int KeepAliveSeconds = 5, KeepAliveMisses = 5;

    readonly Watchers _watchers = new();

    /// <exception cref="LibVirtException">Refused or unreachable.</exception>
    public static Connection Open(string uri)
    {
        Library.EnsureReady();
        var connection = LibVirtException.Check(virConnectOpen(uri));
        // A host that falls silent fails its pending calls after half a minute instead of holding their threads for ever. Drivers that do
        // not talk over a socket do not know this; they cannot fall silent either.
        _ = virConnectSetKeepAlive(connection, KeepAliveSeconds, KeepAliveMisses);
        // The library holds the watchers, not the connection, so that a forgotten connection can still be collected.
        var watchers = GCHandle.Alloc(connection._watchers);
        if (virConnectRegisterCloseCallback(connection, &OnClosed, GCHandle.ToIntPtr(watchers), &OnFree) < 0)
            watchers.Free();
        return connection;
    }

    /// <summary>
    /// Calls <paramref name="action"/> on the event thread when the host or the way to it is lost: streams learn nothing of that by themselves.
    /// It must neither block nor throw.
    /// </summary>
    /// <returns>Disposing it ends the watch.</returns>
    public IDisposable WhenLost(Action action) => _watchers.Add(action);

    public bool IsAlive => virConnectIsAlive(this) == 1;

    public (uint Cpus, ulong MemoryKib) NodeInfo()
    {
        var info = new NodeInfoRecord();
        LibVirtException.Check(virNodeGetInfo(this, &info));
        return (info.Cpus, info.MemoryKib);
    }

    protected override bool ReleaseHandle()
    {
        // The callback holds a reference of its own to the connection.
        _ = virConnectUnregisterCloseCallback(handle, &OnClosed);
        return virConnectClose(handle) >= 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void OnClosed(nint connection, int reason, nint watchers) => ((Watchers)GCHandle.FromIntPtr(watchers).Target!).CallAll();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void OnFree(nint watchers) => GCHandle.FromIntPtr(watchers).Free();

    sealed class Watchers
    {
        readonly Lock _gate = new();
        readonly List<Watch> _all = [];

        public Watch Add(Action action)
        {
            var watch = new Watch(this, action);
            lock (_gate)
                _all.Add(watch);
            return watch;
        }

        public void Remove(Watch watch)
        {
            lock (_gate)
                _all.Remove(watch);
        }

        public void CallAll()
        {
            Watch[] all;
            lock (_gate)
                all = [.. _all];
            foreach (var watch in all)
                watch.Action();
        }
    }

    sealed class Watch(Watchers owner, Action action) : IDisposable
    {
        public Action Action => action;

        public void Dispose() => owner.Remove(this);
    }

    [StructLayout(LayoutKind.Sequential)]
    struct NodeInfoRecord
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
    private static partial int virNodeGetInfo(Connection connection, NodeInfoRecord* info);

    [LibraryImport(Library.Name)]
    private static partial int virConnectRegisterCloseCallback(
        Connection connection, delegate* unmanaged[Cdecl]<nint, int, nint, void> callback, nint state, delegate* unmanaged[Cdecl]<nint, void> free);

    [LibraryImport(Library.Name)]
    private static partial int virConnectUnregisterCloseCallback(nint connection, delegate* unmanaged[Cdecl]<nint, int, nint, void> callback);
}
