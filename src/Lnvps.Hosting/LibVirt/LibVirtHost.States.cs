using Lnvps.Core.Identity;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.LibVirt.Native;

namespace Lnvps.Hosting.LibVirt;

public sealed partial class LibVirtHost
{
    readonly CpuMeter _cpu = new(time);

    public Task<MachineState?> GetState(VmId vm, CancellationToken stop) => _connection.Run($"Asking for the state of {Machine.NameOf(vm)}", connection =>
    {
        using var domain = Ours(connection, vm);
        try
        {
            return domain is null ? null : Sample(vm, DomainStatsReader.One(domain));
        }
        catch (LibVirtException gone) when (gone.IsNotFound)
        {
            return null;
        }
    }, stop);

    public async Task<IReadOnlyDictionary<VmId, MachineState>> GetAllStates(CancellationToken stop)
    {
        var all = await _connection.Run("Asking for the states of all machines", DomainStatsReader.All, stop);
        var states = new Dictionary<VmId, MachineState>(all.Count);
        foreach (var stats in all)
        {
            if (Names.IsOurs(stats.Name, stats.Uuid, out var vm))
                states[vm.Value] = Sample(vm.Value, stats);
        }
        _cpu.Keep(states);
        return states;
    }

    MachineState Sample(VmId vm, DomainStats stats) =>
        StateReading.Read(vm, stats, _cpu.Look(vm, stats["cpu.time"], stats["vcpu.current"]));
}
