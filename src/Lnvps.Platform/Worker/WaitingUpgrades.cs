using System.Text.Json;
using Lnvps.Core.Identity;
using Lnvps.Database.Hosts;
using Lnvps.Database.Sessions;
using Lnvps.Database.Vms;
using Lnvps.Database.Worker;
using Lnvps.Platform.Workflows;
using Lnvps.Platform.Workflows.Engine;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Worker;

/// <summary>
/// Takes up paid upgrades again that were given up because their host had no room, once there is room (provisioning.md section 4.7). Offers hold what they add, so
/// this is for payments that arrive after their offer has lapsed, and for hosts that have become smaller.
/// </summary>
public sealed partial class WaitingUpgrades(Workbench bench, ILogger<WaitingUpgrades> log)
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    const int Page = 1000;

    /// <summary>Returns how many go on.</summary>
    public async Task<int> Round(CancellationToken stop)
    {
        var restarted = 0;
        foreach (var upgrade in await bench.Db.Read(session => session.ListUpgradesGivenUp(UpgradeVm.Kind, UpgradeVm.NoRoom, Page, stop), stop))
        {
            try
            {
                if (await bench.Db.Write(session => RestartWhereThereIsRoom(session, upgrade, stop), stop))
                    restarted++;
            }
            catch (Exception error) when (!stop.IsCancellationRequested)
            {
                LogFailed(log, error, upgrade.VmId);
            }
        }
        return restarted;
    }

    /// <summary>The workflow looks once more when its turn comes, so a wrong guess costs no more than an attempt.</summary>
    async Task<bool> RestartWhereThereIsRoom(Session session, WaitingUpgradeRow upgrade, CancellationToken stop)
    {
        if (await session.LockVm(upgrade.VmId, stop) is not { Deleted: false } || await session.FindVmDetails(upgrade.VmId, stop) is not { } vm)
            return false;
        await session.LockHosts(vm.RegionId, stop);
        var growth = JsonSerializer.Deserialize<UpgradeVmInput>(upgrade.Input, WorkflowJson.Options)!.Wish;
        return await bench.Rooms.HasRoomToGrow(session, vm, growth, bench.Clock.Now, stop) && await bench.Asking.Restart(session, upgrade.Id, stop);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The upgrade of VM {Vm} that waits for room could not be looked at")]
    static partial void LogFailed(ILogger logger, Exception error, VmId vm);
}
