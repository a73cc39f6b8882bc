using System.Runtime.InteropServices;

namespace Lnvps.Firewall.Kernel;

/// <summary>The few functions of the C library that .NET does not offer.</summary>
static unsafe partial class LibC
{
    [LibraryImport("libc", EntryPoint = "if_nametoindex", StringMarshalling = StringMarshalling.Utf8)]
    public static partial uint InterfaceIndex(string name);

    [LibraryImport("libc", EntryPoint = "vsnprintf")]
    public static partial int Format(byte* buffer, nuint size, byte* format, nint arguments);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(nint descriptor);

    [LibraryImport("libc", EntryPoint = "dup")]
    public static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ReadClock(int clock, long* time);

    /// <summary>The clock by which the kernel program fills buckets: monotonic, ns, stands still while the machine sleeps.</summary>
    public static ulong MonotonicNanoseconds()
    {
        var time = stackalloc long[2];
        _ = ReadClock(1, time);
        return (ulong)(time[0] * 1_000_000_000 + time[1]);
    }
}
