using Microsoft.Win32.SafeHandles;
using System.Runtime.InteropServices;

namespace Lnvps.Firewall.Kernel;

/// <summary>A file descriptor of a map, program or link. Closing that of a link that is not pinned takes the program off its interface.</summary>
sealed class BpfDescriptor : SafeHandleMinusOneIsInvalid
{
    public BpfDescriptor(int descriptor) : base(ownsHandle: true) => SetHandle(descriptor);

    /// <summary>Takes what libbpf returned.</summary>
    /// <exception cref="KernelException">It was an error number.</exception>
    public static BpfDescriptor Take(int result, string what) => new(KernelException.Check(result, what));

    /// <summary>A second descriptor of the same thing, for what belongs to a libbpf object.</summary>
    public static BpfDescriptor Copy(int descriptor) => new(LibC.Duplicate(descriptor));

    protected override bool ReleaseHandle() => LibC.Close(handle) == 0;
}

/// <summary>A libbpf object: its maps and programs, before and after loading.</summary>
sealed class BpfObjectHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public BpfObjectHandle(nint instance) : base(ownsHandle: true) => SetHandle(instance);

    protected override bool ReleaseHandle()
    {
        LibBpf.CloseObject(handle);
        return true;
    }
}
