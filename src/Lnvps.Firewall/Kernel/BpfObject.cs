using System.Runtime.InteropServices;

namespace Lnvps.Firewall.Kernel;

/// <summary>A compiled BPF object: opened from memory, adjusted, loaded.</summary>
sealed unsafe class BpfObject : IDisposable
{
    readonly BpfObjectHandle _handle;

    /// <exception cref="KernelException">The bytes are no BPF object.</exception>
    public BpfObject(byte[] image)
    {
        var ((instance, error), log) = KernelLog.Listen(() =>
        {
            fixed (byte* bytes = image)
            {
                var opened = LibBpf.OpenObject(bytes, (nuint)image.Length, 0);
                return (opened, Marshal.GetLastPInvokeError());
            }
        });
        if (instance == 0)
            throw KernelException.Of(error, $"Opening the kernel program{Said(log)}");
        _handle = new BpfObjectHandle(instance);
    }

    /// <summary>The object that the build put into this assembly under <paramref name="name"/>.</summary>
    public static byte[] Embedded(System.Reflection.Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not in the program");
        var image = new byte[stream.Length];
        stream.ReadExactly(image);
        return image;
    }

    /// <summary>Size of a map; before loading.</summary>
    public void SetEntries(string map, uint entries) => KernelException.Check(LibBpf.SetMapEntries(Map(map), entries), $"Setting the size of {map}");

    /// <summary>Where a map is kept: taken from there when it is there already, else put there while loading.</summary>
    public void SetPinPath(string map, string path) => KernelException.Check(LibBpf.SetMapPinPath(Map(map), path), $"Setting where {map} is kept");

    /// <exception cref="KernelException">The verifier refused the program (its log is in the message), rights or memory are missing.</exception>
    public void Load()
    {
        var (result, log) = KernelLog.Listen(() => LibBpf.LoadObject(_handle));
        if (result >= 0)
            return;
        // The verifier answers "permission denied" as well, but rights would not help: its own words do.
        throw log.Contains("PROG LOAD LOG", StringComparison.Ordinal)
            ? new KernelException($"The verifier of this kernel ({KernelNeeds.Release()}) refused the program{Said(log)}", -result)
            : new KernelException($"{KernelException.Of(-result, "Loading the kernel program").Message}{Said(log)}", -result);
    }

    /// <summary>A descriptor of its own; stays valid when this object is closed.</summary>
    public BpfDescriptor OpenMap(string name) => BpfDescriptor.Copy(LibBpf.MapDescriptor(Map(name)));

    /// <summary>A descriptor of its own; stays valid when this object is closed.</summary>
    public BpfDescriptor OpenProgram(string name)
    {
        var program = LibBpf.FindProgram(_handle, name);
        return program == 0
            ? throw new InvalidOperationException($"The kernel program has no function {name}")
            : BpfDescriptor.Copy(LibBpf.ProgramDescriptor(program));
    }

    nint Map(string name)
    {
        var map = LibBpf.FindMap(_handle, name);
        return map == 0 ? throw new InvalidOperationException($"The kernel program has no map {name}") : map;
    }

    static string Said(string log) => log.Length == 0 ? "" : $"\n{log}";

    public void Dispose() => _handle.Dispose();
}
