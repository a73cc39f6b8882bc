using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Lnvps.Core.Outcomes;

namespace Lnvps.Hosting.LibVirt.Native;

/// <summary>
/// The process-wide side of <c>libvirt.so.0</c>: loading, the silenced error printer, and the event loop without which console streams deliver
/// nothing and dead connections are not noticed.
/// </summary>
static unsafe partial class Library
{
    public const string Name = "libvirt.so.0";

    static readonly Lock Gate = new();
    static bool _ready;

    /// <summary>Loads and prepares the library; cheap after the first time.</summary>
    /// <exception cref="OutsideFault">Fatal: the library is not installed.</exception>
    public static void EnsureReady()
    {
        lock (Gate)
        {
            if (_ready)
                return;
            try
            {
                LibVirtException.Check(virInitialize());
            }
            catch (DllNotFoundException missing)
            {
                throw OutsideFault.Fatal($"{Name} is missing; install it: apt-get install libvirt0", missing);
            }
            // By default the library prints every error to standard error.
            virSetErrorFunc(null, &Ignore);
            // Must be registered before the first connection is opened.
            LibVirtException.Check(virEventRegisterDefaultImpl());
            new Thread(RunEvents) { IsBackground = true, Name = "libvirt events" }.Start();
            _ready = true;
        }
    }

    static void RunEvents()
    {
        while (true)
            _ = virEventRunDefaultImpl();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void Ignore(void* data, VirError* error)
    {
    }

    [LibraryImport(Name)]
    private static partial int virInitialize();

    [LibraryImport(Name)]
    private static partial void virSetErrorFunc(void* data, delegate* unmanaged[Cdecl]<void*, VirError*, void> handler);

    [LibraryImport(Name)]
    private static partial int virEventRegisterDefaultImpl();

    [LibraryImport(Name)]
    private static partial int virEventRunDefaultImpl();
}
