using System.Runtime.InteropServices;

namespace Lnvps.Firewall.Kernel;

/// <summary>The part of libbpf (1.0 or newer) that is used here. Functions that give an <c>int</c> return a negative error number; those that
/// give a pointer return null and leave the number in errno.</summary>
static unsafe partial class LibBpf
{
    const string Library = "libbpf.so.1";

    /// <summary>Options of <c>bpf_link_create</c> up to the flags: which mode of XDP.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct LinkOptions
    {
        public nuint Size;
        public uint Flags;
        public nint IteratorInfo;
        public uint IteratorInfoLength;
        public uint TargetBtfId;
        readonly ulong _tracing;
        readonly ulong _more;
    }

    /// <summary>What <c>bpf_xdp_query</c> found on an interface.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct XdpQuery
    {
        public nuint Size;
        public uint ProgramId;
        public uint NativeProgramId;
        public uint HardwareProgramId;
        public uint GenericProgramId;
        public byte AttachMode;
    }

    /// <summary>Options and results of <c>bpf_prog_test_run_opts</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TestRun
    {
        public nuint Size;
        public byte* DataIn;
        public byte* DataOut;
        public uint DataSizeIn;
        public uint DataSizeOut;
        public void* ContextIn;
        public void* ContextOut;
        public uint ContextSizeIn;
        public uint ContextSizeOut;
        public uint Result;
        public int Repeat;
        /// <summary>Mean of one run, ns.</summary>
        public uint Duration;
        public uint Flags;
        public uint Cpu;
        public uint BatchSize;
    }

    [LibraryImport(Library, EntryPoint = "libbpf_set_print")]
    public static partial nint SetPrint(delegate* unmanaged<int, byte*, nint, int> print);

    [LibraryImport(Library, EntryPoint = "libbpf_num_possible_cpus")]
    public static partial int PossibleProcessors();

    [LibraryImport(Library, EntryPoint = "bpf_object__open_mem", SetLastError = true)]
    public static partial nint OpenObject(byte* bytes, nuint size, nint options);

    [LibraryImport(Library, EntryPoint = "bpf_object__load")]
    public static partial int LoadObject(BpfObjectHandle instance);

    [LibraryImport(Library, EntryPoint = "bpf_object__close")]
    public static partial void CloseObject(nint instance);

    [LibraryImport(Library, EntryPoint = "bpf_object__find_map_by_name", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint FindMap(BpfObjectHandle instance, string name);

    [LibraryImport(Library, EntryPoint = "bpf_object__find_program_by_name", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint FindProgram(BpfObjectHandle instance, string name);

    [LibraryImport(Library, EntryPoint = "bpf_map__set_max_entries")]
    public static partial int SetMapEntries(nint map, uint entries);

    [LibraryImport(Library, EntryPoint = "bpf_map__set_pin_path", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetMapPinPath(nint map, string path);

    [LibraryImport(Library, EntryPoint = "bpf_map__fd")]
    public static partial int MapDescriptor(nint map);

    [LibraryImport(Library, EntryPoint = "bpf_program__fd")]
    public static partial int ProgramDescriptor(nint program);

    [LibraryImport(Library, EntryPoint = "bpf_map_lookup_elem")]
    public static partial int Look(BpfDescriptor map, byte* key, byte* value);

    [LibraryImport(Library, EntryPoint = "bpf_map_update_elem")]
    public static partial int Update(BpfDescriptor map, byte* key, byte* value, ulong flags);

    [LibraryImport(Library, EntryPoint = "bpf_map_delete_elem")]
    public static partial int Delete(BpfDescriptor map, byte* key);

    [LibraryImport(Library, EntryPoint = "bpf_map_get_next_key")]
    public static partial int NextKey(BpfDescriptor map, byte* key, byte* next);

    [LibraryImport(Library, EntryPoint = "bpf_map_lookup_batch")]
    public static partial int LookBatch(BpfDescriptor map, void* from, void* next, byte* keys, byte* values, uint* count, nint options);

    [LibraryImport(Library, EntryPoint = "bpf_link_create")]
    public static partial int CreateLink(BpfDescriptor program, int target, int kind, LinkOptions* options);

    [LibraryImport(Library, EntryPoint = "bpf_link_update")]
    public static partial int UpdateLink(BpfDescriptor link, BpfDescriptor program, nint options);

    [LibraryImport(Library, EntryPoint = "bpf_link_detach")]
    public static partial int DetachLink(BpfDescriptor link);

    [LibraryImport(Library, EntryPoint = "bpf_obj_pin", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Pin(BpfDescriptor thing, string path);

    [LibraryImport(Library, EntryPoint = "bpf_obj_get", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int OpenPin(string path);

    [LibraryImport(Library, EntryPoint = "bpf_xdp_query")]
    public static partial int QueryXdp(int target, int flags, XdpQuery* options);

    [LibraryImport(Library, EntryPoint = "bpf_prog_get_fd_by_id")]
    public static partial int ProgramById(uint id);

    [LibraryImport(Library, EntryPoint = "bpf_map_get_fd_by_id")]
    public static partial int MapById(uint id);

    [LibraryImport(Library, EntryPoint = "bpf_obj_get_info_by_fd")]
    public static partial int Describe(BpfDescriptor thing, void* info, uint* size);

    [LibraryImport(Library, EntryPoint = "bpf_prog_test_run_opts")]
    public static partial int Run(BpfDescriptor program, TestRun* options);
}
