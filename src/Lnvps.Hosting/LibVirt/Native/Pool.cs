using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Lnvps.Hosting.LibVirt.Native;

/// <summary>A storage pool.</summary>
sealed unsafe partial class Pool() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    const uint OnlyActive = 2, BuildOnCreate = 1;

    /// <summary>Null when no pool has this name.</summary>
    public static Pool? Find(Connection connection, string name) => LibVirtException.CheckFound(virStoragePoolLookupByName(connection, name));

    /// <summary>The pools that are started; the others cannot be asked. The caller disposes them.</summary>
    public static List<Pool> Active(Connection connection)
    {
        nint* list;
        var count = LibVirtException.Check(virConnectListAllStoragePools(connection, &list, OnlyActive));
        var pools = new List<Pool>(count);
        for (var i = 0; i < count; i++)
        {
            var pool = new Pool();
            pool.SetHandle(list[i]);
            pools.Add(pool);
        }
        NativeMemory.Free(list);
        return pools;
    }

    public static Pool Define(Connection connection, string xml) => LibVirtException.Check(virStoragePoolDefineXML(connection, xml, 0));

    public string Name
    {
        get
        {
            var held = false;
            try
            {
                DangerousAddRef(ref held);
                return Texts.Copy(virStoragePoolGetName(handle));
            }
            finally
            {
                if (held)
                    DangerousRelease();
            }
        }
    }

    public bool IsActive => LibVirtException.Check(virStoragePoolIsActive(this)) == 1;

    /// <summary>Starts the pool, making its folder when it is missing.</summary>
    public void Start() => LibVirtException.Check(virStoragePoolCreate(this, BuildOnCreate));

    /// <summary>Makes the pool start with the daemon.</summary>
    public void StartAlways() => LibVirtException.Check(virStoragePoolSetAutostart(this, 1));

    public (ulong Capacity, ulong Allocation) Info()
    {
        var info = new PoolInfo();
        LibVirtException.Check(virStoragePoolGetInfo(this, &info));
        return (info.Capacity, info.Allocation);
    }

    /// <summary>Looks at the storage again: sizes, formats, files that came or went.</summary>
    /// <exception cref="LibVirtException">Busy while a copy or upload runs in the pool.</exception>
    public void Refresh()
    {
        if (virStoragePoolRefresh(this, 0) < 0)
            throw LibVirtException.Last().AsBusy();
    }

    protected override bool ReleaseHandle() => virStoragePoolFree(handle) == 0;

    [StructLayout(LayoutKind.Sequential)]
    struct PoolInfo
    {
        public int State;
        public ulong Capacity, Allocation, Available;
    }

    [LibraryImport(Library.Name, StringMarshalling = StringMarshalling.Utf8)]
    private static partial Pool virStoragePoolLookupByName(Connection connection, string name);

    [LibraryImport(Library.Name)]
    private static partial int virConnectListAllStoragePools(Connection connection, nint** pools, uint flags);

    [LibraryImport(Library.Name, StringMarshalling = StringMarshalling.Utf8)]
    private static partial Pool virStoragePoolDefineXML(Connection connection, string xml, uint flags);

    [LibraryImport(Library.Name)]
    private static partial int virStoragePoolCreate(Pool pool, uint flags);

    [LibraryImport(Library.Name)]
    private static partial int virStoragePoolSetAutostart(Pool pool, int autostart);

    [LibraryImport(Library.Name)]
    private static partial int virStoragePoolIsActive(Pool pool);

    [LibraryImport(Library.Name)]
    private static partial int virStoragePoolFree(nint pool);

    [LibraryImport(Library.Name)]
    private static partial nint virStoragePoolGetName(nint pool);

    [LibraryImport(Library.Name)]
    private static partial int virStoragePoolGetInfo(Pool pool, PoolInfo* info);

    [LibraryImport(Library.Name)]
    private static partial int virStoragePoolRefresh(Pool pool, uint flags);
}
