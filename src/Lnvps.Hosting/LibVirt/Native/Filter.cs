using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Lnvps.Hosting.LibVirt.Native;

/// <summary>A network filter.</summary>
sealed unsafe partial class Filter() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    const int UuidTextBytes = 37;

    /// <summary>Null when no filter has this name.</summary>
    public static Filter? Find(Connection connection, string name) => LibVirtException.CheckFound(virNWFilterLookupByName(connection, name));

    /// <summary>Creates the filter, or replaces the one with the document's UUID; running machines get the new rules at once.</summary>
    public static void Define(Connection connection, string xml) => LibVirtException.Check(virNWFilterDefineXML(connection, xml)).Dispose();

    public Guid Uuid
    {
        get
        {
            var text = stackalloc byte[UuidTextBytes];
            LibVirtException.Check(virNWFilterGetUUIDString(this, text));
            return Guid.Parse(Marshal.PtrToStringUTF8((nint)text)!);
        }
    }

    /// <summary>Deletes it; gone already = success.</summary>
    public void Delete()
    {
        if (virNWFilterUndefine(this) < 0 && LibVirtException.Last() is { IsNotFound: false } error)
            throw error;
    }

    protected override bool ReleaseHandle() => virNWFilterFree(handle) == 0;

    [LibraryImport(Library.Name, StringMarshalling = StringMarshalling.Utf8)]
    private static partial Filter virNWFilterLookupByName(Connection connection, string name);

    [LibraryImport(Library.Name, StringMarshalling = StringMarshalling.Utf8)]
    private static partial Filter virNWFilterDefineXML(Connection connection, string xml);

    [LibraryImport(Library.Name)]
    private static partial int virNWFilterGetUUIDString(Filter filter, byte* text);

    [LibraryImport(Library.Name)]
    private static partial int virNWFilterUndefine(Filter filter);

    [LibraryImport(Library.Name)]
    private static partial int virNWFilterFree(nint filter);
}
