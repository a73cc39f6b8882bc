using System.Runtime.InteropServices;

namespace Lnvps.Hosting.LibVirt.Native;

/// <summary>Counters of one machine under the library's names, such as <c>block.0.rd.bytes</c>.</summary>
sealed record DomainStats(string Name, Guid Uuid, IReadOnlyDictionary<string, ulong> Numbers, IReadOnlyDictionary<string, string> Texts)
{
    public ulong this[string name] => Numbers.GetValueOrDefault(name);
}

/// <summary>Bulk statistics: one request for any number of machines.</summary>
static unsafe partial class DomainStatsReader
{
    const uint State = 1, Cpu = 2, Balloon = 4, Vcpu = 8, Interface = 16, Block = 32;
    const uint Wanted = State | Cpu | Balloon | Vcpu | Interface | Block;
    // A machine in the middle of a long operation reports what can be had without waiting for it.
    const uint NoWait = 1u << 29;
    const int FieldBytes = 80, TextType = 7;

    /// <summary>Every machine of the host, ours or not, running or not.</summary>
    public static List<DomainStats> All(Connection connection)
    {
        StatsRecord** records;
        return Read(LibVirtException.Check(virConnectGetAllDomainStats(connection, Wanted, &records, NoWait)), records);
    }

    public static DomainStats One(Domain domain)
    {
        var held = false;
        try
        {
            domain.DangerousAddRef(ref held);
            var list = stackalloc nint[2] { domain.DangerousGetHandle(), 0 };
            StatsRecord** records;
            var count = LibVirtException.Check(virDomainListGetStats(list, Wanted, &records, NoWait));
            return Read(count, records) is [var only]
                ? only
                : throw new LibVirtException(VirCode.NoDomain, "the machine went away");
        }
        finally
        {
            if (held)
                domain.DangerousRelease();
        }
    }

    static List<DomainStats> Read(int count, StatsRecord** records)
    {
        try
        {
            var all = new List<DomainStats>(count);
            for (var i = 0; i < count; i++)
            {
                var numbers = new Dictionary<string, ulong>(records[i]->Count, StringComparer.Ordinal);
                var texts = new Dictionary<string, string>(StringComparer.Ordinal);
                for (var p = 0; p < records[i]->Count; p++)
                    Add(numbers, texts, records[i]->Parameters + p);
                all.Add(new DomainStats(Domain.NameOf(records[i]->Domain), Domain.UuidOf(records[i]->Domain), numbers, texts));
            }
            return all;
        }
        finally
        {
            virDomainStatsRecordListFree(records);
        }
    }

    static void Add(Dictionary<string, ulong> numbers, Dictionary<string, string> texts, Parameter* parameter)
    {
        var name = Marshal.PtrToStringUTF8((nint)parameter->Field)!;
        if (parameter->Type == TextType)
            texts[name] = Marshal.PtrToStringUTF8((nint)parameter->Value) ?? "";
        ulong? number = parameter->Type switch
        {
            1 => (ulong)Math.Max(0, *(int*)&parameter->Value),
            2 => *(uint*)&parameter->Value,
            3 => (ulong)Math.Max(0L, *(long*)&parameter->Value),
            4 => parameter->Value,
            _ => null,
        };
        if (number is { } value)
            numbers[name] = value;
    }

    [StructLayout(LayoutKind.Sequential)]
    struct StatsRecord
    {
        public nint Domain;
        public Parameter* Parameters;
        public int Count;
    }

    [StructLayout(LayoutKind.Sequential)]
    struct Parameter
    {
        public fixed byte Field[FieldBytes];
        public int Type;
        public ulong Value;
    }

    [LibraryImport(Library.Name)]
    private static partial int virConnectGetAllDomainStats(Connection connection, uint stats, StatsRecord*** records, uint flags);

    [LibraryImport(Library.Name)]
    private static partial int virDomainListGetStats(nint* domains, uint stats, StatsRecord*** records, uint flags);

    [LibraryImport(Library.Name)]
    private static partial void virDomainStatsRecordListFree(StatsRecord** records);
}
