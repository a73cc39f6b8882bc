using System.Collections.Concurrent;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Vms;
using Lnvps.Database.Hosts;
using Lnvps.Database.Sessions;
using Lnvps.Database.Worker;
using Lnvps.Hosting.Hosts;
using Lnvps.Platform.Hosts;
using Lnvps.Platform.Vms;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Worker.Machines;

/// <summary>
/// Compares the machines of one host with the database (provisioning.md sections 17.6 and 17.8). The database is read before the host is asked and, under the
/// VM's lock, once more before anything is done; only what follows from both readings is done, so that work which began or ended meanwhile is not taken for trouble.
/// </summary>
public sealed partial class MachineCheck(Shop shop, HostCalls calls, MachineRemedies remedies, ILogger<MachineCheck> log)
{
    readonly ConcurrentDictionary<(HostId, VmId), bool> _strangersTold = [];

    /// <summary>Checks one host; returns how many things were asked for or corrected.</summary>
    /// <exception cref="OutsideFault">The host did not tell its machines; nothing was concluded.</exception>
    public async Task<int> Check(HostRow host, CancellationToken stop)
    {
        var expected = await shop.Db.Read(session => session.ListVmFactsOnHost(host.Id, stop), stop);
        var states = await calls.Ask(host, (machine, limit) => machine.GetAllStates(limit), stop);
        Remember(expected, states);
        await Adopt(expected, states, stop);

        var done = 0;
        foreach (var vm in expected)
        {
            if (await Isolated(vm.Id, () => CheckOne(host, vm, Observe(states.GetValueOrDefault(vm.Id)), stop), stop))
                done++;
        }
        var others = states.Keys.Except(expected.Select(vm => vm.Id)).ToList();
        foreach (var vm in await shop.Db.Read(session => session.ListVmFacts(others, stop), stop))
        {
            others.Remove(vm.Id);
            if (await Isolated(vm.Id, () => CheckOther(host, vm, states[vm.Id], stop), stop))
                done++;
        }
        foreach (var unknown in others)
            await Isolated(unknown, () => TellStranger(host, unknown, stop), stop);
        return done;
    }

    /// <summary>What a complete answer says about a VM.</summary>
    internal static HostObservation Observe(MachineState? state) => state switch
    {
        null => HostObservation.Absent,
        { HasDisk: false } => HostObservation.WithoutDisk,
        { Power: MachinePower.Running } => HostObservation.Running,
        _ => HostObservation.Stopped,
    };

    void Remember(List<VmFactsRow> expected, IReadOnlyDictionary<VmId, MachineState> states)
    {
        var now = shop.Clock.Now;
        foreach (var vm in expected)
        {
            if (states.TryGetValue(vm.Id, out var state))
                shop.States.Put(vm.Id, new ObservedState(now, state));
            else
                shop.States.Remove(vm.Id);
        }
    }

    /// <summary>Machines from before the markers that are there and complete get theirs.</summary>
    Task Adopt(List<VmFactsRow> expected, IReadOnlyDictionary<VmId, MachineState> states, CancellationToken stop)
    {
        var complete = expected
            .Where(vm => vm is { ProvisionedAt: null, WorkUnderWay: false } && states.TryGetValue(vm.Id, out var state) && LifeRules.IsProvisioned(vm, Observe(state)))
            .Select(vm => vm.Id).ToList();
        return complete.Count == 0 ? Task.CompletedTask : shop.Db.Write(session => session.AdoptVms(complete, LifeRules.Of(shop).RealNow, stop), stop);
    }

    /// <summary>A VM that this host should have, or a deleted one that it still has.</summary>
    async Task<bool> CheckOne(HostRow host, VmFactsRow vm, HostObservation seen, CancellationToken stop)
    {
        if (Decide(LifeRules.Of(shop), vm, seen) is not { } action)
            return false;
        // Presence and absence are asked for once more: the list may be older than the row.
        if (action != VmAction.StopForExpiry && Observe(await calls.Ask(host, (machine, limit) => machine.GetState(vm.Id, limit), stop)) != seen)
            return false;
        if (action == VmAction.SearchOtherHosts)
            return await remedies.Search(host, vm, stop);
        return await shop.Db.Write(async session =>
        {
            var rules = LifeRules.Of(shop);
            return await session.LockVmFacts(vm.Id, rules.Now, stop) is { } row && row.Deleted == vm.Deleted && row.HostId == vm.HostId && Decide(rules, row, seen) == action
                && await remedies.Begin(session, host, row, action, rules, stop);
        }, stop);
    }

    /// <summary>What follows for one VM: one thing at a time.</summary>
    internal static VmAction? Decide(LifeRules rules, VmFactsRow vm, HostObservation seen)
    {
        var actions = VmCheck.WithHost(rules.OfMachine(vm, seen), seen);
        return actions.Count == 0 ? null : actions[0];
    }

    /// <summary>A machine of ours that this host has although the database does not expect it here.</summary>
    async Task<bool> CheckOther(HostRow host, VmFactsRow vm, MachineState state, CancellationToken stop)
    {
        if (vm.Deleted)
            return await CheckOne(host, vm, Observe(state), stop);
        if (vm.HostId != host.Id && !vm.WorkUnderWay)
            await remedies.TellIfTwice(host, vm, stop);
        return false;
    }

    async Task<bool> TellStranger(HostRow host, VmId vm, CancellationToken stop)
    {
        if (!_strangersTold.TryAdd((host.Id, vm), true))
            return false;
        await shop.Db.Write(session => Notifications.Notifications.QueueForOperators(session, $"stranger/host:{host.Id}/vm:{vm}", $"Unknown machine {Machine.NameOf(vm)}",
            $"Host {host.Id} ({host.Name}) has a machine {Machine.NameOf(vm)} that is not in the database. It is left alone.", shop.Clock.Now, stop), stop);
        return false;
    }

    /// <summary>The trouble of one VM is not the trouble of the others.</summary>
    async Task<bool> Isolated(VmId vm, Func<Task<bool>> work, CancellationToken stop)
    {
        try
        {
            return await work();
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            LogFailed(log, error, vm);
            if (error is not System.Data.Common.DbException)
                await shop.Db.Write(session => Notices.CheckFailed(session, vm, error.GetType().Name, $"The check of VM {vm} against its host failed: {error.GetType().Name}", shop, stop), stop);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The check of VM {Vm} against its host failed")]
    static partial void LogFailed(ILogger logger, Exception error, VmId vm);
}
