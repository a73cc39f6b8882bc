using System.Reflection;
using Lnvps.Core.Identity;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Platform.Tests.Worker;

/// <summary>A host whose list of all machines is empty.</summary>
public class ForgetfulHost : DispatchProxy
{
    IVmHost? _host;
    Func<Task> _meanwhile = () => Task.CompletedTask;

    public void Set(IVmHost host, Func<Task> meanwhile) => (_host, _meanwhile) = (host, meanwhile);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod?.Name == nameof(IVmHost.GetAllStates) ? Nothing() : targetMethod?.Invoke(_host, args);

    async Task<IReadOnlyDictionary<VmId, MachineState>> Nothing()
    {
        await _meanwhile();
        return new Dictionary<VmId, MachineState>();
    }
}
