using Lnvps.Firewall.Attaching;
using Lnvps.Firewall.Configuration;
using Lnvps.Firewall.Kernel;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lnvps.Firewall.Tests.Kernel;

/// <summary>The program in the kernel, on no interface: frames are run through it one by one.</summary>
sealed unsafe class LoadedProgram : IDisposable
{
    public const uint Drop = 1, Pass = 2;
    readonly byte[] _out = new byte[16384];

    public LoadedProgram(FirewallSettings settings) => Program = KernelProgram.Load(settings, NullLogger.Instance);

    public LoadedProgram(ulong rate, ulong burst) : this(Settings(rate, burst)) { }

    public KernelProgram Program { get; }
    public FirewallMaps Maps => Program.Maps;

    public static FirewallSettings Settings(ulong rate, ulong burst) => new() { Interfaces = ["none"], Defaults = new PacketLimits(rate, burst) };

    public uint Run(ReadOnlySpan<byte> frame) => Run(Program.Program, frame, 1, _out).Result;

    /// <summary>Runs a frame several times. Gives the last verdict and the mean time of a run, ns.</summary>
    public static (uint Result, uint Nanoseconds) Run(BpfDescriptor program, ReadOnlySpan<byte> frame, int repeat, byte[] room)
    {
        fixed (byte* data = frame)
        fixed (byte* output = room)
        {
            var run = new LibBpf.TestRun
            {
                Size = (nuint)sizeof(LibBpf.TestRun),
                DataIn = data,
                DataSizeIn = (uint)frame.Length,
                DataOut = output,
                DataSizeOut = (uint)room.Length,
                Repeat = repeat,
            };
            KernelException.Check(LibBpf.Run(program, &run), "Running a frame");
            return (run.Result, run.Duration);
        }
    }

    /// <summary>Mean time of a frame, ns, with all that the kernel does around a program: memory for the packet, and the way through the stack until its
    /// foreign address ends it. Only programs that pass it can be compared.</summary>
    public static double RunLive(BpfDescriptor program, ReadOnlySpan<byte> frame, int repeat)
    {
        const uint liveFrames = 2;
        fixed (byte* data = frame)
        {
            var run = new LibBpf.TestRun
            {
                Size = (nuint)sizeof(LibBpf.TestRun),
                DataIn = data,
                DataSizeIn = (uint)frame.Length,
                Repeat = repeat,
                Flags = liveFrames,
                BatchSize = 64,
            };
            var started = TimeProvider.System.GetTimestamp();
            KernelException.Check(LibBpf.Run(program, &run), "Running live frames");
            return TimeProvider.System.GetElapsedTime(started).TotalNanoseconds / repeat;
        }
    }

    /// <summary>The sum over all processors.</summary>
    public ulong Total(uint which) => Maps.Totals.FindAll(which)!.Aggregate(0UL, (a, b) => a + b);

    public DestCounters Counters(Address4 address) => Sum(Maps.Counters4.FindAll(address));
    public DestCounters Counters(Address6 address) => Sum(Maps.Counters6.FindAll(address));

    static DestCounters Sum(DestCounters[]? values) => (values ?? []).Aggregate(default(DestCounters), (a, b) => a + b);

    public void Dispose() => Program.Dispose();
}
