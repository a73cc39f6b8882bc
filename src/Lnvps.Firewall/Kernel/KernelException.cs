using System.Runtime.InteropServices;

namespace Lnvps.Firewall.Kernel;

/// <summary>The kernel refused something. The message says what to do about it where that is known.</summary>
sealed class KernelException(string message, int error) : Exception(message)
{
    public const int NotPermitted = 1, NotFound = 2, NoMemory = 12, NotAllowed = 13, Busy = 16, Exists = 17, NoDevice = 19, Invalid = 22, NoSpace = 28, TooBig = 7, NotSupported = 95;

    /// <summary>The error number of the kernel, positive.</summary>
    public int Error => error;

    /// <summary>The result itself when it is none of an error.</summary>
    public static int Check(int result, string what) => result >= 0 ? result : throw Of(-result, what);

    public static KernelException Of(int error, string what) => new($"{what}: {Marshal.GetPInvokeErrorMessage(error)}{Advice(error)}", error);

    static string Advice(int error) => error switch
    {
        NotPermitted or NotAllowed => ". Run as root, or with the capabilities CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON "
            + "(systemd: AmbientCapabilities); in a container the host must allow bpf()",
        Busy or Exists => ". Another XDP program is attached there; it is left alone. See it with `ip link show` or `bpftool net`, "
            + "and take it off first (for one this service left pinned: `lnvps_fw_service detach --config FILE`, or `detach --pin DIR` when the file does not name the folder any more)",
        NoMemory => ". The maps do not fit into memory: lower max-destinations",
        NotSupported => ". The driver of this interface has no native XDP, or not with its present settings (queues, offloads): use xdp-mode auto or generic",
        NoSpace => ". The map is full",
        _ => "",
    };
}
