using System.Runtime.InteropServices;

namespace Lnvps.Hosting.LibVirt.Native;

static class Texts
{
    /// <summary>Copies and frees a text that the library allocated for its caller.</summary>
    /// <exception cref="LibVirtException">The call had failed (null).</exception>
    public static unsafe string Take(nint text)
    {
        if (text == 0)
            throw LibVirtException.Last();
        var copy = Marshal.PtrToStringUTF8(text)!;
        NativeMemory.Free((void*)text);
        return copy;
    }

    /// <summary>Copies a text that belongs to a library object.</summary>
    /// <exception cref="LibVirtException">The call had failed (null).</exception>
    public static string Copy(nint text) => Marshal.PtrToStringUTF8(text) ?? throw LibVirtException.Last();
}
