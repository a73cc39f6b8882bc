using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Lnvps.Firewall.Kernel;

/// <summary>What libbpf and the verifier say while something is loaded, kept for the error message instead of printed.</summary>
static unsafe class KernelLog
{
    const int Limit = 64 * 1024, Debug = 2;

    [ThreadStatic]
    static StringBuilder? _lines;

    static KernelLog() => LibBpf.SetPrint(&Keep);

    /// <summary>Runs <paramref name="action"/> and gives its result with what was said meanwhile on this thread.</summary>
    public static (T Result, string Log) Listen<T>(Func<T> action)
    {
        _lines = new StringBuilder();
        try
        {
            return (action(), _lines.ToString().TrimEnd());
        }
        finally
        {
            _lines = null;
        }
    }

    [UnmanagedCallersOnly]
    static int Keep(int level, byte* format, nint arguments)
    {
        if (_lines is not { Length: < Limit } lines || level >= Debug)
            return 0;
        const int size = 32 * 1024;
        var buffer = Marshal.AllocHGlobal(size);
        try
        {
            var length = LibC.Format((byte*)buffer, size, format, arguments);
            lines.Append(Encoding.UTF8.GetString((byte*)buffer, Math.Clamp(length, 0, size - 1)));
            return length;
        }
        finally
        {
            Marshal.FreeHGlobal(buffer);
        }
    }
}
