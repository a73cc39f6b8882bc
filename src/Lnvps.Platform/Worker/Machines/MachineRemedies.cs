using Lnvps.Core.Capacity;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Vms;
using Lnvps.Core.Workflows;
using Lnvps.Database.Hosts;
using Lnvps.Database.Sessions;
using Lnvps.Database.Vms;
using Lnvps.Database.Worker;
using Lnvps.Hosting.Hosts;
using Lnvps.Platform.Hosts;

namespace Lnvps.Platform.Worker.Machines;

/// <summary>What is done about a machine that is not as the database says.</summary>
public sealed class MachineRemedies(Shop shop, HostCalls calls, VmRequests requests)
{
    /// <summary>Begins a remedy under the VM's lock. False when there is nothing to do but tell, or when the last attempt failed a short while ago.</summary>
    internal async Task<bool> Begin(Session session, HostRow host, VmFactsRow vm, VmAction action, LifeRules rules, CancellationToken stop)
    {
        switch (action)
        {
            case VmAction.StopForExpiry when !LifeRules.IsProvisioned(vm, HostObservation.Running):
                await Notices.CheckFailed(session, vm.Id, "unfinished",
                    $"VM {vm.Id} has expired before it was finished, and what there is of it runs on host {host.Id} ({host.Name}). It is removed with the VM.", shop, stop);
                return false;
            case VmAction.StopForExpiry:
                return await requests.StopForExpiry(session, vm.Id, rules, stop);
            case VmAction.StartAfterRenewal:
                return await requests.StartAfterRenewal(session, vm.Id, rules, stop);
            case VmAction.ForgetStoppedByExpiry:
                await session.SetStoppedByExpiry(vm.Id, stopped: false, stop);
                return true;
            case VmAction.Create or VmAction.ResumeCreation:
                await requests.Create(session, vm.Id, stop);
                return true;
            case VmAction.ReportMissingDisk:
                await Notices.CheckFailed(session, vm.Id, "no-disk", $"VM {vm.Id} has no disk on host {host.Id} ({host.Name}). It is left alone.", shop, stop);
                return false;
            case VmAction.FinishDeletion:
                await Notices.CheckFailed(session, vm.Id, "left-over", $"VM {vm.Id} is deleted and still on host {host.Id} ({host.Name}). Its deletion is finished now.", shop, stop);
                return await requests.RemoveLeftover(session, vm, host.Id, rules, stop);
            case VmAction.ResumeDeletion:
                return await requests.ResumeDeletion(session, vm, rules, stop);
            default:
                throw new InvalidOperationException($"{action} needs no host");
        }
    }

    /// <summary>A finished VM is not on its host: looks on every host of the region, corrects the row, has it built anew, or only tells.</summary>
    internal async Task<bool> Search(HostRow own, VmFactsRow vm, CancellationToken stop)
    {
        var (hosts, disks) = await shop.Db.Read(async session => (await session.ListHosts(stop), await session.ListDisks(stop)), stop);
        var answers = await Task.WhenAll(hosts.Where(host => host.RegionId == own.RegionId && host.Id != own.Id).Select(host => Look(host, vm.Id, stop)));
        var oldDisk = disks.Find(disk => disk.Id == vm.DiskId);
        var places = answers.Where(answer => answer.Has == true).Select(answer => (answer.Host, Disk: DiskOn(answer.Host, disks, oldDisk))).ToList();
        var verdict = places.Exists(place => place.Disk is null)
            ? MissingVmVerdict.Unclear
            : MissingVm.Conclude([.. places.Select(place => new Placement(place.Host.Id, place.Disk!.Value))], answers.All(answer => answer.Has is not null));
        return await shop.Db.Write(async session =>
        {
            var rules = LifeRules.Of(shop);
            if (await session.LockVmFacts(vm.Id, rules.Now, stop) is not { } row || row.HostId != own.Id
                || MachineCheck.Decide(rules, row, HostObservation.Absent) != VmAction.SearchOtherHosts)
                return false;
            switch (verdict)
            {
                case MissingVmVerdict.Moved:
                    await Correct(session, own, vm.Id, places[0].Host, places[0].Disk!.Value, rules, stop);
                    return true;
                case MissingVmVerdict.Lost when !rules.ReadOnly:
                    await session.MarkVmLost(vm.Id, stop);
                    await requests.Create(session, vm.Id, stop);
                    await Notices.CheckFailed(session, vm.Id, "lost",
                        $"VM {vm.Id} is neither on host {own.Id} ({own.Name}) nor on any other host of its region. It is built anew, with an empty disk.", shop, stop);
                    return true;
                default:
                    await Notices.CheckFailed(session, vm.Id, "missing", Unclear(own, vm.Id, verdict, answers), shop, stop);
                    return false;
            }
        }, stop);
    }

    /// <summary>A VM is on a host that is not its own: told when it is on its own too, since else it was moved, which the check of its own host finds.</summary>
    internal async Task TellIfTwice(HostRow other, VmFactsRow vm, CancellationToken stop)
    {
        if (await shop.Db.Read(session => session.FindHost(vm.HostId, stop), stop) is not { } own || (await Look(own, vm.Id, stop)).Has != true)
            return;
        await shop.Db.Write(session => Notices.CheckFailed(session, vm.Id, "twice",
            $"VM {vm.Id} is on its host {own.Id} ({own.Name}) and also on host {other.Id} ({other.Name}). Neither is touched.", shop, stop), stop);
    }

    /// <param name="Has">Null: the host did not answer.</param>
    sealed record Answer(HostRow Host, bool? Has);

    async Task<Answer> Look(HostRow host, VmId vm, CancellationToken stop)
    {
        try
        {
            return new Answer(host, await calls.Ask(host, (machine, limit) => machine.GetState(vm, limit), stop) is not null);
        }
        catch (OutsideFault)
        {
            return new Answer(host, null);
        }
    }

    /// <summary>The pool of the same name, else the only one of the same kind; a host does not say in which pool a machine's disk is.</summary>
    static DiskId? DiskOn(HostRow host, List<DiskRow> disks, DiskRow? old)
    {
        var own = disks.FindAll(disk => disk.HostId == host.Id);
        if (own.Find(disk => disk.Name == old?.Name) is { } same)
            return same.Id;
        var alike = own.FindAll(disk => disk.Kind == old?.Kind && disk.Interface == old.Interface);
        return alike.Count == 1 ? alike[0].Id : null;
    }

    async Task Correct(Session session, HostRow from, VmId vm, HostRow to, DiskId disk, LifeRules rules, CancellationToken stop)
    {
        var row = await session.FindVm(vm, stop) ?? throw new InvalidOperationException($"VM {vm} has no row");
        await session.SetVmPlace(vm, to.Id, disk, stop);
        await session.AppendHistory(VmHistory.ConfigurationChanged(row.Snapshot, (row with { HostId = to.Id, DiskId = disk }).Snapshot, by: null), rules.Now, stop);
        await Notices.CheckFailed(session, vm, "moved", $"VM {vm} was found on host {to.Id} ({to.Name}) instead of host {from.Id} ({from.Name}). Its row was corrected.", shop, stop);
    }

    static string Unclear(HostRow own, VmId vm, MissingVmVerdict verdict, IReadOnlyCollection<Answer> answers)
    {
        var found = string.Join(", ", answers.Where(answer => answer.Has == true).Select(answer => answer.Host.Name));
        var silent = string.Join(", ", answers.Where(answer => answer.Has is null).Select(answer => answer.Host.Name));
        return $"""
            VM {vm} is not on its host {own.Id} ({own.Name}). Found on: {(found.Length == 0 ? "no other host" : found)}. Without an answer: {(silent.Length == 0 ? "none" : silent)}.
            {(verdict == MissingVmVerdict.Lost ? "It is not built anew in read-only mode." : "Nothing is done.")}
            """;
    }
}
