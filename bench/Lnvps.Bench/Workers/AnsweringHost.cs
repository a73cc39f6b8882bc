using System.Reflection;
using Lnvps.Core.Identity;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Bench.Workers;

/// <summary>A host that tells what it was told, at once: only what the worker makes of the answers is to be measured.</summary>
public class AnsweringHost : DispatchProxy
{
    Func<IReadOnlyDictionary<VmId, MachineState>>? _machines;

    public static IVmHost With(Func<IReadOnlyDictionary<VmId, MachineState>> machines)
    {
        var host = Create<IVmHost, AnsweringHost>();
        ((AnsweringHost)(object)host)._machines = machines;
        return host;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod?.Name switch
    {
        nameof(IVmHost.GetAllStates) => Task.FromResult(_machines!()),
        nameof(IVmHost.GetState) => Task.FromResult(_machines!().GetValueOrDefault((VmId)args![0]!)),
        var other => throw new NotSupportedException($"A round of the worker is not to ask for {other}"),
    };
}
