using Lnvps.Core.Identity;

namespace Lnvps.Hosting.Simulated;

/// <summary>What a simulated host is asked.</summary>
public enum HostOperation
{
    GetInfo,
    EnsureImage,
    ImportDisk,
    DeleteDisk,
    Define,
    PatchFirewall,
    Start,
    Stop,
    Reset,
    Delete,
    ResizeDisk,
    GetState,
    GetAllStates,
    OpenConsole,
}

/// <summary>One call to a simulated host. <paramref name="Number"/> counts the calls of the whole world from 1.</summary>
public sealed record HostCall(string Host, HostOperation Operation, VmId? Vm, long Number);

/// <summary>How much of the work was done when the trouble began.</summary>
public enum FaultMoment
{
    /// <summary>Nothing.</summary>
    Before,
    /// <summary>Some of it: an image half copied, a machine removed but not its disk. Where work has no halves, nothing.</summary>
    Midway,
    /// <summary>All of it: the answer lies or is lost.</summary>
    After,
}

/// <summary>What the caller sees.</summary>
public enum FaultAnswer
{
    /// <summary>An error worth repeating.</summary>
    Transient,
    /// <summary>An error that repeating cannot cure.</summary>
    Fatal,
    /// <summary>Nothing, until the caller gives up.</summary>
    Silence,
}

/// <summary>A misbehaviour of a host.</summary>
public sealed record HostFault(FaultMoment Moment, FaultAnswer Answer);

/// <summary>Which calls go wrong, and how. Safe to change while calls run.</summary>
public sealed class FaultPlan
{
    readonly Lock _gate = new();
    readonly List<Planned> _planned = [];

    /// <summary>Asked for every call that no planned fault fits; for seeded simulations.</summary>
    public Func<HostCall, HostFault?>? Choose { get; set; }

    /// <summary>How long a call takes before anything happens; none by default.</summary>
    public Func<HostCall, TimeSpan>? Latency { get; set; }

    /// <summary>Plans a fault for the next calls that fit.</summary>
    /// <param name="times">How many calls it spoils.</param>
    /// <param name="skip">How many fitting calls go well before.</param>
    /// <param name="vm">Only for this VM; null = any.</param>
    /// <param name="host">Only on this host; null = any.</param>
    public void Add(HostOperation operation, HostFault fault, int times = 1, int skip = 0, VmId? vm = null, string? host = null)
    {
        lock (_gate)
            _planned.Add(new Planned(operation, fault, vm, host) { Left = times, Skip = skip });
    }

    /// <summary>Everything works again.</summary>
    public void Clear()
    {
        lock (_gate)
            _planned.Clear();
        Choose = null;
        Latency = null;
    }

    internal HostFault? Next(HostCall call)
    {
        lock (_gate)
        {
            foreach (var plan in _planned)
            {
                if (plan.Left == 0 || plan.Operation != call.Operation || plan.Vm is { } vm && vm != call.Vm || plan.Host is { } host && host != call.Host)
                    continue;
                if (plan.Skip > 0)
                {
                    plan.Skip--;
                    continue;
                }
                plan.Left--;
                return plan.Fault;
            }
        }
        return Choose?.Invoke(call);
    }

    sealed record Planned(HostOperation Operation, HostFault Fault, VmId? Vm, string? Host)
    {
        public int Left { get; set; }
        public int Skip { get; set; }
    }
}
