using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Vms;
using Lnvps.Database.Addresses;
using Lnvps.Database.Hosts;
using Lnvps.Database.Worker;
using Lnvps.Hosting.Hosts;
using Lnvps.Platform.Hosts;
using Lnvps.Platform.Workflows;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Worker;

/// <summary>
/// Holds the packet filters of one host's active VMs to their live addresses, whatever they let out before (provisioning.md sections 16.5 and 22, property 13).
/// Takes no lock on a VM: after the filters are set the database is read again, and a VM whose addresses changed meanwhile gets its filter once more, so
/// that work done at the same time is not undone.
/// </summary>
sealed partial class HostFirewalls(Shop shop, HostCalls calls, ILogger log)
{
    // Work on addresses takes seconds and the round an instant; one whose addresses still change is met by the next round, and by that work itself.
    const int Looks = 3;

    /// <summary>Sets every filter once; returns how many VMs have theirs. A VM that fails is logged and does not stop the others.</summary>
    public async Task<int> Patch(HostRow host, CancellationToken stop)
    {
        var set = new Dictionary<VmId, NetworkCard>();
        for (var look = 0; look < Looks; look++)
        {
            var cards = await Cards(host, stop);
            // The first look meets every machine, the others only those that changed since their filter was set.
            var wanted = cards.Where(card => look == 0 || set.TryGetValue(card.Vm, out var before) && !Same(card, before)).ToList();
            if (wanted.Count == 0)
                break;
            foreach (var card in wanted)
            {
                if (await PatchOne(host, card, stop))
                    set[card.Vm] = card;
            }
        }
        return set.Count;
    }

    Task<List<NetworkCard>> Cards(HostRow host, CancellationToken stop) => shop.Db.Read(async session =>
    {
        var vms = await session.ListVmFactsOnHost(host.Id, stop);
        var addresses = (await session.ListAddressesOnHost(host.Id, stop)).ToLookup(row => row.VmId);
        return vms.Where(vm => IsMade(vm, LifeRules.Of(shop)))
            .Select(vm => new NetworkCard(vm.Id, vm.MacAddress, [.. addresses[vm.Id].Select(VmRecord.ToMachineAddress).OfType<MachineAddress>()])).ToList();
    }, stop);

    // Its creation writes the filter of one that is not complete yet; its deletion removes it.
    static bool IsMade(VmFactsRow vm, LifeRules rules) =>
        LifeRules.TimesOf(vm).IsActive(rules.Now) && !vm.DeletionUnderWay && !vm.MacAddress.IsUnassigned && LifeRules.IsProvisioned(vm, HostObservation.Running);

    async Task<bool> PatchOne(HostRow host, NetworkCard card, CancellationToken stop)
    {
        try
        {
            await calls.Ask(host, async (machine, limit) =>
            {
                await machine.PatchFirewall(card, limit);
                return true;
            }, stop);
            return true;
        }
        catch (OutsideFault fault)
        {
            LogFailed(log, card.Vm, host.Name, fault.Message);
            return false;
        }
    }

    static bool Same(NetworkCard one, NetworkCard other) => one.Mac == other.Mac && one.Addresses.SequenceEqual(other.Addresses);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The packet filter of VM {Vm} on host {Host} could not be set: {Reason}")]
    static partial void LogFailed(ILogger logger, VmId vm, string host, string reason);
}
