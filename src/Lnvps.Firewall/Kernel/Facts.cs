using System.Runtime.InteropServices;
using System.Text;

namespace Lnvps.Firewall.Kernel;

/// <summary>What the kernel tells about a map; the name is cut to 15 letters.</summary>
sealed unsafe record MapFacts(string Name, uint Entries)
{
    [StructLayout(LayoutKind.Sequential)]
    struct Raw
    {
        public uint Kind, Id, KeySize, ValueSize, Entries, Flags;
        public fixed byte Name[16];
        // What follows is not of interest, but the kernel fills what it is given room for.
    }

    public static MapFacts Of(BpfDescriptor map)
    {
        var raw = new Raw();
        var size = (uint)sizeof(Raw);
        KernelException.Check(LibBpf.Describe(map, &raw, &size), "Describing a map");
        return new MapFacts(NameAt(raw.Name), raw.Entries);
    }

    public static string NameAt(byte* bytes) => Encoding.ASCII.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(bytes));

    /// <summary>Bytes of kernel memory that a map holds now.</summary>
    public static long Memory(BpfDescriptor map) =>
        long.Parse(File.ReadLines($"/proc/self/fdinfo/{map.DangerousGetHandle()}").First(line => line.StartsWith("memlock:", StringComparison.Ordinal))["memlock:".Length..]);
}

/// <summary>What the kernel tells about a program.</summary>
sealed unsafe record ProgramFacts(uint Id, string Name, uint[] Maps)
{
    [StructLayout(LayoutKind.Sequential)]
    struct Raw
    {
        public uint Kind, Id;
        public ulong Tag;
        public uint JitedLength, TranslatedLength;
        public ulong Jited, Translated, LoadTime;
        public uint User, MapCount;
        public ulong MapIds;
        public fixed byte Name[16];
    }

    public static ProgramFacts Of(BpfDescriptor program)
    {
        var ids = new uint[64];
        fixed (uint* first = ids)
        {
            var raw = new Raw { MapCount = (uint)ids.Length, MapIds = (ulong)first };
            var size = (uint)sizeof(Raw);
            KernelException.Check(LibBpf.Describe(program, &raw, &size), "Describing a program");
            return new ProgramFacts(raw.Id, MapFacts.NameAt(raw.Name), ids[..(int)Math.Min(raw.MapCount, (uint)ids.Length)]);
        }
    }
}

/// <summary>What the kernel tells about a link: its interface, 0 when that is gone.</summary>
static unsafe class LinkFacts
{
    [StructLayout(LayoutKind.Sequential)]
    struct Raw
    {
        public uint Kind, Id, Program;
        readonly uint _padding;
        public uint Interface;
        fixed byte _rest[64];
    }

    public static uint InterfaceOf(BpfDescriptor link)
    {
        var raw = new Raw();
        var size = (uint)sizeof(Raw);
        KernelException.Check(LibBpf.Describe(link, &raw, &size), "Describing a link");
        return raw.Interface;
    }
}
