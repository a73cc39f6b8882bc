using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Lnvps.Hosting.LibVirt.Native;

/// <summary>A storage volume: a disk, an image or a seed.</summary>
sealed unsafe partial class Volume() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    /// <summary>Null when the pool has no volume of this name.</summary>
    public static Volume? Find(Pool pool, string name) => LibVirtException.CheckFound(virStorageVolLookupByName(pool, name));

    /// <summary>Null when no pool has a volume at this path.</summary>
    public static Volume? FindByPath(Connection connection, string path) => LibVirtException.CheckFound(virStorageVolLookupByPath(connection, path));

    public static Volume Create(Pool pool, string xml) => Busy(virStorageVolCreateXML(pool, xml, 0));

    /// <summary>A new volume with the content of another; the daemon copies, whatever becomes of this process.</summary>
    public static Volume Clone(Pool pool, string xml, Volume source) => Busy(virStorageVolCreateXMLFrom(pool, xml, source, 0));

    public string Path => Texts.Take(virStorageVolGetPath(this));

    public string Xml => Texts.Take(virStorageVolGetXMLDesc(this, 0));

    /// <summary>The size that a guest would see, in bytes.</summary>
    public ulong Capacity
    {
        get
        {
            var info = new VolumeInfo();
            LibVirtException.Check(virStorageVolGetInfo(this, &info));
            return info.Capacity;
        }
    }

    /// <summary>Grows it; of no use while a machine runs on it.</summary>
    public void Resize(ulong bytes) => Busy(virStorageVolResize(this, bytes, 0));

    /// <summary>Deletes it; gone already = success.</summary>
    public void Delete()
    {
        if (virStorageVolDelete(this, 0) < 0 && LibVirtException.Last() is { IsNotFound: false } error)
            throw error.AsBusy();
    }

    public void BeginUpload(ByteStream stream, ulong length) => Busy(virStorageVolUpload(this, stream, 0, length, 0));

    public void BeginDownload(ByteStream stream) => Busy(virStorageVolDownload(this, stream, 0, 0, 0));

    static void Busy(int result)
    {
        if (result < 0)
            throw LibVirtException.Last().AsBusy();
    }

    static Volume Busy(Volume volume)
    {
        if (!volume.IsInvalid)
            return volume;
        var error = LibVirtException.Last();
        volume.Dispose();
        throw error.AsBusy();
    }

    protected override bool ReleaseHandle() => virStorageVolFree(handle) == 0;

    [StructLayout(LayoutKind.Sequential)]
    struct VolumeInfo
    {
        public int Type;
        public ulong Capacity, Allocation;
    }

    [LibraryImport(Library.Name, StringMarshalling = StringMarshalling.Utf8)]
    private static partial Volume virStorageVolLookupByName(Pool pool, string name);

    [LibraryImport(Library.Name, StringMarshalling = StringMarshalling.Utf8)]
    private static partial Volume virStorageVolLookupByPath(Connection connection, string path);

    [LibraryImport(Library.Name, StringMarshalling = StringMarshalling.Utf8)]
    private static partial Volume virStorageVolCreateXML(Pool pool, string xml, uint flags);

    [LibraryImport(Library.Name, StringMarshalling = StringMarshalling.Utf8)]
    private static partial Volume virStorageVolCreateXMLFrom(Pool pool, string xml, Volume source, uint flags);

    [LibraryImport(Library.Name)]
    private static partial int virStorageVolFree(nint volume);

    [LibraryImport(Library.Name)]
    private static partial nint virStorageVolGetPath(Volume volume);

    [LibraryImport(Library.Name)]
    private static partial nint virStorageVolGetXMLDesc(Volume volume, uint flags);

    [LibraryImport(Library.Name)]
    private static partial int virStorageVolGetInfo(Volume volume, VolumeInfo* info);

    [LibraryImport(Library.Name)]
    private static partial int virStorageVolResize(Volume volume, ulong bytes, uint flags);

    [LibraryImport(Library.Name)]
    private static partial int virStorageVolDelete(Volume volume, uint flags);

    [LibraryImport(Library.Name)]
    private static partial int virStorageVolUpload(Volume volume, ByteStream stream, ulong offset, ulong length, uint flags);

    [LibraryImport(Library.Name)]
    private static partial int virStorageVolDownload(Volume volume, ByteStream stream, ulong offset, ulong length, uint flags);
}
